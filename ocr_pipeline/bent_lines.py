"""Lines of print that are not straight: pages that were bound, curled or photographed.

The letters of each line tell how far it rises and falls. One smooth surface over the page, a polynomial across and down,
is fitted to all lines together, so that short ones are judged by the long ones around them; by it the page is straightened.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]
Pieces = npt.NDArray[Any]
Reals = npt.NDArray[np.float64]

# Letters, in usual heights; neighbours in a line stand no farther apart, and no higher or lower than so much.
_LOW, _HIGH, _WIDE = 0.7, 2.2, 3.5
_GAP, _OVERLAP, _STEP = 2.2, 0.6, 0.45
# So many pieces to the right are looked at, and so much more a step up or down counts than a gap.
_LOOKED_AT: Final = 80
_WEIGHT_OF_STEP: Final = 4.0
# Lines that tell: of so many letters, so many heights long; and so many of them.
_LETTERS, _LONG, _LINES = 8, 10.0, 8
# The surface: powers across and down. Letters that end below the line count less by these many heights.
_ACROSS, _DOWN = 5, 2
_ROUNDS: Final = 4
_TOLERANCE: Final = 0.1
# A page that was folded is not smooth: so many letters must lie on the surface, within so many times the tolerance.
_MOST_LETTERS, _FOUND = 0.7, 0.6
_RIDGE: Final = 1e-4
# Less than so many heights from the straight, a page is left as it is; more than so much of it is no bent page.
_LEAST: Final = 0.75
_MOST: Final = 0.12
# Where the first round finds less than this share of the least, no other would find it.
_HARDLY: Final = 0.7
# The surface is looked at in so many places each way.
_SAMPLES: Final = 21
# What changes smoothly over a page is worked out for cells of so many pixels and enlarged.
CELL: Final = 16


class Bend(NamedTuple):
    """How far below where it should be a page's print is, in pixels: a polynomial over the part of the page that has lines.

    Beyond that part (``left``, ``top``, ``right``, ``bottom``) all is as far as at its edge.
    """

    coefficients: Reals
    part: tuple[float, float, float, float]

    def at(self, x: Reals, y: Reals) -> Reals:
        """The pixels for points of the page, arrays of one shape."""
        found: Reals = _terms(x, y, self.part) @ self.coefficients
        return found

    def extent(self) -> float:
        """How far a line across the page rises and falls, at most."""
        left, top, right, bottom = self.part
        x, y = np.meshgrid(np.linspace(left, right, _SAMPLES), np.linspace(top, bottom, _SAMPLES))
        return float(np.ptp(self.at(x, y), axis=1).max())

    def straightened(self, grey: Pixels) -> Pixels:
        """The page with its lines straight."""
        height, width = grey.shape
        x, y = np.meshgrid(np.arange(0.0, width + CELL, CELL), np.arange(0.0, height + CELL, CELL))
        columns, rows = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
        (down,) = enlarged((self.at(x, y),), grey.shape)
        return cv2.remap(grey, columns, rows + down, cv2.INTER_CUBIC, borderValue=255).astype(np.uint8)


def enlarged(drawn: Sequence[Reals], shape: tuple[int, ...]) -> list[npt.NDArray[np.float32]]:
    """Values for each pixel of an image of this shape (height, width) from those for the corners of its cells."""
    columns, rows = np.meshgrid(*(np.arange(length, dtype=np.float32) / CELL for length in (shape[1], shape[0])))
    return [cv2.remap(v.astype(np.float32), columns, rows, cv2.INTER_LINEAR).astype(np.float32) for v in drawn]


def bend_of(boxes: Pieces, size: float, height: int) -> Bend | None:
    """How the lines of a page are bent; None where they are straight.

    ``boxes`` are its pieces of ink (n, 4: x0, y0, x1, y1), ``size`` their usual height, ``height`` that of the page.
    """
    lines = _lines(boxes, size)
    if len(lines) < _LINES:
        return None
    x, y, line = (np.concatenate(parts) for parts in zip(*lines, strict=True))
    counts = np.bincount(line)
    middles = np.bincount(line, y) / counts
    part = float(x.min()), float(middles.min()), float(x.max()), float(middles.max())
    terms = _terms(x, middles[line], part)
    weights = np.ones(len(x))
    for k in range(_ROUNDS):
        total = np.bincount(line, weights)
        own = np.bincount(line, weights * y) / total
        mean = np.stack([np.bincount(line, weights * term) / total for term in terms.T], axis=1)
        left, right = terms - mean[line], y - own[line]
        weighted = left * weights[:, None]
        coefficients = np.linalg.solve(weighted.T @ left + _RIDGE * len(x) * np.eye(left.shape[1]), weighted.T @ right)
        found = Bend(coefficients, part)
        if not k and found.extent() < _HARDLY * _LEAST * size:
            return None
        apart = np.abs(right - left @ coefficients) / (_TOLERANCE * size)
        weights = 1.0 / np.maximum(1.0, apart) ** 2
    if np.quantile(apart, _MOST_LETTERS) > _FOUND:
        return None
    return found if _LEAST * size <= found.extent() <= _MOST * height else None


def _terms(x: Reals, y: Reals, part: tuple[float, float, float, float]) -> Reals:
    """The terms of the polynomial: what is the same across the page is not bent."""
    left, top, right, bottom = part
    across = np.clip(2.0 * (x - left) / max(right - left, 1.0) - 1.0, -1.0, 1.0)
    down = np.clip(2.0 * (y - top) / max(bottom - top, 1.0) - 1.0, -1.0, 1.0)
    return np.stack([across**j * down**k for j in range(1, _ACROSS + 1) for k in range(_DOWN + 1)], axis=-1)


def _lines(boxes: Pieces, size: float) -> list[tuple[Reals, Reals, npt.NDArray[np.int64]]]:
    """Letters that stand in lines: middles, lower ends, and the number of their line."""
    width, height = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    letters = boxes[(height >= _LOW * size) & (height <= _HIGH * size) & (width <= _WIDE * size)]
    letters = letters[np.argsort(letters[:, 0], kind="stable")].astype(np.float64)
    after = _neighbours(letters, size)
    first = np.setdiff1d(np.arange(len(letters)), after)
    lines: list[tuple[Reals, Reals, npt.NDArray[np.int64]]] = []
    for start in first.tolist():
        chain = [start]
        while (then := int(after[chain[-1]])) >= 0:
            chain.append(then)
        own = letters[chain]
        if len(chain) >= _LETTERS and own[-1, 2] - own[0, 0] >= _LONG * size:
            lines.append(((own[:, 0] + own[:, 2]) / 2, own[:, 3], np.full(len(chain), len(lines))))
    return lines


def _neighbours(letters: Reals, size: float) -> npt.NDArray[np.int64]:
    """For each letter, from left to right, the one that follows it in its line; -1 for none."""
    count = len(letters)
    best, after = np.full(count, np.inf), np.full(count, -1)
    left, right, low = (np.ascontiguousarray(letters[:, k]) for k in (0, 2, 3))
    for k in range(1, min(_LOOKED_AT, count)):
        near = np.flatnonzero(np.abs(low[k:] - low[:-k]) <= _STEP * size)
        gap = left[near + k] - right[near]
        beside = (gap <= _GAP * size) & (gap >= -_OVERLAP * size)
        near, gap = near[beside], gap[beside]
        cost = np.abs(gap) + _WEIGHT_OF_STEP * np.abs(low[near + k] - low[near])
        better = cost < best[near]
        best[near[better]], after[near[better]] = cost[better], near[better] + k
    # Of several that would be followed by one, the nearest is.
    order = np.argsort(-best, kind="stable")
    before = np.full(count + 1, -1)
    before[after[order]] = order
    after[before[after] != np.arange(count)] = -1
    return after
