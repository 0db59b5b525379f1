"""How a word stands in its text: its case, whether a bracket or quotation mark opens before it, what sign follows it.

The language model knows no signs; the sentence model sees a word through its guise: ``tỉnh, trang`` is no ``tình trạng``.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Final

import numpy as np
import regex

from ocr_pipeline.restoration.channel import Array
from ocr_pipeline.restoration.tokens import Unit, in_capitals

_OPENING: Final = frozenset("([{“‘\"'«<")
_ENDING: Final = frozenset(".;:?!…")
_CASES: Final = 3
_SIGNS: Final = 4
_SIGN_BITS: Final = 6
_TOUCHING: Final = regex.compile(r"[^\p{L}\p{N}\s]+")
# Numbers of guises; 0 is a word in small letters among spaces.
GUISES: Final = _CASES * _SIGNS * 2
CASE_BITS: Final = ~7
CAPITALS: Final = 16


@functools.lru_cache(maxsize=1 << 14)
def guise_of(word: str, before: str = "", after: str = "", *, capitals: bool = False) -> int:
    """The guise of a word with the signs that touch it on either side; ``capitals`` says that it stands among capitals.

    >>> guise_of("tỉnh"), guise_of("Tỉnh"), guise_of("TỈNH"), guise_of("tỉnh", after=","), guise_of("tỉnh", before="(")
    (0, 8, 16, 2, 1)
    """
    case = 2 if capitals or in_capitals(word) else _has_capital(word)
    return (case * _SIGNS + _sign(after)) * 2 + (before[-1:] in _OPENING)


def _has_capital(word: str) -> bool:
    return next((c.isupper() for c in word if c.isalpha()), False)


def _sign(after: str) -> int:
    """None, a comma, the end of a clause, another sign."""
    if not after:
        return 0
    if not _ENDING.isdisjoint(after):
        return 2
    return 1 if "," in after else 3


def guises_of(units: Sequence[Unit], lines: Sequence[str]) -> Array:
    """The guise of each unit."""
    found = []
    for unit in units:
        line = lines[unit.line]
        after = _TOUCHING.match(line, unit.end)
        capitals = unit.context == "capitals"
        found.append(guise_of(unit.text, line[unit.start - 1 : unit.start], after[0] if after else "", capitals=capitals))
    return np.array(found, np.int64)


def joined(first: Array, last: Array | int) -> Array:
    """The guises of what begins with one word and ends with another; the guise 0 ends before a space."""
    found: Array = (first & ~_SIGN_BITS) | (last & _SIGN_BITS)
    return found
