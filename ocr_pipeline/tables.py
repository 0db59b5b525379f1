"""What is ruled on a page: tables with their cells, and frames, as those around stamps; told by their lines.

A table is read cell by cell, for a cell's lines run on within it: what stands beside them is of another cell. What stands in
a frame is no part of the lines that the frame was set upon.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from ocr_pipeline.document import Box

Pixels = npt.NDArray[np.uint8]
# Rules are told as well at this resolution, and there a line that leans a little is straight. Lengths below are its pixels.
_DPI: Final = 75
# A rule is at least so long, across and down; no stroke of a letter is. Its gaps are no wider than twice the third.
_ACROSS, _DOWN, _GAP = 26, 13, 3
# A table is at least so wide, a cell so wide and so high that a letter has room in it; a frame as much at least and at most.
_LEAST_WIDTH, _LEAST_CELL = 110, 8
_FRAME_WIDTHS, _FRAME_HEIGHTS = (30, 262), (15, 150)
# So much of upper and lower side of a table is ruled; they may rise by so much of its width.
_CLOSED, _LEANS = 0.85, 0.01
# Cells whose upper edges are no farther apart stand in one row.
_ONE_ROW: Final = 6
# Fewer cells are a frame around some text; with columns, some stand side by side.
_FEWEST_CELLS: Final = 4
# So much of the box around it is a cell's own: less is what is left between others.
_FILLED: Final = 0.6
# So much of the rectangle around a frame lies in it, and no more of it is ink: a picture is darker.
_RECTANGULAR, _MOST_INK = 0.9, 0.6


class Table(NamedTuple):
    """A table's box and its cells in rows from top to bottom, each from left to right; pixels of the sheet."""

    box: Box
    rows: tuple[tuple[Box, ...], ...]


class Frame(NamedTuple):
    """The box around a frame, in pixels of the sheet, and the degrees by which it is turned clockwise."""

    box: Box
    tilt: float


class Ruled(NamedTuple):
    """Tables and frames of a page, each from top to bottom."""

    tables: tuple[Table, ...] = ()
    frames: tuple[Frame, ...] = ()


NOTHING_RULED: Final = Ruled()


def ruled(ink: Pixels, dpi: int) -> Ruled:
    """What is ruled on a page; ``ink`` is 255 where the page has ink and 0 elsewhere, rules among it."""
    factor = _DPI / dpi
    if min(ink.shape) * factor < _LEAST_CELL:
        return NOTHING_RULED
    small = cv2.resize(ink, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    small = cv2.threshold(small, 0, 255, cv2.THRESH_BINARY)[1].astype(np.uint8)
    tables = [_table(box, rows, dpi) for box, rows in _tables(_rules(small))]
    frames = [Frame(_on_sheet(box, dpi), tilt) for box, tilt in _frames(small)]
    tables = [t for t in tables if not any(_within(t.box, other.box) for other in tables if other is not t)]
    frames = [f for f in frames if not any(_within(f.box, t.box) for t in tables)]
    return Ruled(tuple(sorted(tables, key=lambda t: t.box.y0)), tuple(sorted(frames, key=lambda f: f.box.y0)))


def _table(box: Box, rows: list[list[Box]], dpi: int) -> Table:
    return Table(_on_sheet(box, dpi), tuple(tuple(_on_sheet(cell, dpi) for cell in row) for row in rows))


def _on_sheet(box: Box, dpi: int) -> Box:
    return Box(*(round(v * dpi / _DPI) for v in box))


def _within(box: Box, other: Box) -> bool:
    return other.x0 <= box.x0 and other.y0 <= box.y0 and box.x1 <= other.x1 and box.y1 <= other.y1


# --- tables


def _rules(ink: Pixels) -> Pixels:
    """255 along straight lines, level and upright, with their gaps closed; empty where none stands upright."""
    down = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((_DOWN, 1), np.uint8))
    if not cv2.countNonZero(down):
        return down.astype(np.uint8)
    across = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((1, _ACROSS), np.uint8))
    across = cv2.morphologyEx(across, cv2.MORPH_CLOSE, np.ones((1, 2 * _GAP), np.uint8))
    down = cv2.morphologyEx(down, cv2.MORPH_CLOSE, np.ones((2 * _GAP, 1), np.uint8))
    return cv2.dilate(cv2.bitwise_or(across, down), np.ones((_GAP, _GAP), np.uint8)).astype(np.uint8)


def _tables(rules: Pixels) -> list[tuple[Box, list[list[Box]]]]:
    """Boxes of tables with their cells in rows."""
    found = []
    for x, y, width, height, _ in cv2.connectedComponentsWithStats(rules)[2][1:].tolist():
        if width < _LEAST_WIDTH or height < _LEAST_CELL:
            continue
        part, near = rules[y : y + height, x : x + width], _GAP + 2 + round(_LEANS * width)
        if min(_ruled_share(part[:near]), _ruled_share(part[-near:])) < _CLOSED:
            continue
        rows = _rows([cell.moved(x, y) for cell in _cells(part)])
        if sum(map(len, rows)) >= _FEWEST_CELLS and max(map(len, rows)) > 1:
            found.append((Box(x, y, x + width, y + height), rows))
    return found


def _ruled_share(strip: Pixels) -> float:
    """How much of a side is ruled, by a strip of the rules along it."""
    return float((strip.max(axis=0) > 0).mean())


def _cells(rules: Pixels) -> list[Box]:
    """The spaces between the rules of a table; its sides close those that have no rule there."""
    free = cv2.bitwise_not(rules)
    free[[0, -1], :] = 0
    free[:, [0, -1]] = 0
    _, _, stats, _ = cv2.connectedComponentsWithStats(free, connectivity=4)
    return [
        Box(x, y, x + width, y + height)
        for x, y, width, height, area in stats[1:].tolist()
        if min(width, height) >= _LEAST_CELL and area >= _FILLED * width * height
    ]


def _rows(cells: list[Box]) -> list[list[Box]]:
    """The cells by their upper edges: one that is several rows high stands in the first of them."""
    rows: list[list[Box]] = []
    for cell in sorted(cells, key=lambda c: c.y0):
        if rows and cell.y0 - rows[-1][0].y0 <= _ONE_ROW:
            rows[-1].append(cell)
        else:
            rows.append([cell])
    return [sorted(row) for row in rows]


# --- frames


def _frames(ink: Pixels) -> list[tuple[Box, float]]:
    """Closed lines around four corners, level or tilted."""
    closed = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((_GAP, _GAP), np.uint8))
    found = []
    for contour in cv2.findContours(closed, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)[0]:
        x, y, width, height = cv2.boundingRect(contour)
        if not (_FRAME_WIDTHS[0] <= width <= _FRAME_WIDTHS[1] and _FRAME_HEIGHTS[0] <= height <= _FRAME_HEIGHTS[1]):
            continue
        _, sides, angle = cv2.minAreaRect(contour)
        if cv2.contourArea(contour) < _RECTANGULAR * sides[0] * sides[1]:
            continue
        if cv2.countNonZero(closed[y : y + height, x : x + width]) <= _MOST_INK * width * height:
            found.append((Box(x, y, x + width, y + height), round((angle + 45.0) % 90.0 - 45.0, 1)))
    return found
