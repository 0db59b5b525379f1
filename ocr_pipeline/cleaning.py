"""What of the ink on a page is no print: borders, rules, great strokes, black seals, dust; all told by its shape and place."""

from __future__ import annotations

from typing import Any, Final

import cv2
import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]
Boxes = npt.NDArray[np.int32]
# Pieces of ink (n, 5): x, y, width, height, area; and which of them.
Pieces = npt.NDArray[Any]
Which = npt.NDArray[np.bool_]
# Letters in inches, and what is told by multiples of their median height.
_LETTER_HEIGHTS: Final = (0.035, 0.3)
USUAL_HEIGHT: Final = 0.09
_FEWEST_LETTERS: Final = 20
# A seal is round and 20 to 50 mm wide.
SEAL_INCHES: Final = (0.8, 2.0)
# A strip along the edge of the scan, and the white beside it, in shares of the width.
_EDGE, _EDGE_WHITE = 0.025, 0.02
# What is smaller than so many letter heights is dust, but for what stands so near to a letter no taller than so many: marks of
# letters and points are no larger in small print. Taller is handwriting, which has the dots of its line beneath it.
_DUST, _NEAR, _TALLEST_PRINT = 0.15, 0.45, 1.7
# Dust has no letter within so many letter heights to its sides, above and below; a leader has so many dots in reach.
_DUST_BESIDE, _DUST_ABOVE = 1.6, 1.4
_LEADER_REACH, _LEADER_DOTS = 4.0, 5
_RULE_INCHES: Final = 0.35
# How far from a letter, in letter heights, ink of a stroke may be the next letters of its line.
_BESIDE: Final = 2.5


def cleaned(grey: Pixels, ink: Pixels, dpi: int) -> tuple[Boxes, float]:
    """Erases borders, rules, great strokes and black seals; returns the boxes of what may be letters, and their height.

    Where a signature or a seal runs through a line of print, its ink stays: it holds letters of that line.
    """
    _erase_rules(grey, ink, dpi)
    # The fastest of its algorithms on pages.
    _, labels, stats, _ = cv2.connectedComponentsWithStatsWithAlgorithm(ink, 8, cv2.CV_32S, cv2.CCL_BBDT)
    pieces = stats[1:]
    size = _letter_height(pieces, dpi)
    gone, stroke = _no_letters(pieces, size, ink.shape)
    gone = gone | _at_edges(pieces, ~(gone | stroke) & (pieces[:, 3] > 0.5 * size), ink.shape[1])
    stroke = stroke | _in_black_seals(pieces, stroke, dpi)
    gone = gone | (~stroke & _stray(pieces, ~(gone | stroke), size, ink.shape))
    kept = ~(gone | stroke)
    if gone.any():
        _erase(grey, labels, gone)
    if stroke.any():
        _erase(grey, labels, stroke, keep=_print_around(pieces[kept], stroke, pieces, size, ink.shape))
    boxes = pieces[kept, :4]
    return np.column_stack([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]]).astype(np.int32), size


def _erase_rules(grey: Pixels, ink: Pixels, dpi: int) -> None:
    """Erase long straight lines, upright and level: of tables, under headings. Letters have none as long."""
    length = round(_RULE_INCHES * dpi)
    level = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((1, length), np.uint8))
    upright = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((length, 1), np.uint8))
    rules = cv2.dilate(cv2.bitwise_or(level, upright), np.ones((3, 3), np.uint8))
    grey[rules > 0] = 255
    ink[rules > 0] = 0


def _erase(grey: Pixels, labels: npt.NDArray[np.int32], which: Which, keep: Pixels | None = None) -> None:
    """Make pieces of ink white, with the grey at their edges."""
    table = np.concatenate(([0], np.where(which, 255, 0))).astype(np.uint8)
    mask = cv2.dilate(table[labels], np.ones((3, 3), np.uint8))
    if keep is not None:
        mask[keep > 0] = 0
    grey[mask > 0] = 255


def _at_edges(pieces: Pieces, letters: Which, width: int) -> Which:
    """Pieces in a strip along the left or right edge of the scan that white parts from all print: its shadow."""
    middle = pieces[:, 0] + pieces[:, 2] / 2
    found = np.zeros(len(pieces), np.bool_)
    for away in (middle / width, 1 - middle / width):
        strip = away < _EDGE
        inner = away[letters & ~strip]
        if len(inner) >= _FEWEST_LETTERS and np.quantile(inner, 0.005) > _EDGE + _EDGE_WHITE:
            found |= strip
    return found


