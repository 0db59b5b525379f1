"""The regions of a page that are read by themselves: the two columns of letterhead and foot, and what lies between.

A directive has one column but for two places: the letterhead (issuer and number left, quốc hiệu and date right) and
the foot (nơi nhận left, signature right). Both are told by a gutter: white that runs down between ink on its two
sides for several lines. Each side is read apart, and so is each cell of a ruled table; the rest of the page as one block, so
that a table without rules stays in rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from ocr_pipeline.document import Box
from ocr_pipeline.tables import NOTHING_RULED, Ruled, Table

Boxes = npt.NDArray[np.int32]
Grid = npt.NDArray[np.bool_]
Role = Literal["letterhead-left", "letterhead-right", "body", "table", "frame", "stamp", "foot-left", "foot-right"]
Cut = tuple[Role, tuple[int, int, int, int]]
_HEAD_COLUMNS: Final[tuple[Role, Role]] = ("letterhead-left", "letterhead-right")
_FOOT_COLUMNS: Final[tuple[Role, Role]] = ("foot-left", "foot-right")
# The letterhead lies in this share of the inked height, the foot below it.
_HEAD: Final = 0.4
# Grid cells are half a letter high. A gutter is so wide.
_CELL, _MOST_CELLS, _WIDTH = 0.5, 300, 2
# White in which no line of a body would stop.
_WIDE: Final = 4
# White that still is the foot's gutter where it meets the body: a seal may reach into it, no line of a body has as much there.
_MEETS: Final = 3
# Rows of cells by which first lines that stand side by side may differ.
_LEVEL: Final = 2
# The end of a gutter is looked for between two lines as far away as this.
_NEAR: Final = 6
# Rows with ink on both sides times width must reach this.
_LEAST_WORTH: Final = 15


class _Needs(NamedTuple):
    """What makes a gutter: its height in rows of cells, in how many of them there is ink on both sides, its place.

    More width is better up to ``widest``; it stands between two shares of the inked width.
    """

    height: int
    both_sides: int
    widest: int
    middle: tuple[float, float]


# A letterhead may have two lines on one side (Thủ tướng Chính phủ, Số) or three set solid, and is known by what it says.
_OF_HEAD: Final = _Needs(12, 5, 6, (0.2, 0.8))
# A seal has narrow white in it, with ink on both sides in many rows.
_OF_FOOT: Final = _Needs(16, 8, 12, (0.2, 0.7))


class Region(NamedTuple):
    """A part of the page that is read by itself; ``others`` (n, 4) are pieces of ink in its box that are not its own.

    ``rows`` are the cells of a table, ``tilt`` the degrees by which a frame is turned clockwise. A stamp is of coloured ink.
    """

    box: Box
    role: Role
    others: Boxes
    rows: tuple[tuple[Box, ...], ...] = ()
    tilt: float = 0.0


class Gutter(NamedTuple):
    """White between two columns, in grid cells or pixels."""

    worth: int
    top: int
    bottom: int
    left: int
    right: int


def regions_of(boxes: Boxes, size: float, width: int, height: int, rules: Ruled = NOTHING_RULED) -> tuple[Region, ...]:
    """The regions of a page from its pieces of ink (n, 4), their usual height and what is ruled, in reading order.

    Frames come last. Empty where there is no ink. A piece of ink belongs to the region that its middle lies in, so that no
    letter is cut.
    """
    framed = np.zeros(len(boxes), np.bool_)
    frames = []
    for frame in rules.frames:
        if (own := _inside(boxes, frame.box)).any():
            frames.append(Region(frame.box, "frame", boxes[:0], tilt=frame.tilt))
            framed |= own
    found = _regions_of(boxes[~framed], size, width, height, rules.tables)
    if not frames:
        return found
    apart = np.concatenate([boxes[framed], np.array([frame.box for frame in frames], np.int32)])
    return (*(_without(region, apart) for region in found), *frames)


def _without(region: Region, boxes: Boxes) -> Region:
    """The region without what stands in frames."""
    return region._replace(others=np.concatenate([region.others, boxes[_touching(boxes, region.box)]]))


def _touching(boxes: Boxes, box: Box) -> npt.NDArray[np.bool_]:
    found: npt.NDArray[np.bool_] = (
        (boxes[:, 0] < box.x1) & (boxes[:, 2] > box.x0) & (boxes[:, 1] < box.y1) & (boxes[:, 3] > box.y0)
    )
    return found


def _regions_of(boxes: Boxes, size: float, width: int, height: int, tables: Sequence[Table]) -> tuple[Region, ...]:
    """The regions of what stands in no frame."""
    if not len(boxes):
        return ()
    cell = max(size * _CELL, max(width, height) / _MOST_CELLS)
    # No gutter leads through a table.
    grid = _occupied(np.concatenate([boxes, *(np.array([t.box], np.int32) for t in tables)]), cell, width, height)
    rows = np.flatnonzero(grid.any(axis=1))
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    waist = top + int(_HEAD * (bottom - top))
    crossed = _crossed(boxes, height)
    head = _in_pixels(_gutter(grid, top, waist, meets_body=False), cell, crossed)
    between = _gutter(grid, waist, bottom, meets_body=True)
    foot = _in_pixels(between, cell, crossed)
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
    if between:
        cuts = [part for cut in cuts for part in _parted(cut, grid, between, cell, crossed)]
    cuts.append(("body", (0, reached, width, height)))
    # One that stands beside a gutter stays in its column.
    tables = [table for table in tables if any(_holds(cut, table) for cut in cuts)]
    of_tables = _in_tables(boxes, tables)
    found = []
    for cut in cuts:
        for role, place, table in _with_tables(cut, tables):
            own = _inside(boxes, place) & (of_tables == (table.box.y0 if table else -1))
            if own.any():
                found.append(_region(role, own, boxes, size, width, height, table))
    return tuple(found)


def _parted(cut: Cut, grid: Grid, foot: Gutter, cell: float, crossed: npt.NDArray[Any]) -> list[Cut]:
    """A column of the foot, or, where a gutter parts it again (three who sign), its columns and what stands below them."""
    role, (x0, above, x1, below) = cut
    if role not in _FOOT_COLUMNS:
        return [cut]
    part = grid.copy()
    part[: foot.top, :] = part[:, : int(x0 / cell)] = part[:, int(x1 / cell) :] = False
    inked = np.flatnonzero(part[: foot.bottom].any(axis=1))
    found = _gutter(part, int(inked[0]), foot.bottom, meets_body=False) if len(inked) else None
    # Their first lines stand side by side. Strokes of a signature leave gutters, too, but narrow ones, or further down.
    if found is None or found.right - found.left < _MEETS or not _side_by_side(part, found):
        return [cut]
    gutter = _in_pixels(found, cell, crossed)
    if gutter is None or gutter.bottom <= above:
        return [cut]
    middle, end = (gutter.left + gutter.right) // 2, min(gutter.bottom, below)
    return [(role, (x0, above, middle, end)), (role, (middle, above, x1, end)), (role, (x0, end, x1, below))]


def _side_by_side(grid: Grid, gutter: Gutter) -> bool:
    """Whether a gutter passes between the first line to its right and a line to its left that begins beside that."""
    left, right = grid[:, : gutter.left].any(axis=1), grid[:, gutter.right :].any(axis=1)
    first = int(np.argmax(right))
    begins = np.flatnonzero(np.diff(left.astype(np.int8), prepend=0) == 1)
    return gutter.top <= first and bool((np.abs(begins - first) <= _LEVEL).any())


def _with_tables(cut: Cut, tables: Sequence[Table]) -> Iterator[tuple[Role, tuple[int, int, int, int], Table | None]]:
    """A cut of the body parted by the tables that lie in it; what stands beside a table comes after it."""
    role, (x0, y0, x1, y1) = cut
    for table in tables:
        if _holds(cut, table):
            yield role, (x0, y0, x1, table.box.y0), None
            yield "table", table.box, table
            y0 = table.box.y0
    yield role, (x0, y0, x1, y1), None


def _holds(cut: Cut, table: Table) -> bool:
    """Whether a cut is of the body and holds the middle of a table."""
    role, (_, y0, _, y1) = cut
    return role == "body" and y0 <= (table.box.y0 + table.box.y1) / 2 < y1


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


def _middles(boxes: Boxes) -> npt.NDArray[Any]:
    found: npt.NDArray[Any] = (boxes[:, :2] + boxes[:, 2:]) / 2
    return found


def _inside(boxes: Boxes, place: tuple[int, int, int, int]) -> npt.NDArray[np.bool_]:
    """Which pieces of ink have their middle in a place."""
    (x0, y0, x1, y1), (x, y) = place, _middles(boxes).T
    found: npt.NDArray[np.bool_] = (x >= x0) & (x < x1) & (y >= y0) & (y < y1)
    return found


def _in_tables(boxes: Boxes, tables: Sequence[Table]) -> npt.NDArray[Any]:
    """For each piece of ink the upper edge of the table that it lies in, -1 for none."""
    found = np.full(len(boxes), -1)
    for table in tables:
        found[_inside(boxes, table.box)] = table.box.y0
    return found


def _region(
    role: Role, own: npt.NDArray[np.bool_], boxes: Boxes, size: float, width: int, height: int, table: Table | None
) -> Region:
    """A region of some ink, with its box and some white around it."""
    low, high = boxes[own, :2].min(axis=0), boxes[own, 2:].max(axis=0)
    edge = int(size / 2)
    box = Box(
        max(0, int(low[0]) - edge), max(0, int(low[1]) - edge), min(width, int(high[0]) + edge), min(height, int(high[1]) + edge)
    )
    return Region(box, role, boxes[_touching(boxes, box) & ~own], table.rows if table else ())


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
    left, needs = np.cumsum(part, axis=1), _OF_FOOT if meets_body else _OF_HEAD
    low, high = (int(columns[0] + share * span) for share in needs.middle)
    best = max(
        (_best_from(part, left, start, (low, high), needs) for start in np.flatnonzero(part.any(axis=1))[::2].tolist()),
        default=None,
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
    while bottom < len(grid):
        if white := _whitest(grid[bottom, left:right], least):
            left, right = left + white[0], left + white[1]
        elif not meets_body and not grid[bottom, right - 1 :].any():
            # The abstract below the number of a công văn may be wider than all above it, and has nothing beside it.
            left = max(left, int(np.flatnonzero(grid[bottom]).max(initial=-1)) + 1)
        else:
            break
        bottom += 1
    return Gutter(gutter.worth, top, bottom, left, right)


def _whitest(row: Grid, least: int) -> tuple[int, int] | None:
    """The widest stretch without ink of a row of cells, where it is wide enough."""
    return max(_runs(~row, least), key=lambda run: run[1] - run[0], default=None)


def _best_from(part: Grid, left: npt.NDArray[Any], start: int, where: tuple[int, int], needs: _Needs) -> Gutter:
    """The best gutter that begins in a row, between two columns."""
    (low, high), best = where, Gutter(0, 0, 0, 0, 0)
    empty = ~part[start, low:high]
    for row in range(start, len(part)):
        empty = empty & ~part[row, low:high]
        if not empty.any():
            break
        if row - start < needs.height:
            continue
        for a, b in _runs(empty, _WIDTH):
            beside, whole = left[start : row + 1, low + a], left[start : row + 1, -1]
            worth = _worth(beside > 0, whole > beside, b - a, needs)
            if worth > best.worth:
                best = Gutter(worth, start, row + 1, low + a, low + b)
    return best


def _worth(on_left: Grid, on_right: Grid, width: int, needs: _Needs) -> int:
    """Rows with ink on both sides count; of wide white, where no line of a body would stop, those on either side do."""
    both, either = int((on_left & on_right).sum()), min(int(on_left.sum()), int(on_right.sum()))
    rows = either if width >= _WIDE else both
    return rows * min(width, needs.widest) if rows >= needs.both_sides else 0


def _runs(flags: Grid, least: int) -> list[tuple[int, int]]:
    """Stretches of true of at least so many cells."""
    edges = np.diff(np.concatenate(([0], flags.view(np.int8), [0])))
    starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    return [(int(a), int(b)) for a, b in zip(starts, ends, strict=True) if b - a >= least]
