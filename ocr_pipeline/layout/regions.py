"""The regions of a page that are read by themselves: the two columns of letterhead and foot, and what lies between.

A directive has one column but for two places: the letterhead (issuer and number left, quốc hiệu and date right) and
the foot (nơi nhận left, signature right). Both are told by a gutter: white that runs down between ink on its two
sides for several lines. Each side is read apart, the rest of the page as one block, so that a table stays in rows.
"""

from __future__ import annotations

from typing import Any, Final, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from ocr_pipeline.document import Box

Boxes = npt.NDArray[np.int32]
Grid = npt.NDArray[np.bool_]
Role = Literal["letterhead-left", "letterhead-right", "body", "foot-left", "foot-right"]
Cut = tuple[Role, tuple[int, int, int, int]]
_HEAD_COLUMNS: Final[tuple[Role, Role]] = ("letterhead-left", "letterhead-right")
_FOOT_COLUMNS: Final[tuple[Role, Role]] = ("foot-left", "foot-right")
# The letterhead lies in this share of the inked height, the foot below it.
_HEAD: Final = 0.4
# Where a gutter may stand, in shares of the inked width.
_MIDDLE: Final = (0.2, 0.8)
# Grid cells are half a letter high. A gutter is as wide, as high, and has ink on both sides in as many rows of cells.
_CELL, _MOST_CELLS = 0.5, 300
_WIDTH, _HEIGHT, _BOTH_SIDES = 2, 16, 8
# White in which no line of a body would stop.
_WIDE: Final = 4
# White that still is the foot's gutter where it meets the body: a seal may reach into it, no line of a body has as much there.
_MEETS: Final = 3
# The end of a gutter is looked for between two lines as far away as this.
_NEAR: Final = 6
# Rows with ink on both sides times width (up to so many cells) must reach this.
_WIDEST, _LEAST_WORTH = 6, 15


class Region(NamedTuple):
    """A part of the page that is read by itself; ``others`` (n, 4) are pieces of ink in its box that are not its own."""

    box: Box
    role: Role
    others: Boxes


class Gutter(NamedTuple):
    """White between two columns, in grid cells or pixels."""

    worth: int
    top: int
    bottom: int
    left: int
    right: int


def regions_of(boxes: Boxes, size: float, width: int, height: int) -> tuple[Region, ...]:
    """The regions of a page from its pieces of ink (n, 4) and their usual height, in reading order.

    Empty where there is no ink. A piece of ink belongs to the region that its middle lies in, so that no letter is cut.
    """
    if not len(boxes):
        return ()
    cell = max(size * _CELL, max(width, height) / _MOST_CELLS)
    grid = _occupied(boxes, cell, width, height)
    rows = np.flatnonzero(grid.any(axis=1))
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    waist = top + int(_HEAD * (bottom - top))
    crossed = _crossed(boxes, height)
    head = _in_pixels(_gutter(grid, top, waist, meets_body=False), cell, crossed)
    foot = _in_pixels(_gutter(grid, waist, bottom, meets_body=True), cell, crossed)
    cuts: list[Cut] = []
    reached = 0
    for gutter, left, right in ((head, *_HEAD_COLUMNS), (foot, *_FOOT_COLUMNS)):
        if gutter:
            middle, above, below = (gutter.left + gutter.right) // 2, max(gutter.top, reached), gutter.bottom
            cuts += [
                ("body", (0, reached, width, above)),
                (left, (0, above, middle, below)),
                (right, (middle, above, width, below)),
            ]
            reached = below
    cuts.append(("body", (0, reached, width, height)))
    return tuple(region for cut in cuts if (region := _region(cut, boxes, size, width, height)))


def _crossed(boxes: Boxes, height: int) -> npt.NDArray[Any]:
    """For each row of pixels how many pieces of ink a cut there would go through."""
    edges = np.zeros(height + 1, np.int64)
    np.add.at(edges, np.clip(boxes[:, 1] + 1, 0, height), 1)
    np.add.at(edges, np.clip(boxes[:, 3], 0, height), -1)
    return np.cumsum(edges)


def _in_pixels(gutter: Gutter | None, cell: float, crossed: npt.NDArray[Any]) -> Gutter | None:
    """A gutter of cells in pixels, its ends where least ink is cut through."""
    if gutter is None:
        return None
    left, right = int(gutter.left * cell), int(gutter.right * cell)
    top, bottom = int(gutter.top * cell), int(gutter.bottom * cell)
    near = int(_NEAR * cell)
    return Gutter(gutter.worth, _least(crossed, top, top + near), _least(crossed, bottom, bottom - near), left, right)


def _least(crossed: npt.NDArray[Any], start: int, end: int) -> int:
    """The row from ``start`` towards ``end`` with the least crossings, the first of them."""
    if not 0 < start < len(crossed) - 1:
        return start
    rows = [r for r in range(start, end, 1 if end > start else -1) if 0 <= r < len(crossed)]
    return min(rows, key=lambda r: crossed[r])


