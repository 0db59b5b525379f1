"""Dotted leaders of forms (``Kính gửi: ………``), as long as they are printed; rows of dashes.

A recogniser that looks for letters makes a few dots of a leader, and letters of its middle. The ink says better where it
is, how many dots it has, and whether they are full stops or the signs of three dots that word processors make of them.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from ocr_pipeline.document import Box, PlacedWord

Words = tuple[PlacedWord, ...]
Pieces = npt.NDArray[Any]
Piece = tuple[int, ...]

# Dots are no larger, and no farther apart and aside than so many usual heights of letters; so many of them are a leader.
_DOT: Final = 0.45
_APART: Final = 1.0
_ASIDE: Final = 0.25
_FEWEST: Final = 9
_NEXT: Final = 12
# Dots at the same distance, and no halftone; three dots of one sign stand farther apart than full stops do. In heights.
_UNEVEN: Final = 0.35
_LEAST_PITCH: Final = 0.4
_OF_SIGNS: Final = 0.65
# Dashes in a row: how thin, short, long, near to each other and level they are, and how far other ink is, in heights.
_THIN, _SHORTEST, _LONGEST, _BETWEEN, _LEVEL = 0.3, 0.25, 1.0, 0.6, 0.15
_ALONE_BESIDE, _ALONE_ABOVE = 3.0, 0.5
_FEWEST_DASHES, _MOST_DASHES = 3, 12
# A word so much of which lies over a leader was read into it.
_OVER: Final = 0.5


class Leader(NamedTuple):
    """A row of dots, and the distance between them in usual heights of letters."""

    box: Box
    dots: int
    pitch: float

    @property
    def text(self) -> str:
        """The dots as they would be typed."""
        if self.pitch < _OF_SIGNS:
            return "." * self.dots
        return "…" * (self.dots // 3) + "." * (self.dots % 3)


def leaders_of(boxes: Pieces, size: float) -> list[Leader]:
    """The leaders among the pieces of ink (n, 4) of a page whose letters are usually ``size`` pixels high."""
    width, height = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    dots = _in_company(boxes[np.maximum(width, height) <= _DOT * size], size)
    rows = _rows(dots, lambda last, dot: _follows(last, dot, size))
    return [leader for row in rows if len(row) >= _FEWEST and (leader := _leader(row, size))]


def _in_company(dots: Pieces, size: float) -> Pieces:
    """The dots with another beside them: not those of letters and the ends of sentences."""
    dots = dots[np.argsort(dots[:, 0], kind="stable")]
    kept = np.zeros(len(dots), np.bool_)
    for k in range(1, min(_NEXT, len(dots))):
        near = (dots[k:, 0] - dots[:-k, 0] <= _APART * size) & (np.abs(dots[k:, 3] - dots[:-k, 3]) <= _ASIDE * size)
        kept[:-k] |= near
        kept[k:] |= near
    return dots[kept]


def _follows(last: Piece, dot: Piece, size: float) -> bool:
    return 0 <= dot[0] - last[0] <= _APART * size and abs(dot[3] - last[3]) <= _ASIDE * size


def _leader(row: Sequence[Piece], size: float) -> Leader | None:
    middles = np.array([(x0 + x1) / 2 for x0, _, x1, _ in row])
    apart = np.diff(middles)
    pitch = float(np.median(apart))
    if pitch < _LEAST_PITCH * size or np.mean(np.abs(apart - pitch) > _UNEVEN * pitch) > _UNEVEN:
        return None
    x0, y0, x1, y1 = (pick(values) for pick, values in zip((min, min, max, max), zip(*row, strict=True), strict=True))
    return Leader(Box(x0, y0, x1, y1), int(np.maximum(1, np.rint(apart / pitch)).sum()) + 1, pitch / size)


def with_leaders(words: Words, leaders: Sequence[Leader]) -> Words:
    """The words of a line with the leaders that lie in it in place of what was read into them."""
    if not words:
        return words
    top, bottom = min(w.box.y0 for w in words), max(w.box.y1 for w in words)
    left, right = min(w.box.x0 for w in words), max(w.box.x1 for w in words)
    own = [
        leader for leader in leaders
        if top <= (leader.box.y0 + leader.box.y1) / 2 <= bottom and leader.box.x1 > left and leader.box.x0 < right
    ]  # fmt: skip
    for leader in own:
        words = (*_beside(words, leader), PlacedWord(leader.text, leader.box, 1.0))
    return tuple(sorted(words, key=lambda word: word.box.x0))


def _beside(words: Words, leader: Leader) -> Iterator[PlacedWord]:
    """The words that were not read into the leader; of one that runs into it, what stands before."""
    for word in words:
        over = min(word.box.x1, leader.box.x1) - max(word.box.x0, leader.box.x0)
        if over < _OVER * (word.box.x1 - word.box.x0):
            yield word
        elif word.box.x0 < leader.box.x0 and (head := "".join(itertools.takewhile(lambda c: c not in ".…", word.text))):
            yield word._replace(text=head, box=word.box._replace(x1=leader.box.x0))


def dashes_of(boxes: Pieces, size: float) -> list[PlacedWord]:
    """Rows of dashes that stand by themselves, as below the subject of Party documents."""
    width, height = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    flat = (height <= _THIN * size) & (width >= _SHORTEST * size) & (width <= _LONGEST * size) & (width >= 1.5 * height)
    found = []
    for row in _rows(boxes[flat], lambda last, dash: _goes_on(last, dash, size)):
        x0, y0, x1, y1 = row[0][0], min(dash[1] for dash in row), row[-1][2], max(dash[3] for dash in row)
        widths = [dash[2] - dash[0] for dash in row]
        beside, above = _ALONE_BESIDE * size, _ALONE_ABOVE * size
        near = (boxes[:, 0] < x1 + beside) & (boxes[:, 2] > x0 - beside) & (boxes[:, 1] < y1 + above) & (boxes[:, 3] > y0 - above)
        even = max(widths) - min(widths) <= max(2, _UNEVEN * max(widths))
        if _FEWEST_DASHES <= len(row) <= _MOST_DASHES and even and int(near.sum()) == len(row):
            found.append(PlacedWord("-" * len(row), Box(x0, y0, x1, y1), 1.0))
    return found


def _goes_on(last: Piece, dash: Piece, size: float) -> bool:
    return -1 <= dash[0] - last[2] <= _BETWEEN * size and abs(dash[1] - last[1]) <= _LEVEL * size


def _rows(pieces: Pieces, follows: Callable[[Piece, Piece], bool]) -> list[list[Piece]]:
    """The pieces, from left to right, in rows of those that follow one another."""
    rows: list[list[Piece]] = []
    for piece in sorted(map(tuple, pieces.tolist())):
        row = next((row for row in rows if follows(row[-1], piece)), None)
        if row:
            row.append(piece)
        else:
            rows.append([piece])
    return rows


def with_dashes(lines: Sequence[Words], dashes: Sequence[PlacedWord]) -> tuple[Words, ...]:
    """The lines of a region, from top to bottom, and the rows of dashes among them."""
    found = list(lines)
    for row in dashes:
        below = (k for k, line in enumerate(found) if line and min(word.box.y0 for word in line) > row.box.y0)
        found.insert(next(below, len(found)), (row,))
    return tuple(found)