def _stray(pieces: Pieces, kept: Which, size: float, shape: tuple[int, ...]) -> Which:
    """Small pieces with no letter beside, above or below them: dust. Rows of dots, as on forms, stay."""
    small = kept & (np.maximum(pieces[:, 2], pieces[:, 3]) < 0.6 * size)
    near = np.zeros(shape, np.uint8)
    beside, above = int(_DUST_BESIDE * size), int(_DUST_ABOVE * size)
    for x, y, width, height, _ in pieces[kept & ~small].tolist():
        near[max(0, y - above) : y + height + above, max(0, x - beside) : x + width + beside] = 255
    middle = (pieces[:, :2] + pieces[:, 2:4] / 2).astype(int)
    alone = small & (near[middle[:, 1], middle[:, 0]] == 0)
    rows = middle[alone]
    for i in np.flatnonzero(alone).tolist():
        x, y = middle[i]
        beside_it = (abs(rows[:, 1] - y) < 0.25 * size) & (abs(rows[:, 0] - x) < _LEADER_REACH * size)
        alone[i] = beside_it.sum() < _LEADER_DOTS
    return alone


def _in_black_seals(pieces: Pieces, stroke: Which, dpi: int) -> Which:
    """Pieces inside round strokes as large as a seal."""
    low, high = (inches * dpi for inches in SEAL_INCHES)
    inside = np.zeros(len(pieces), np.bool_)
    middles = pieces[:, :2] + pieces[:, 2:4] / 2
    for x, y, width, height, _ in pieces[stroke].tolist():
        if low <= min(width, height) and max(width, height) <= high and 0.8 < width / height < 1.25:
            away = np.hypot((middles[:, 0] - x - width / 2) / width, (middles[:, 1] - y - height / 2) / height)
            inside |= away < 0.5
    return inside


def _print_around(letters: Pieces, stroke: Which, pieces: Pieces, size: float, shape: tuple[int, ...]) -> Pixels:
    """255 along the lines of print that strokes run through: as high as a letter beside, some letters to each side."""
    mask = np.zeros(shape, np.uint8)
    reach = int(_BESIDE * size)
    obstacles = pieces[stroke & (pieces[:, 3] > 2 * size)]
    for x, y, width, height, _ in obstacles.tolist():
        near = (
            (letters[:, 0] < x + width + reach) & (letters[:, 0] + letters[:, 2] > x - reach)
            & (letters[:, 1] < y + height) & (letters[:, 1] + letters[:, 3] > y) & (letters[:, 3] > 0.8 * size)
        )  # fmt: skip
        beside = letters[near]
        for a, b, w, h, _ in beside.tolist():
            mask[max(0, b - 2) : b + h + 2, max(0, a - reach) : a + w + reach] = 255
        # A line that stands on both sides goes on beneath.
        before, behind = (beside[side] for side in (beside[:, 0] < x + width / 2, beside[:, 0] >= x + width / 2))
        for _, b, _, h, _ in before.tolist():
            if len(behind) and (np.abs(behind[:, 1] + behind[:, 3] - b - h) < 0.5 * size).any():
                mask[max(0, b - 2) : b + h + 2, max(0, x) : x + width] = 255
    return mask


def _letter_height(pieces: Pieces, dpi: int) -> float:
    width, height = pieces[:, 2], pieces[:, 3]
    low, high = (inches * dpi for inches in _LETTER_HEIGHTS)
    letters = height[(height > low) & (height < high) & (width > low / 4) & (width < 1.5 * high)]
    return float(np.median(letters)) if len(letters) >= _FEWEST_LETTERS else USUAL_HEIGHT * dpi


def _no_letters(pieces: Pieces, size: float, shape: tuple[int, ...]) -> tuple[Which, Which]:
    """Which pieces of ink are borders of the scan, rules or dust; and which are great strokes: signatures, seals."""
    x, y, width, height, area = pieces.T
    at_edge = (x <= 2) | (y <= 2) | (x + width >= shape[1] - 2) | (y + height >= shape[0] - 2)
    border = at_edge & ((width > 2 * size) | (height > 2 * size))
    stroke = (height > 4 * size) & (width > 4 * size) & (area < 0.25 * width * height)
    rule = (width > 3 * size) & (height < 0.4 * size) & (width > 8 * height)
    upright_rule = (height > 3 * size) & (width < 0.4 * size)
    dust = np.maximum(width, height) < _DUST * size
    dust[dust] = ~_near_print(pieces[dust], pieces[~dust & (height < _TALLEST_PRINT * size)], size, shape)
    return np.asarray(border | rule | upright_rule | dust), np.asarray(stroke & ~border)


def _near_print(dust: Pieces, letters: Pieces, size: float, shape: tuple[int, ...]) -> Which:
    """Which of the smallest pieces stand beside a letter: the dot of ạ, of a semicolon, a part of ổ."""
    near, reach = np.zeros(shape, np.bool_), int(_NEAR * size)
    for x, y, width, height, _ in letters.tolist() if len(dust) else ():
        near[max(0, y - reach) : y + height + reach, max(0, x - reach) : x + width + reach] = True
    middle = (dust[:, :2] + dust[:, 2:4] / 2).astype(int)
    found: Which = near[middle[:, 1], middle[:, 0]]
    return found
