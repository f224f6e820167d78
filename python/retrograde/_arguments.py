"""What functions are given, in the form that they need; or why it is none."""

from __future__ import annotations

import operator
from typing import Any, TypeVar, Union

import numpy as np
import numpy.typing as npt

from . import _core
from .errors import UsageError

T = TypeVar("T")
Time = Union[float, str]
"""A number is in ms; a text has its unit, ``"20 ms"``."""


def milliseconds(value: Time, what: str) -> float:
    """A time in ms."""
    if isinstance(value, str):
        return _core.milliseconds(value, what)
    try:
        return float(value)
    except (TypeError, ValueError):
        raise UsageError(f'{what}: {value!r} is no time; write a number of ms, or a text with a unit, "20 ms"') from None


def whole(value: Any, what: str, least: int = 0, most: int = 2**32 - 1) -> int:
    """A whole number from ``least`` to ``most``."""
    try:
        number = operator.index(value)
    except TypeError:
        raise UsageError(f"{what} is {value!r}; a whole number is needed") from None
    if not least <= number <= most:
        raise UsageError(f"{what} is {number}; it is from {least} to {most}")
    return number


def whole_numbers(values: npt.ArrayLike, what: str, least: int, most: int) -> npt.NDArray[np.int64]:
    """Whole numbers from ``least`` to ``most``, of any shape."""
    given = np.asarray(values)
    if given.size and given.dtype.kind not in "iu":
        raise UsageError(f"{what} are whole numbers, and these are {given.dtype}")
    if given.size and (given.min() < least or given.max() > most):
        wrong = given.min() if given.min() < least else given.max()
        raise UsageError(f"{what}: one is {wrong}; they are from {least} to {most}")
    return np.ascontiguousarray(given, dtype=np.int64)


def word(value: Any, what: str) -> str:
    """A text."""
    if not isinstance(value, str):
        raise UsageError(f"{what} is {value!r}; a text is needed")
    return value


def instance(value: Any, kind: type[T], what: str, remedy: str) -> T:
    """What is of that kind."""
    if not isinstance(value, kind):
        raise UsageError(f"{what} is a {type(value).__name__}, and a {kind.__name__} is needed; {remedy}")
    return value
