"""Makes a page image fit to be read: resolution, paper, seals, skew, borders, rules.

Everything here was measured on real scans. Reading at 150 dpi beats reading at 300: the recogniser scales each line to
some 40 pixels of height anyway, and does it worse than an average over areas. For the same reason nothing is ever
enlarged, and a page is turned only where its skew would cost more than the turning.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
import numpy.typing as npt

from ocr_pipeline.bent_lines import Bend, bend_of
from ocr_pipeline.document import Box
from ocr_pipeline.thresholds import ink_threshold, print_threshold

Pixels = npt.NDArray[np.uint8]
Boxes = npt.NDArray[np.int32]
READING_DPI: Final = 150
# Paper brightness is measured on a grid of about so many cells across the page.
_PAPER_CELLS: Final = 300
_DARKEST_PAPER: Final = 60
# What is so much darker than the paper is none: the table on which the page was photographed.
_NO_PAPER: Final = 0.4
# Coloured ink: so much between the brightest and the darkest channel, and not dark itself. Around it colours have run
# (JPEG keeps them at half the resolution), so that its edges are grey; print beneath is darker than that.
_SATURATION, _LIGHT = 40, 95
_RUN, _LIGHT_BESIDE = 5, 130
# Where the sheet slipped, the scanner's colours do not lie on each other, and black strokes have a red edge and a blue one:
# so near to each other in pixels, and on so large a share of all colour. On other scans it is less than a twentieth.
_EDGES_APART, _EDGES_SHARE = 7, 0.2
# White print on black, as on negatives of microfilm: so much of the page without its margins is dark.
_NEGATIVE: Final = 0.65
_MARGIN: Final = 0.1
_WHITE_ABOVE, _WHITE_ABOVE_PRINT = 60, 10
_WHITEST: Final = 235
_LEAST_SKEW, _MOST_SKEW = 0.3, 8.0
# Pixels of the longer side of the page that its skew is told from, roughly and finely.
_SKEW_SIDES: Final = (500, 1000)
# Letters in inches, and what is told by multiples of their median height.
_LETTER_HEIGHTS: Final = (0.035, 0.3)
_USUAL_HEIGHT: Final = 0.09
_FEWEST_LETTERS: Final = 20
# A seal is round and 20 to 50 mm wide.
_SEAL_INCHES: Final = (0.8, 2.0)
_SEAL_INK: Final = 0.04
# A strip along the edge of the scan, and the white beside it, in shares of the width.
_EDGE, _EDGE_WHITE = 0.025, 0.02
# Dust has no letter within so many letter heights to its sides, above and below; a leader has so many dots in reach.
_DUST_BESIDE, _DUST_ABOVE = 1.6, 1.4
_LEADER_REACH, _LEADER_DOTS = 4.0, 5
_RULE_INCHES: Final = 0.35
# How far from a letter, in letter heights, ink of a stroke may be the next letters of its line.
_BESIDE: Final = 2.5


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page ready to be read: ``grey`` is uint8, paper white, seals and borders gone.

    ``boxes`` (n, 4: x0, y0, x1, y1) are the pieces of ink that may be letters or parts of them, ``size`` their usual
    height, both in pixels of ``grey``; ``dpi`` is its resolution, ``scale`` the pixels of the page for one of its own.
    ``skew`` are the degrees by which the page was turned back, ``bend`` is by what its lines were straightened after that.
    """

    grey: Pixels
    dpi: int
    boxes: Boxes
    size: float
    seals: tuple[Box, ...]
    scale: float
    skew: float
    bend: Bend | None
    steps: tuple[str, ...]

    @property
    def blank(self) -> bool:
        """Whether there is nothing to read."""
        tall = self.boxes[:, 3] - self.boxes[:, 1] >= 0.5 * _USUAL_HEIGHT * self.dpi if len(self.boxes) else np.zeros(0)
        return int(tall.sum()) < 3

    def on_page(self, box: Box) -> Box:
        """A box of the sheet in pixels of the page as it was given."""
        left, top, right, bottom = map(float, box)
        if self.bend:
            down = float(self.bend.at(np.array((left + right) / 2), np.array((top + bottom) / 2)))
            top, bottom = top + down, bottom + down
        if self.skew:
            # Turned forward again about the middle of the sheet, as ``_turn`` does.
            height, width = self.grey.shape
            sine, cosine = math.sin(math.radians(self.skew)), math.cos(math.radians(self.skew))
            x, y = (left + right - width) / 2, (top + bottom - height) / 2
            across, down = cosine * x - sine * y - x, sine * x + cosine * y - y
            left, top, right, bottom = left + across, top + down, right + across, bottom + down
        scale = self.scale
        return Box(max(0, round(left * scale)), max(0, round(top * scale)), round(right * scale), round(bottom * scale))


