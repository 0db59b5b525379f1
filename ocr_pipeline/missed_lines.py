"""Lines of print that nobody found: where Tesseract saw no line, ink as high as letters says that there is one.

A line that is underlined by a stroke too pale to be erased hangs together like a picture, and is passed over as one: a heading,
"Nơi gửi:" in older documents.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from ocr_pipeline.document import Box, PlacedWord
from ocr_pipeline.layout import Region
from ocr_pipeline.orthography import is_syllable

Pixels = npt.NDArray[np.uint8]
Words = tuple[PlacedWord, ...]
# A heading, or nothing: handwriting in the margin and strokes of signatures are as high.
_TALL, _TALLEST, _WIDE, _WIDEST = 0.8, 2.6, 3.0, 30.0
# Pieces of one line overlap so much in height, and stand no farther apart, in heights.
_OVERLAP, _APART = 0.5, 3.0
# So many pixels around a line are shown, and what is no darker than this along so much of it is a rule.
AROUND: Final = 6
_PALE, _RULED = 225, 0.7
# Words of the line are sure to this degree, most of its letters in syllables.
_SURE, _SOUND = 0.6, 0.6
_ROLES: Final = frozenset({"letterhead-left", "letterhead-right", "body", "foot-left"})


def missed_in(region: Region, lines: Sequence[Words], boxes: npt.NDArray[np.int32], size: float) -> list[Box]:
    """Where lines were passed over in a region; ``boxes`` (n, 4) are the page's pieces of ink, ``size`` their usual height."""
    if region.role not in _ROLES or not lines:
        return []
    x0, y0, x1, y1 = boxes.T
    across, down, height = (x0 + x1) / 2, (y0 + y1) / 2, y1 - y0
    left = (across >= region.box.x0) & (across < region.box.x1) & (down >= region.box.y0) & (down < region.box.y1)
    left &= (height >= _TALL * size) & (height <= _TALLEST * size)
    for line in lines:
        hull = Box.around([w.box for w in line])
        left &= (down < hull.y0) | (down >= hull.y1) | (across < hull.x0 - size) | (across >= hull.x1 + size)
    others = {tuple(box) for box in region.others.tolist()}
    rows: list[list[Box]] = []
    for piece in sorted(Box(*box) for box in boxes[left].tolist() if tuple(box) not in others):
        home = next((row for row in rows if _goes_on(row, piece, size)), None)
        if home is None:
            rows.append([piece])
        else:
            home.append(piece)
    hulls = [Box.around(row) for row in rows]
    return [hull for hull in hulls if _WIDE * size <= hull.x1 - hull.x0 <= _WIDEST * size]


def _goes_on(row: Sequence[Box], piece: Box, size: float) -> bool:
    hull = Box.around(row)
    shared = min(hull.y1, piece.y1) - max(hull.y0, piece.y0)
    return piece.x0 - hull.x1 <= _APART * size and shared >= _OVERLAP * min(hull.y1 - hull.y0, piece.y1 - piece.y0)


def shown(grey: Pixels, box: Box) -> Pixels:
    """The line without the rule beneath it."""
    cut = grey[max(0, box.y0 - AROUND) : box.y1 + AROUND, max(0, box.x0 - AROUND) : box.x1 + AROUND].copy()
    ruled = (cut < _PALE).mean(axis=1) >= _RULED * (box.x1 - box.x0) / cut.shape[1]
    # The stroke is soft: the rows beside it are as pale.
    ruled[1:] |= ruled[:-1]
    cut[ruled & (np.arange(len(cut)) > len(cut) / 2)] = 255
    return cut


def is_print(words: Words) -> bool:
    """Whether what was read there are words, and not the strokes of something else."""
    letters = sum(len(w.text) for w in words)
    sound = sum(len(w.text) for w in words if w.confidence >= _SURE and is_syllable(w.text.strip(".,:;-")))
    return letters > 1 and sound >= _SOUND * letters


def with_missed(lines: Sequence[Words], missed: Words) -> list[Words]:
    """The lines of a region with one more, or with its words in the line beside which it stands."""
    box = Box.around([w.box for w in missed])
    for k, line in enumerate(lines):
        hull = Box.around([w.box for w in line])
        if min(hull.y1, box.y1) - max(hull.y0, box.y0) >= _OVERLAP * min(hull.y1 - hull.y0, box.y1 - box.y0):
            return [*lines[:k], tuple(sorted([*line, *missed], key=lambda w: w.box.x0)), *lines[k + 1 :]]
    return sorted([*lines, missed], key=lambda line: line[0].box.y0)
