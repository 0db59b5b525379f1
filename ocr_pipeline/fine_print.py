"""Small print at a higher resolution than the rest of its page is read at.

At 150 dpi the dot of ạ and the tail of a comma are a pixel or two in letters of 11 points. The sheet tells what of the page is
paper; what is not is taken from the page anew, turned and straightened as the sheet is.
"""

from __future__ import annotations

import math
from typing import Final

import cv2
import numpy as np

from ocr_pipeline.bent_lines import CELL, enlarged
from ocr_pipeline.document import Box
from ocr_pipeline.imaging import Pixels, Reals, Sheet, smaller

FINE_DPI: Final = 200
# A page that has less than so much of that has no more to show than its sheet; the difference to all of it is none.
_ENOUGH: Final = 0.95
_MARGIN: Final = 12


def has_more(sheet: Sheet) -> bool:
    """Whether the page that the sheet was made of has as much to show; of a negative the sheet is the opposite."""
    return _factor(sheet) * _ENOUGH <= 1.0 and not sheet.negative


def _factor(sheet: Sheet) -> float:
    """By what the page is made smaller to be fine."""
    return FINE_DPI / (sheet.dpi * sheet.scale)


def finer(sheet: Sheet, box: Box, page: Pixels) -> Pixels | None:
    """A part of the sheet (``box``, in its pixels) at ``FINE_DPI``, grey; None where the page has no more to show.

    ``page``, grey or BGR, is what the sheet was made of.
    """
    if not has_more(sheet):
        return None
    factor = _factor(sheet)
    factor = factor if factor < _ENOUGH else 1.0
    ratio = FINE_DPI / sheet.dpi
    shape = round((box.y1 - box.y0) * ratio), round((box.x1 - box.x0) * ratio)
    cells = np.arange(0.0, max(shape) + CELL, CELL) / ratio
    x, y = (v * sheet.scale for v in sheet.as_scanned(*np.meshgrid(box.x0 + cells, box.y0 + cells)))
    straight = not (sheet.skew or sheet.bend)
    found, left, top = _part(page, x, y, 0 if straight else _MARGIN)
    found = smaller(found, factor) if factor < 1.0 else found
    if straight:
        found = np.pad(found, ((0, shape[0]), (0, shape[1])), constant_values=255)[: shape[0], : shape[1]]
    else:
        across, down = enlarged(((x - left) * factor, (y - top) * factor), shape)
        found = cv2.remap(found, across, down, cv2.INTER_CUBIC, borderValue=255).astype(np.uint8)
    paper = cv2.resize(sheet.grey[box.y0 : box.y1, box.x0 : box.x1], shape[::-1], interpolation=cv2.INTER_NEAREST)
    found[cv2.erode(paper, np.ones((3, 3), np.uint8)) == 255] = 255
    return found


def _part(page: Pixels, x: Reals, y: Reals, margin: int) -> tuple[Pixels, int, int]:
    """The part of the page in which points lie, in grey, and where it begins."""
    left, top = (max(0, int(v.min()) - margin) for v in (x, y))
    right, bottom = (math.ceil(v.max()) + margin for v in (x, y))
    part = page[top:bottom, left:right]
    return (cv2.cvtColor(part, cv2.COLOR_BGR2GRAY).astype(np.uint8) if part.ndim == 3 else part), left, top
