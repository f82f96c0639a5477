"""Values as JSON takes them: the one way from dataclasses to what a page, a notebook or a file reads."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from math import isfinite
from typing import Any


def to_wire(value: Any) -> Any:
    """Plain lists, dictionaries, text and numbers, ready for `json.dumps(…, allow_nan=False)`.

    Dataclasses become dictionaries by field, tuples and arrays lists, bytes Base64. A number that is not finite becomes
    null: JSON has none.

    Raises:
        TypeError: the value is of a kind that has no place on the wire.

    Examples:
        >>> to_wire({"edges": (0.0, float("inf")), "pixels": b"a"})
        {'edges': [0.0, None], 'pixels': 'YQ=='}
    """
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return value if isfinite(value) else None
    if isinstance(value, bytes):
        return b64encode(value).decode("ascii")
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: to_wire(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): to_wire(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [to_wire(each) for each in value]
    if hasattr(value, "tolist"):  # NumPy's arrays and numbers
        return to_wire(value.tolist())
    raise TypeError(f"to_wire: expected numbers, text, sequences, mappings and dataclasses, got {type(value).__name__}")
