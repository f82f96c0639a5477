"""Vectors for words and texts, static and contextual, and what can be measured of them.

The one topic of science that reads files: vectors are too large to be handed over as a value, so they are mapped.
"""

from cutaway.science.embed.contextual import TOKEN_POOLINGS, Contextual, Tokens, span_of
from cutaway.science.embed.installed import Installed, glove, installed, minilm
from cutaway.science.embed.static import POOLINGS, Static, cosine
from cutaway.science.embed.text import words_of

__all__ = [
    "POOLINGS",
    "TOKEN_POOLINGS",
    "Contextual",
    "Installed",
    "Static",
    "Tokens",
    "cosine",
    "glove",
    "installed",
    "minilm",
    "span_of",
    "words_of",
]
