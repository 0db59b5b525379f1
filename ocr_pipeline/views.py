"""What a recogniser is shown of a sheet: a region with white around it, the cells of a table one below the other, a stamp."""

from __future__ import annotations

import math
from typing import Final, Protocol

import cv2
import numpy as np
import numpy.typing as npt

from ocr_pipeline.document import Box
from ocr_pipeline.fine_print import FINE_DPI, finer
from ocr_pipeline.imaging import Sheet
from ocr_pipeline.layout import Region, Role

Pixels = npt.NDArray[np.uint8]
# What is set in small print (NĐ 30/2020, Phụ lục I: cỡ chữ 11 beside 13 to 14).
SMALL_PRINT: Final[frozenset[Role]] = frozenset({"foot-left"})
# Pixels of white around a region, so that letters at its edge are whole.
MARGIN: Final = 12
# So much within its sides a frame is drawn, in inches; some have two lines.
_FRAME_INCHES: Final = 0.05


class View(Protocol):
    """``cut`` (grey, at ``dpi``) is what is shown."""

    cut: Pixels
    dpi: int

    def on_sheet(self, box: Box) -> Box:
        """A box of the cut in pixels of the sheet."""


def view_of(region: Region, sheet: Sheet, page: Pixels) -> View:
    """How a region is shown; ``page`` is the page that the sheet was made of."""
    if region.role in ("frame", "stamp"):
        return _Framed(region, sheet)
    return _Column(region, sheet) if region.rows else _Whole(region, sheet, page)


class _Whole:
    """The pixels of a region, with white where others reach into it; small print finer than the sheet."""

    def __init__(self, region: Region, sheet: Sheet, page: Pixels) -> None:
        x0, y0, x1, y1 = self._box = region.box
        fine = finer(sheet, region.box, page) if region.role in SMALL_PRINT else None
        self.dpi = sheet.dpi if fine is None else FINE_DPI
        self._ratio = self.dpi / sheet.dpi
        self.cut = np.pad(sheet.grey[y0:y1, x0:x1] if fine is None else fine, MARGIN, constant_values=255)
        others = (region.others - [x0, y0, x0, y0]) * self._ratio + MARGIN
        for a, b, c, d in others.round().astype(int).clip(min=0).tolist():
            self.cut[b:d, a:c] = 255

    def on_sheet(self, box: Box) -> Box:
        x, y = self._box.x0, self._box.y0
        left, top, right, bottom = (round((v - MARGIN) / self._ratio) for v in box)
        return Box(left + x, top + y, right + x, bottom + y)


class _Column:
    """The cells of a table as one column, so that no line leads from one to the next."""

    def __init__(self, region: Region, sheet: Sheet) -> None:
        self.dpi = sheet.dpi
        self._cells = [cell for row in region.rows for cell in row]
        heights = [cell.y1 - cell.y0 + MARGIN for cell in self._cells]
        self._tops = np.cumsum([MARGIN, *heights[:-1]])
        width = max(cell.x1 - cell.x0 for cell in self._cells)
        self.cut = np.full((MARGIN + sum(heights), width + 2 * MARGIN), 255, np.uint8)
        for cell, top in zip(self._cells, self._tops.tolist(), strict=True):
            pixels = sheet.grey[cell.y0 : cell.y1, cell.x0 : cell.x1]
            self.cut[top : top + pixels.shape[0], MARGIN : MARGIN + pixels.shape[1]] = pixels

    def on_sheet(self, box: Box) -> Box:
        number = max(0, int(np.searchsorted(self._tops, (box.y0 + box.y1) / 2, side="right")) - 1)
        cell, top = self._cells[number], int(self._tops[number])
        return box.moved(cell.x0 - MARGIN, cell.y0 - top)


class _Framed:
    """What stands in a frame, turned level."""

    def __init__(self, region: Region, sheet: Sheet) -> None:
        self.dpi = sheet.dpi
        x0, y0, x1, y1 = self._box = region.box
        pixels = sheet.stamps if region.role == "stamp" and sheet.stamps is not None else sheet.grey
        width, height = x1 - x0, y1 - y0
        self._turn = cv2.getRotationMatrix2D((width / 2, height / 2), region.tilt, 1.0)
        level = cv2.warpAffine(pixels[y0:y1, x0:x1], self._turn, (width, height), flags=cv2.INTER_CUBIC, borderValue=255)
        across, down = _sides(width, height, region.tilt)
        lines = round(_FRAME_INCHES * sheet.dpi)
        left, top = (max(0, round((whole - side) / 2) + lines) for whole, side in ((width, across), (height, down)))
        within = level[top : height - top, left : width - left].astype(np.uint8)
        # The frame itself would be taken for a picture, with all that stands in it.
        shown = np.full((height, width), 255, np.uint8)
        shown[top : top + within.shape[0], left : left + within.shape[1]] = within
        self.cut = np.pad(shown, MARGIN, constant_values=255)

    def on_sheet(self, box: Box) -> Box:
        back = cv2.invertAffineTransform(self._turn)
        left, top, right, bottom = (v - MARGIN for v in box)
        corners = np.array([[left, top, 1], [right, top, 1], [left, bottom, 1], [right, bottom, 1]]) @ back.T
        (a, b), (c, d) = corners.min(axis=0).round().astype(int).tolist(), corners.max(axis=0).round().astype(int).tolist()
        return Box(a, b, c, d).moved(self._box.x0, self._box.y0)


def _sides(width: int, height: int, tilt: float) -> tuple[float, float]:
    """The sides of a rectangle that is turned by so many degrees, from those of the upright box around it."""
    cosine, sine = math.cos(math.radians(tilt)), abs(math.sin(math.radians(tilt)))
    share = cosine**2 - sine**2
    return (width * cosine - height * sine) / share, (height * cosine - width * sine) / share
