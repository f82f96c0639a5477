"""The errors a user may meet.

A message names, in this order: the argument and function (or the file and column), what was expected, what arrived,
and the one-line fix.
"""


class CutawayError(Exception):
    """Root of every error that cutaway raises on purpose."""


class InputError(CutawayError, ValueError):
    """The data, a file or an option has a value that cannot be used."""


class InputTypeError(CutawayError, TypeError):
    """An argument or a column has a type that cannot be used."""


class MissingExtraError(CutawayError, ValueError):
    """A feature needs an optional dependency that is not installed."""

    def __init__(self, feature: str, extra: str) -> None:
        super().__init__(f"{feature} needs an optional dependency: pip install 'cutaway[{extra}]'")
