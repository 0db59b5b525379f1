"""How far the words of a line reach: from where their first and last signs were said to the gaps around them."""

from __future__ import annotations

from typing import Any, Final

import numpy.typing as npt

Array = npt.NDArray[Any]

# No sign reaches further from where it was said, in heights of its line.
WIDEST: Final = 0.8


def find_extents(ink: Array, said: Array, step: float, columns: Array, boxes: Array) -> int:
    """``boxes`` of words (x0, y0, x1, y1) in an image with ink as 1.

    ``said`` are their first and last steps, ``step`` pixels each; ``columns`` is room for a number a column.
    """
    height, width = ink.shape
    for x in range(width):
        columns[x] = 0
    for y in range(height):
        for x in range(width):
            columns[x] += ink[y, x]
    left = 0
    for k in range(len(said)):
        right = width
        if k + 1 < len(said):
            right = _gap(columns, int(said[k, 1] * step), int((said[k + 1, 0] + 1) * step))
        first, last = min(int((said[k, 0] + 1) * step), right), max(int(said[k, 1] * step), left)
        boxes[k, 0] = _edge(columns, first - 1, left - 1, -1, int(2 * step), int(WIDEST * height)) + 1
        boxes[k, 2] = _edge(columns, last, right, 1, int(2 * step), int(WIDEST * height))
        _tighten(ink, columns, boxes, k)
        left = right
    return 0


def _gap(columns: Array, start: int, end: int) -> int:
    """The middle of the widest gap between two columns: of those with the least ink."""
    start = min(start, len(columns) - 1)
    end = min(max(end, start + 1), len(columns))
    least = columns[start]
    for x in range(start, end):
        least = min(least, columns[x])
    best, most, run = start, 0, 0
    for x in range(start, end):
        run = run + 1 if columns[x] == least else 0
        if run > most:
            best, most = x + 1 - run // 2, run
    return best


def _edge(columns: Array, start: int, end: int, way: int, tolerated: int, most: int) -> int:
    """The first empty column from ``start`` on, gaps among the first few not counted; ``end`` or the most at the latest."""
    x, gone = start, 0
    while x != end and gone < most and (gone < tolerated or columns[x] > 0):
        x += way
        gone += 1
    return x


def _tighten(ink: Array, columns: Array, boxes: Array, k: int) -> None:
    """Empty columns and rows at the edges of a box are not its own; a box without ink keeps all rows."""
    height = ink.shape[0]
    x0, x1, y0, y1 = boxes[k, 0], boxes[k, 2], 0, height
    while x0 < x1 and columns[x0] == 0:
        x0 += 1
    while x1 > x0 and columns[x1 - 1] == 0:
        x1 -= 1
    if x0 < x1:
        while _empty(ink, y0, x0, x1):
            y0 += 1
        while _empty(ink, y1 - 1, x0, x1):
            y1 -= 1
    else:
        x0, x1 = boxes[k, 0], max(boxes[k, 2], boxes[k, 0] + 1)
    boxes[k, 0], boxes[k, 1], boxes[k, 2], boxes[k, 3] = x0, y0, x1, y1


def _empty(ink: Array, y: int, x0: int, x1: int) -> bool:
    count = 0
    for x in range(x0, x1):
        count += int(ink[y, x])
    return count == 0