def prepare(pixels: Pixels, dpi: int) -> Sheet:
    """The page, grey or BGR at ``dpi``, as a sheet."""
    steps: list[str] = []
    image, dpi_read = _reduced(pixels, dpi, steps)
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY).astype(np.uint8) if image.ndim == 3 else image
    if _is_negative(grey):
        image, grey = cv2.bitwise_not(image).astype(np.uint8), cv2.bitwise_not(grey).astype(np.uint8)
        steps.append("negative turned into positive")
    brightest = _brightest(image)
    colour = _coloured(image, brightest) if image.ndim == 3 else None
    grey = _even_paper(grey)
    seals: tuple[Box, ...] = ()
    if colour is not None and _out_of_register(image, colour):
        steps.append("colours lie beside each other, coloured ink left")
    elif colour is not None and colour.any():
        seals = _seals(colour, dpi_read)
        _erase_colour(grey, colour, brightest)
        steps.append(f"coloured ink removed, {len(seals)} seals")
    threshold, above = ink_threshold(grey), _WHITE_ABOVE
    if (darker := print_threshold(grey, _WHITEST)) is not None:
        threshold, above = min(threshold, darker), _WHITE_ABOVE_PRINT
        steps.append("print of the other side removed")
    skew = _skew_of(cv2.threshold(grey, threshold, 255, cv2.THRESH_BINARY_INV)[1])
    if abs(skew) >= _LEAST_SKEW:
        grey = _turned(grey, skew)
        steps.append(f"turned back by {skew:.1f} degrees")
    else:
        skew = 0.0
    ink = cv2.threshold(grey, threshold, 255, cv2.THRESH_BINARY_INV)[1]
    boxes, size = _cleaned(grey, ink, dpi_read)
    bend = bend_of(boxes, size, len(grey))
    if bend:
        grey = bend.straightened(grey)
        steps.append(f"bent lines straightened, which rose and fell by {bend.extent():.0f} pixels")
        boxes, size = _cleaned(grey, cv2.threshold(grey, threshold, 255, cv2.THRESH_BINARY_INV)[1], dpi_read)
    grey[grey > min(threshold + above, _WHITEST)] = 255
    return Sheet(grey, dpi_read, boxes, size, seals, dpi / dpi_read, skew, bend, tuple(steps))


def turned_upright(pixels: Pixels, quarter_turns: int) -> Pixels:
    """The page turned clockwise by quarters."""
    return np.ascontiguousarray(np.rot90(pixels, -quarter_turns))


def _reduced(pixels: Pixels, dpi: int, steps: list[str]) -> tuple[Pixels, int]:
    factor = READING_DPI / dpi
    if factor >= 0.95:
        return pixels, dpi
    steps.append(f"reduced from {dpi} to {READING_DPI} dpi")
    return _smaller(pixels, factor), READING_DPI


def _smaller(pixels: Pixels, factor: float) -> Pixels:
    """Averaged over areas; a strip stays a pixel high.

    By the factor and not by the size that it gives: rounding stretches the page, and letters then read worse.
    """
    if round(min(pixels.shape[:2]) * factor) < 1:
        height, width = pixels.shape[:2]
        size = max(1, round(width * factor)), max(1, round(height * factor))
        return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA).astype(np.uint8)
    return cv2.resize(pixels, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA).astype(np.uint8)


def _is_negative(grey: Pixels) -> bool:
    height, width = grey.shape
    inner = grey[int(_MARGIN * height) : int((1 - _MARGIN) * height), int(_MARGIN * width) : int((1 - _MARGIN) * width)]
    if not inner.size:
        return False
    _, dark = cv2.threshold(inner, 0, 255, cv2.THRESH_BINARY_INV + cv2.THRESH_OTSU)
    return cv2.countNonZero(dark) > _NEGATIVE * dark.size and float(inner.mean()) < _DARKEST_PAPER