def _region(cut: Cut, boxes: Boxes, size: float, width: int, height: int) -> Region | None:
    """The ink whose middle lies in a cut, with its box and some white around it."""
    role, (x0, y0, x1, y1) = cut
    middle = (boxes[:, :2] + boxes[:, 2:]) / 2
    own = (middle[:, 0] >= x0) & (middle[:, 0] < x1) & (middle[:, 1] >= y0) & (middle[:, 1] < y1)
    if not own.any():
        return None
    low, high = boxes[own, :2].min(axis=0), boxes[own, 2:].max(axis=0)
    edge = int(size / 2)
    box = Box(
        max(0, int(low[0]) - edge), max(0, int(low[1]) - edge), min(width, int(high[0]) + edge), min(height, int(high[1]) + edge)
    )
    inside = (boxes[:, 0] < box.x1) & (boxes[:, 2] > box.x0) & (boxes[:, 1] < box.y1) & (boxes[:, 3] > box.y0)
    return Region(box, role, boxes[inside & ~own])


def _occupied(boxes: Boxes, cell: float, width: int, height: int) -> Grid:
    """The page in cells, true where there is ink."""
    low = (boxes[:, :2] / cell).astype(int)
    high = ((boxes[:, 2:] - 1) / cell).astype(int) + 1
    # One more from each upper left corner on, one less beyond the others: their sums are how many boxes lie over a cell.
    corners = np.zeros((int(height / cell) + 3, int(width / cell) + 3), np.int64)
    for rows, columns, sign in ((low, low, 1), (low, high, -1), (high, low, -1), (high, high, 1)):
        np.add.at(corners, (rows[:, 1], columns[:, 0]), sign)
    return corners[:-1, :-1].cumsum(axis=0).cumsum(axis=1) > 0


def _gutter(grid: Grid, top: int, bottom: int, *, meets_body: bool) -> Gutter | None:
    """The gutter of most worth between two rows of cells, as long as it is; that of the foot meets the body above it."""
    part = grid[top:bottom]
    columns = np.flatnonzero(part.any(axis=0))
    if not len(columns):
        return None
    span = columns[-1] + 1 - columns[0]
    low, high = (int(columns[0] + share * span) for share in _MIDDLE)
    left = np.cumsum(part, axis=1)
    best = max(
        (_best_from(part, left, start, low, high) for start in np.flatnonzero(part.any(axis=1))[::2].tolist()), default=None
    )
    if best is None or best.worth < _LEAST_WORTH:
        return None
    return _lengthened(grid, best._replace(top=best.top + top, bottom=best.bottom + top), meets_body=meets_body)


def _lengthened(grid: Grid, gutter: Gutter, *, meets_body: bool) -> Gutter:
    """The gutter as far up and down as some of it stays white; that of the foot meets the body above it."""
    top, left, right = gutter.top, gutter.left, gutter.right
    needed = _MEETS if meets_body else _WIDTH
    while top and (white := _whitest(grid[top - 1, left:right], min(needed, right - left))):
        left, right, top = left + white[0], left + white[1], top - 1
    bottom, least = gutter.bottom, min(_WIDE, gutter.right - gutter.left)
    # Narrow where it meets the body, the foot's is as narrow below.
    least = min(least, right - left) if meets_body else least
    while bottom < len(grid) and (white := _whitest(grid[bottom, left:right], least)):
        left, right = left + white[0], left + white[1]
        bottom += 1
    return Gutter(gutter.worth, top, bottom, left, right)


def _whitest(row: Grid, least: int) -> tuple[int, int] | None:
    """The widest stretch without ink of a row of cells, where it is wide enough."""
    return max(_runs(~row, least), key=lambda run: run[1] - run[0], default=None)


def _best_from(part: Grid, left: npt.NDArray[Any], start: int, low: int, high: int) -> Gutter:
    """The best gutter that begins in a row."""
    best = Gutter(0, 0, 0, 0, 0)
    empty = ~part[start, low:high]
    for row in range(start, len(part)):
        empty = empty & ~part[row, low:high]
        if not empty.any():
            break
        if row - start < _HEIGHT:
            continue
        for a, b in _runs(empty, _WIDTH):
            beside, whole = left[start : row + 1, low + a], left[start : row + 1, -1]
            worth = _worth(beside > 0, whole > beside, b - a)
            if worth > best.worth:
                best = Gutter(worth, start, row + 1, low + a, low + b)
    return best


def _worth(on_left: Grid, on_right: Grid, width: int) -> int:
    """Rows with ink on both sides count; of wide white, where no line of a body would stop, those on either side do."""
    both, either = int((on_left & on_right).sum()), min(int(on_left.sum()), int(on_right.sum()))
    rows = either if width >= _WIDE else both
    return rows * min(width, _WIDEST) if rows >= _BOTH_SIDES else 0


def _runs(flags: Grid, least: int) -> list[tuple[int, int]]:
    """Stretches of true of at least so many cells."""
    edges = np.diff(np.concatenate(([0], flags.view(np.int8), [0])))
    starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    return [(int(a), int(b)) for a, b in zip(starts, ends, strict=True) if b - a >= least]
