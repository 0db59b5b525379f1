"""Makes a page image fit to be read: resolution, paper, seals, skew, borders, rules.

Everything here was measured on real scans. Reading at 150 dpi beats reading at 300: the recogniser scales each line to
some 40 pixels of height anyway, and does it worse than an average over areas. For the same reason nothing is ever
enlarged, and a page is turned only where its skew would cost more than the turning.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from ocr_pipeline.bent_lines import Bend, bend_of
from ocr_pipeline.cleaning import SEAL_INCHES, USUAL_HEIGHT, cleaned
from ocr_pipeline.document import Box
from ocr_pipeline.tables import NOTHING_RULED, Frame, Ruled, ruled
from ocr_pipeline.thresholds import ink_threshold, print_threshold

Pixels = npt.NDArray[np.uint8]
Boxes = npt.NDArray[np.int32]
Reals = npt.NDArray[np.float64]
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
_SEAL_INK: Final = 0.04


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page ready to be read: ``grey`` is uint8, paper white, seals and borders gone.

    ``boxes`` (n, 4: x0, y0, x1, y1) are the pieces of ink that may be letters or parts of them, ``size`` their usual
    height, both in pixels of ``grey``; ``dpi`` is its resolution, ``scale`` the pixels of the page for one of its own.
    ``skew`` are the degrees by which the page was turned back, ``bend`` is by what its lines were straightened after that.
    ``ruled`` says where tables and frames were, whose rules are gone too. ``stamps`` is the coloured ink, black on white, where
    some of it is framed, and ``stamped`` are those frames.
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
    ruled: Ruled = NOTHING_RULED
    stamps: Pixels | None = None
    stamped: tuple[Frame, ...] = ()
    negative: bool = False

    @property
    def blank(self) -> bool:
        """Whether there is nothing to read."""
        tall = self.boxes[:, 3] - self.boxes[:, 1] >= 0.5 * USUAL_HEIGHT * self.dpi if len(self.boxes) else np.zeros(0)
        return int(tall.sum()) < 3

    def on_page(self, box: Box) -> Box:
        """A box of the sheet in pixels of the page as it was given."""
        x, y = (box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2
        there_x, there_y = self.as_scanned(np.array([x]), np.array([y]))
        across, down = float(there_x[0]) - x, float(there_y[0]) - y
        left, right = round((box.x0 + across) * self.scale), round((box.x1 + across) * self.scale)
        top, bottom = round((box.y0 + down) * self.scale), round((box.y1 + down) * self.scale)
        return Box(max(0, left), max(0, top), right, bottom)

    def as_scanned(self, x: Reals, y: Reals) -> tuple[Reals, Reals]:
        """Where points of the sheet stood before it was turned back and straightened, in its own pixels; arrays of one shape."""
        if self.bend:
            y = y + self.bend.at(x, y)
        if self.skew:
            # Turned forward again about the middle of the sheet, as ``_turn`` does.
            height, width = self.grey.shape
            sine, cosine = math.sin(math.radians(self.skew)), math.cos(math.radians(self.skew))
            x, y = x - width / 2, y - height / 2
            x, y = cosine * x - sine * y + width / 2, sine * x + cosine * y + height / 2
        return x, y


def prepare(pixels: Pixels, dpi: int) -> Sheet:
    """The page, grey or BGR at ``dpi``, as a sheet."""
    steps: list[str] = []
    image, dpi_read = _reduced(pixels, dpi, steps)
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY).astype(np.uint8) if image.ndim == 3 else image
    if negative := _is_negative(grey):
        image, grey = cv2.bitwise_not(image).astype(np.uint8), cv2.bitwise_not(grey).astype(np.uint8)
        steps.append("negative turned into positive")
    brightest = _brightest(image)
    colour = _coloured(image, brightest) if image.ndim == 3 else None
    grey = _even_paper(grey)
    seals: tuple[Box, ...] = ()
    stamps: Pixels | None = None
    if colour is not None and _out_of_register(image, colour):
        steps.append("colours lie beside each other, coloured ink left")
    elif colour is not None and colour.any():
        seals = _seals(colour, dpi_read)
        stamps = _framed(image, colour, dpi_read)
        _erase_colour(grey, colour, brightest)
        steps.append(f"coloured ink removed, {len(seals)} seals")
    threshold, above = ink_threshold(grey), _WHITE_ABOVE
    if (darker := print_threshold(grey, _WHITEST)) is not None:
        threshold, above = min(threshold, darker), _WHITE_ABOVE_PRINT
        steps.append("print of the other side removed")
    skew = _skew_of(cv2.threshold(grey, threshold, 255, cv2.THRESH_BINARY_INV)[1])
    if abs(skew) >= _LEAST_SKEW:
        grey, stamps = _turned(grey, skew), None if stamps is None else _turned(stamps, skew)
        steps.append(f"turned back by {skew:.1f} degrees")
    else:
        skew = 0.0
    ink = cv2.threshold(grey, threshold, 255, cv2.THRESH_BINARY_INV)[1]
    whole = ink.copy()
    boxes, size = cleaned(grey, ink, dpi_read)
    bend = bend_of(boxes, size, len(grey))
    if bend:
        grey, whole = bend.straightened(grey), cv2.bitwise_not(bend.straightened(cv2.bitwise_not(whole))).astype(np.uint8)
        stamps = None if stamps is None else bend.straightened(stamps)
        steps.append(f"bent lines straightened, which rose and fell by {bend.extent():.0f} pixels")
        boxes, size = cleaned(grey, cv2.threshold(grey, threshold, 255, cv2.THRESH_BINARY_INV)[1], dpi_read)
    grey[grey > min(threshold + above, _WHITEST)] = 255
    rules = ruled(whole, dpi_read)
    for what, places in (("tables", rules.tables), ("frames", rules.frames)):
        if places:
            steps.append(f"{len(places)} {what}")
    if stamped := _stamped(stamps, dpi_read):
        steps.append(f"{len(stamped)} coloured stamps")
    return Sheet(
        grey, dpi_read, boxes, size, seals, dpi / dpi_read, skew, bend, tuple(steps), rules, stamps, stamped, negative
    )  # fmt: skip


def turned_upright(pixels: Pixels, quarter_turns: int) -> Pixels:
    """The page turned clockwise by quarters."""
    return np.ascontiguousarray(np.rot90(pixels, -quarter_turns))


def _reduced(pixels: Pixels, dpi: int, steps: list[str]) -> tuple[Pixels, int]:
    factor = READING_DPI / dpi
    if factor >= 0.95:
        return pixels, dpi
    steps.append(f"reduced from {dpi} to {READING_DPI} dpi")
    return smaller(pixels, factor), READING_DPI


def smaller(pixels: Pixels, factor: float) -> Pixels:
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
    low, high = (inches * dpi for inches in SEAL_INCHES)
    found = []
    for x, y, width, height, area in stats[1:].tolist():
        if low <= max(width, height) <= high and min(width, height) >= 0.4 * low and area >= _SEAL_INK * width * height:
            found.append(Box(x, y, x + width, y + height))
    return tuple(found)


def _framed(bgr: Pixels, colour: Pixels, dpi: int) -> Pixels | None:
    """The coloured ink black on white, where some of it is a frame; None where none is."""
    if not _stamp_frames(colour, dpi):
        return None
    blue, green, red = cv2.split(bgr)
    darkest = cv2.min(cv2.min(blue, green), red).astype(np.uint8)
    darkest[cv2.dilate(colour, np.ones((3, 3), np.uint8)) == 0] = 255
    return darkest


def _stamped(stamps: Pixels | None, dpi: int) -> tuple[Frame, ...]:
    """The frames of the coloured ink, as it stands once the page is turned back and straightened."""
    if stamps is None:
        return ()
    return _stamp_frames(cv2.threshold(stamps, 0, 255, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)[1].astype(np.uint8), dpi)


def _stamp_frames(ink: Pixels, dpi: int) -> tuple[Frame, ...]:
    """The frames of stamps; the incoming stamp is ruled like a table."""
    found = ruled(ink, dpi)
    return (*found.frames, *(Frame(table.box, 0.0) for table in found.tables))


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
    sizes = (smaller(ink, scale) if (scale := side / max(ink.shape)) < 1 else ink for side in _SKEW_SIDES)
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