def _even_paper(grey: Pixels) -> Pixels:
    """The page divided by the brightness of its paper, so that shadows and yellowed sheets become white."""
    height, width = grey.shape
    step = max(1, round(min(height, width) / _PAPER_CELLS))
    small = cv2.resize(grey, (max(1, width // step), max(1, height // step)), interpolation=cv2.INTER_AREA)
    paper = cv2.medianBlur(cv2.dilate(small, np.ones((9, 9), np.uint8)), 21)
    darkest = min(_DARKEST_PAPER, _NO_PAPER * float(np.median(paper)))
    # What widened the paper is taken back, and a cell more.
    beyond = (cv2.erode(paper, np.ones((11, 11), np.uint8)) < darkest).astype(np.uint8)
    paper = cv2.resize(paper, (width, height), interpolation=cv2.INTER_LINEAR)
    even = cv2.divide(grey, cv2.max(paper, np.full_like(paper, _DARKEST_PAPER)), scale=255).astype(np.uint8)
    if beyond.any():
        even[cv2.resize(beyond, (width, height), interpolation=cv2.INTER_NEAREST) > 0] = 255
    return even


def _brightest(image: Pixels) -> Pixels:
    """The brightest channel of each pixel: black print is dark in all, coloured ink is not."""
    if image.ndim == 2:
        return image
    blue, green, red = cv2.split(image)
    return cv2.max(cv2.max(blue, green), red).astype(np.uint8)


def _coloured(bgr: Pixels, brightest: Pixels) -> Pixels:
    """255 where the ink has a colour: seals, stamps, handwriting."""
    blue, green, red = cv2.split(bgr)
    spread = cv2.subtract(brightest, cv2.min(cv2.min(blue, green), red))
    strong = cv2.threshold(spread, _SATURATION, 255, cv2.THRESH_BINARY)[1]
    return cv2.bitwise_and(strong, cv2.threshold(brightest, _LIGHT, 255, cv2.THRESH_BINARY)[1]).astype(np.uint8)


def _out_of_register(bgr: Pixels, colour: Pixels) -> bool:
    """Whether colour is mostly edges of black print, red on one side and blue on the other, and not ink."""
    blue, _, red = cv2.split(bgr)
    reddish = cv2.bitwise_and(colour, cv2.compare(red, blue, cv2.CMP_GT))
    bluish = cv2.bitwise_and(colour, cv2.compare(blue, red, cv2.CMP_GT))
    around = np.ones((_EDGES_APART, 1), np.uint8)
    pairs = cv2.countNonZero(cv2.bitwise_and(reddish, cv2.dilate(bluish, around)))
    pairs += cv2.countNonZero(cv2.bitwise_and(bluish, cv2.dilate(reddish, around)))
    return pairs > _EDGES_SHARE * cv2.countNonZero(colour)


def _seals(colour: Pixels, dpi: int) -> tuple[Box, ...]:
    """The places of round seals among the coloured ink."""
    joined = cv2.morphologyEx(colour, cv2.MORPH_CLOSE, np.ones((max(3, dpi // 12),) * 2, np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(joined)
    low, high = (inches * dpi for inches in _SEAL_INCHES)
    found = []
    for x, y, width, height, area in stats[1:].tolist():
        if low <= max(width, height) <= high and min(width, height) >= 0.4 * low and area >= _SEAL_INK * width * height:
            found.append(Box(x, y, x + width, y + height))
    return tuple(found)


def _erase_colour(grey: Pixels, colour: Pixels, brightest: Pixels) -> None:
    """Coloured ink becomes paper; the black letters beneath it stay."""
    around = cv2.dilate(colour, np.ones((_RUN, _RUN), np.uint8))
    grey[(colour > 0) | ((around > 0) & (brightest > _LIGHT_BESIDE))] = 255


def _turn(shape: tuple[int, ...], degrees: float) -> npt.NDArray[np.float64]:
    return cv2.getRotationMatrix2D((shape[1] / 2, shape[0] / 2), degrees, 1.0)


def _turned(image: Pixels, degrees: float) -> Pixels:
    height, width = image.shape
    turn = _turn(image.shape, degrees)
    return cv2.warpAffine(image, turn, (width, height), flags=cv2.INTER_CUBIC, borderValue=255).astype(np.uint8)


def _skew_of(ink: Pixels) -> float:
    """Degrees by which turning makes the rows of ink stand out most."""
    sizes = (_smaller(ink, scale) if (scale := side / max(ink.shape)) < 1 else ink for side in _SKEW_SIDES)
    small, larger = (np.array(np.nonzero(image > 127)) for image in sizes)
    if not small.size:
        return 0.0

    def contrast(points: npt.NDArray[np.intp], degrees: float) -> tuple[float, float]:
        # Sheared instead of turned: rows fall together at the same angle.
        heights = points[0] + (points[1] * math.tan(math.radians(-degrees))).astype(np.intp)
        rows = np.bincount(heights - heights.min())
        return float(np.square(np.diff(rows)).sum()), -abs(degrees)

    coarse = max(np.arange(-_MOST_SKEW, _MOST_SKEW + 0.1, 0.5).tolist(), key=lambda degrees: contrast(small, degrees))
    fine = max(np.arange(coarse - 0.4, coarse + 0.41, 0.1).tolist(), key=lambda degrees: contrast(larger, degrees))
    return round(fine, 1)


def _cleaned(grey: Pixels, ink: Pixels, dpi: int) -> tuple[Boxes, float]:
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


def _erase(grey: Pixels, labels: npt.NDArray[np.int32], which: npt.NDArray[np.bool_], keep: Pixels | None = None) -> None:
    """Make pieces of ink white, with the grey at their edges."""
    table = np.concatenate(([0], np.where(which, 255, 0))).astype(np.uint8)
    mask = cv2.dilate(table[labels], np.ones((3, 3), np.uint8))
    if keep is not None:
        mask[keep > 0] = 0
    grey[mask > 0] = 255


def _at_edges(pieces: npt.NDArray[Any], letters: npt.NDArray[np.bool_], width: int) -> npt.NDArray[np.bool_]:
    """Pieces in a strip along the left or right edge of the scan that white parts from all print: its shadow."""
    middle = pieces[:, 0] + pieces[:, 2] / 2
    found = np.zeros(len(pieces), np.bool_)
    for away in (middle / width, 1 - middle / width):
        strip = away < _EDGE
        inner = away[letters & ~strip]
        if len(inner) >= _FEWEST_LETTERS and np.quantile(inner, 0.005) > _EDGE + _EDGE_WHITE:
            found |= strip
    return found


def _stray(pieces: npt.NDArray[Any], kept: npt.NDArray[np.bool_], size: float, shape: tuple[int, ...]) -> npt.NDArray[np.bool_]:
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


def _in_black_seals(pieces: npt.NDArray[Any], stroke: npt.NDArray[np.bool_], dpi: int) -> npt.NDArray[np.bool_]:
    """Pieces inside round strokes as large as a seal."""
    low, high = (inches * dpi for inches in _SEAL_INCHES)
    inside = np.zeros(len(pieces), np.bool_)
    middles = pieces[:, :2] + pieces[:, 2:4] / 2
    for x, y, width, height, _ in pieces[stroke].tolist():
        if low <= min(width, height) and max(width, height) <= high and 0.8 < width / height < 1.25:
            away = np.hypot((middles[:, 0] - x - width / 2) / width, (middles[:, 1] - y - height / 2) / height)
            inside |= away < 0.5
    return inside


def _print_around(
    letters: npt.NDArray[Any], stroke: npt.NDArray[np.bool_], pieces: npt.NDArray[Any], size: float, shape: tuple[int, ...]
) -> Pixels:
    """255 along the lines of print that strokes run through: as high as a letter beside, some letters to each side."""
    mask = np.zeros(shape, np.uint8)
    reach = int(_BESIDE * size)
    obstacles = pieces[stroke & (pieces[:, 3] > 2 * size)]
    for x, y, width, height, _ in obstacles.tolist():
        near = (
            (letters[:, 0] < x + width + reach) & (letters[:, 0] + letters[:, 2] > x - reach)
            & (letters[:, 1] < y + height) & (letters[:, 1] + letters[:, 3] > y) & (letters[:, 3] > 0.8 * size)
        )  # fmt: skip
        for a, b, w, h, _ in letters[near].tolist():
            mask[max(0, b - 2) : b + h + 2, max(0, a - reach) : a + w + reach] = 255
    return mask


def _letter_height(pieces: npt.NDArray[Any], dpi: int) -> float:
    width, height = pieces[:, 2], pieces[:, 3]
    low, high = (inches * dpi for inches in _LETTER_HEIGHTS)
    letters = height[(height > low) & (height < high) & (width > low / 4) & (width < 1.5 * high)]
    return float(np.median(letters)) if len(letters) >= _FEWEST_LETTERS else _USUAL_HEIGHT * dpi


def _no_letters(
    pieces: npt.NDArray[Any], size: float, shape: tuple[int, ...]
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Which pieces of ink are borders of the scan, rules or dust; and which are great strokes: signatures, seals."""
    x, y, width, height, area = pieces.T
    at_edge = (x <= 2) | (y <= 2) | (x + width >= shape[1] - 2) | (y + height >= shape[0] - 2)
    border = at_edge & ((width > 2 * size) | (height > 2 * size))
    stroke = (height > 4 * size) & (width > 4 * size) & (area < 0.25 * width * height)
    rule = (width > 3 * size) & (height < 0.4 * size) & (width > 8 * height)
    upright_rule = (height > 3 * size) & (width < 0.4 * size)
    dust = np.maximum(width, height) < 0.15 * size
    return np.asarray(border | rule | upright_rule | dust), np.asarray(stroke & ~border)
