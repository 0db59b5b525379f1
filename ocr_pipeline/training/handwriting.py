"""Pictures of blanks of the letterhead that digits were written into by hand, for the reader of ``handwriting.py``.

A picture is what that reader will be shown: ``HEIGHT`` pixels high, printed capitals ``CAPITAL`` pixels high, some of the
print before and after the blank (``Số:`` and ``/``, ``ngày`` and ``tháng``), between them digits of one hand. Digits come
from three sources: the stroke table of ``dictionaries/digit_strokes.toml``, the digits of 500 writers in the MNIST test
set (Y. LeCun, C. Cortes, C. Burges), and fonts that look like handwriting. What the lines above and below leave in the blank
is there, too. The same seed gives the same pictures.
"""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from ocr_pipeline.blanks import in_black_and_white, ink_elsewhere
from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.handwriting import CAPITAL, HEIGHT
from ocr_pipeline.training.typesetting import font_path

Ink = npt.NDArray[np.float32]
_WIDTH: Final = 224
# Drawn so much larger, then reduced.
_SCALE: Final = 3
_STEPS: Final = 12
_MARKS: Final = ("Số:", "Số:", "Số", "số:", "SỐ:")
_DAYS: Final = 0.7
_SIGNS: Final = ("/", "/", "/", "/C", "/Q", "/K", "-C", "-", "/B", "/2")
# What stands above and below a blank: hands reach into it.
_ABOVE: Final = ("SỞ NỘI VỤ", "TỈNH NGHỆ AN", "NHÂN DÂN", "CỤC THUẾ", "HUYỆN ỦY", "Độc lập - Tự do - Hạnh phúc", "TRUNG ƯƠNG")
_BELOW: Final = ("V/v triển khai thực hiện", "KẾ HOẠCH", "Về việc phê duyệt", "QUYẾT ĐỊNH")
_CAPITAL_OF_EM: Final = 0.66
Source = Literal["strokes", "scanned", "font"]
_SOURCES: Final[tuple[Source, ...]] = ("strokes",) * 4 + ("scanned",) * 4 + ("font",) * 5
# Rows above and below the capitals of the line, in capitals, that are drawn and then cleared of what is elsewhere.
_MARGIN: Final = 2
_ROWS: Final = (2 * _MARGIN + 1) * CAPITAL * _SCALE


class Sample(NamedTuple):
    """A picture, 255 paper, and the digits in it; empty where the blank is blank."""

    picture: npt.NDArray[np.uint8]
    digits: str


@dataclass(frozen=True)
class Hand:
    """One writer on one day: form of each digit, slant, size, pen."""

    source: str
    forms: Sequence[int]
    slant: float
    width: float
    pen: float
    size: float
    gap: float
    wobble: float
    bend: float


class Blanks:
    """Makes samples; ``mnist`` is the folder with the test set, ``fonts`` files of fonts of handwriting.

    ``sources`` names where hands come from, each as often as it is chosen; those that are not there are left out.
    """

    def __init__(
        self,
        dictionaries: Dictionaries,
        mnist: Path | None = None,
        fonts: Sequence[Path] = (),
        sources: Sequence[Source] = _SOURCES,
    ) -> None:
        self._forms = _forms(dictionaries)
        self._scanned = _mnist(mnist) if mnist else []
        self._fonts = [ImageFont.truetype(str(p), 40 * _SCALE) for p in fonts]
        there = {"strokes": True, "scanned": bool(mnist), "font": bool(fonts)}
        self._sources = [source for source in sources if there[source]]
        size = round(CAPITAL / _CAPITAL_OF_EM * _SCALE)
        self._print = {italic: ImageFont.truetype(str(font_path(italic=italic)), size) for italic in (False, True)}

    def sample(self, random: np.random.Generator) -> Sample:
        """One blank."""
        day = random.random() < 0.45
        digits = _digits(random, day)
        written = self._printed_digits(digits, day) if random.random() < 0.12 else self._written(digits, random)
        ink = self._in_print(written, day, random, bool(digits))
        return Sample(_scanned(ink, random), digits)

    # --- what is written

    def _written(self, digits: str, random: np.random.Generator) -> Ink:
        hand = self._hand(random)
        height = round(CAPITAL * _SCALE * hand.size)
        heights = [round(height * random.normal(1, 0.06)) for _ in digits]
        pieces = [
            _bent(self._digit(int(d), hand, tall, random), hand.bend, random) for d, tall in zip(digits, heights, strict=True)
        ]
        return _side_by_side(pieces, hand.gap * height, 0.08 * height, random)

    def _hand(self, random: np.random.Generator) -> Hand:
        source = str(random.choice(self._sources))
        forms = [int(random.choice(len(f), p=_shares(f))) for f in self._forms]
        if source == "font":
            forms = [int(random.integers(len(self._fonts)))] * 10
        return Hand(
            source, forms, slant=random.normal(0.14, 0.14), width=random.uniform(0.7, 1.25),
            pen=random.uniform(0.05, 0.17), size=random.uniform(0.8, 2.3), gap=random.uniform(-0.08, 0.3),
            wobble=random.uniform(0.01, 0.05), bend=abs(random.normal(0, 0.05)),
        )  # fmt: skip

    def _digit(self, digit: int, hand: Hand, height: int, random: np.random.Generator) -> Ink:
        if hand.source == "font":
            typed = _typed(str(digit), self._fonts[hand.forms[digit]], height)
            return _thickened(_sheared(_widened(typed, hand.width), hand.slant / 2), (hand.pen - 0.1) * height * 0.5)
        if hand.source == "scanned":
            found = self._scanned[digit]
            return _sheared(_resized(found[int(random.integers(len(found)))], height, hand), hand.slant / 2)
        return _drawn(self._forms[digit][hand.forms[digit]], hand, height, random)

    def _printed_digits(self, digits: str, italic: bool) -> Ink:
        """Printed ones, as an electronic office has them."""
        return _typed(digits, self._print[italic], CAPITAL * _SCALE) if digits else np.zeros((1, 1), np.float32)

    # --- what is printed around

    def _in_print(self, written: Ink, day: bool, random: np.random.Generator, full: bool) -> Ink:
        canvas = np.zeros((_ROWS, _WIDTH * _SCALE), np.float32)
        capital = CAPITAL * _SCALE
        base = (_MARGIN + 1) * capital
        before, after = self._around(day, random)
        x = round(capital * random.uniform(0.35, 1.3)) if before.size else round(capital * random.uniform(0, 0.6))
        _paste(canvas, before[:, -x:] if x < before.shape[1] else before, 0, base, capital)
        x = min(x, before.shape[1]) if before.size else x
        x += round(capital * random.uniform(-0.1, 0.9))
        drop = round(random.normal(0.05, 0.22) * capital)
        if full:
            _paste(canvas, written, x, base + drop, None)
            x += written.shape[1]
        x += round(capital * random.uniform(-0.1, 1.6 if full else 4.0))
        _paste(canvas, after[:, : round(capital * random.uniform(0.4, 1.1))], x, base, capital)
        end = x + round(capital * random.uniform(0.4, 1.0))
        if random.random() < 0.2:
            _dotted(canvas, base + round(random.uniform(0, 0.15) * capital), x, random)
        self._neighbours(canvas, base, capital, random)
        return _shown(canvas[:, : max(HEIGHT * _SCALE // 2, min(end, canvas.shape[1]))], random)

    def _neighbours(self, canvas: Ink, base: int, capital: int, random: np.random.Generator) -> None:
        """Print of the lines above and below."""
        for words, share, sign in ((_ABOVE, 0.8, -1), (_BELOW, 0.4, 1)):
            if random.random() < share:
                print_ = _typed(str(random.choice(words)), self._print[False], None)
                start = int(random.integers(max(1, print_.shape[1] // 2)))
                at = round(random.uniform(0, 0.4) * canvas.shape[1]) if random.random() < 0.4 else 0
                _paste(canvas, print_[:, start:], at, base + sign * round(random.uniform(1.75, 2.6) * capital), capital)

    def _around(self, day: bool, random: np.random.Generator) -> tuple[Ink, Ink]:
        face = self._print[day]
        if day:
            before, after = ("ngày", "tháng") if random.random() < _DAYS else ("tháng", "năm")
        else:
            before, after = str(random.choice(_MARKS)), str(random.choice(_SIGNS))
        return _typed(before, face, None), _typed(after, face, None)


def _digits(random: np.random.Generator, day: bool) -> str:
    """Numbers as they occur: days and months with a zero before them, numbers of up to five digits."""
    if random.random() < 0.05:
        return ""
    if day and random.random() < 0.7:
        return f"{random.integers(1, 32):02d}"
    length = int(random.choice([1, 2, 3, 4, 5], p=[0.1, 0.37, 0.3, 0.2, 0.03]))
    return "".join(str(random.integers(10)) for _ in range(length))


def _forms(dictionaries: Dictionaries) -> list[list[dict[str, Any]]]:
    table = dictionaries.toml("digit_strokes.toml")["form"]
    return [[form for form in table if form["digit"] == digit] for digit in range(10)]


def _shares(forms: Sequence[dict[str, Any]]) -> npt.NDArray[np.float64]:
    shares = np.array([form["share"] for form in forms], np.float64)
    return shares / shares.sum()


def _mnist(folder: Path) -> list[list[npt.NDArray[np.uint8]]]:
    """Pictures of each digit, cut to their ink."""
    pictures = np.frombuffer(gzip.decompress((folder / "t10k-images-idx3-ubyte.gz").read_bytes()), np.uint8, offset=16)
    labels = np.frombuffer(gzip.decompress((folder / "t10k-labels-idx1-ubyte.gz").read_bytes()), np.uint8, offset=8)
    found: list[list[npt.NDArray[np.uint8]]] = [[] for _ in range(10)]
    for picture, label in zip(pictures.reshape(-1, 28, 28), labels.tolist(), strict=True):
        ys, xs = np.nonzero(picture > 60)
        found[label].append(picture[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1])
    return found


def _typed(text: str, face: ImageFont.FreeTypeFont, height: int | None) -> Ink:
    """Text as ink between its baseline-true top and bottom; scaled to a height where one is given."""
    left, top, right, bottom = face.getbbox(text, anchor="ls")
    image = Image.new("L", (max(1, round(right - left) + 2), max(1, round(bottom - top) + 2)))
    ImageDraw.Draw(image).text((1 - left, 1 - top), text, fill=255, font=face, anchor="ls")
    ink = np.asarray(image, np.float32) / 255
    if height is None:
        # Padded below to the baseline, so that all pieces of one face stand on one line.
        descent = max(0, round(bottom))
        return np.pad(ink, ((0, max(0, _DESCENT * _SCALE - descent)), (0, 0)))
    return cv2.resize(ink, (max(2, round(ink.shape[1] * height / ink.shape[0])), height), interpolation=cv2.INTER_AREA)


_DESCENT: Final = 6


def _resized(picture: npt.NDArray[np.uint8], height: int, hand: Hand) -> Ink:
    """A scanned digit in the hand's size, its strokes as thick as the hand's pen."""
    scaled = cv2.resize(
        picture, (max(2, round(picture.shape[1] * height / picture.shape[0] * hand.width)), height), interpolation=cv2.INTER_CUBIC
    )
    ink = np.clip((scaled.astype(np.float32) / 255 - 0.25) * 2.2, 0, 1)
    grow = round((hand.pen - 0.11) * height * 0.7)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (abs(grow) + 1,) * 2)
    return (cv2.dilate if grow > 0 else cv2.erode)(ink, kernel)


def _drawn(form: dict[str, Any], hand: Hand, height: int, random: np.random.Generator) -> Ink:
    margin = round(0.35 * height)
    canvas = np.zeros((height + 2 * margin, round(1.1 * height * hand.width) + 2 * margin), np.uint8)
    pen = max(1, round(hand.pen * height))
    for stroke in form["strokes"]:
        points = np.array(stroke) + random.normal(0, hand.wobble, (len(stroke), 2))
        curve = points if form.get("sharp") else _smooth(points)
        x = curve[:, 0] * hand.width + (0.5 - curve[:, 1]) * hand.slant
        placed = np.column_stack([x * height + margin, curve[:, 1] * height + margin])
        cv2.polylines(canvas, [np.round(placed * 8).astype(np.int32)], False, 255, pen, cv2.LINE_AA, shift=3)
    columns, rows = np.flatnonzero(canvas.any(axis=0)), np.flatnonzero(canvas.any(axis=1))
    return np.asarray(canvas[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] / 255, np.float32)


def _smooth(points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """A Catmull-Rom curve through the points."""
    p = np.concatenate([points[:1], points, points[-1:]])
    t = np.linspace(0, 1, _STEPS, endpoint=False)[:, None]
    pieces = [
        0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
        for a, b, c, d in zip(p, p[1:], p[2:], p[3:], strict=False)
    ]
    return np.concatenate([*pieces, points[-1:]])


def _widened(ink: Ink, width: float) -> Ink:
    return cv2.resize(ink, (max(2, round(ink.shape[1] * width)), ink.shape[0]), interpolation=cv2.INTER_LINEAR).astype(np.float32)


def _thickened(ink: Ink, grow: float) -> Ink:
    """Strokes thicker by so many pixels, or thinner, as far as they stay."""
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (abs(round(grow)) + 1,) * 2)
    if grow > 0:
        return cv2.dilate(np.pad(ink, round(grow)), kernel).astype(np.float32)
    thin = cv2.erode(ink, kernel).astype(np.float32)
    return thin if thin.sum() > 0.45 * ink.sum() else ink


def _bent(ink: Ink, much: float, random: np.random.Generator) -> Ink:
    """The ink drawn on a sheet that is stretched unevenly: ``much`` is by what share of the height points move."""
    height, width = ink.shape
    if height < 4 or width < 2:
        return ink
    edge = round(much * height) + 1
    ink = np.pad(ink, edge)
    moves = random.normal(0, much * height, (2, 3, 3)).astype(np.float32)
    dx, dy = (cv2.resize(m, ink.shape[::-1], interpolation=cv2.INTER_CUBIC) for m in moves)
    y, x = np.mgrid[0 : ink.shape[0], 0 : ink.shape[1]].astype(np.float32)
    bent = cv2.remap(ink, x + dx, y + dy, cv2.INTER_LINEAR)
    columns, rows = np.flatnonzero(bent.max(axis=0) > 0.3), np.flatnonzero(bent.max(axis=1) > 0.3)
    if not len(columns) or not len(rows):
        return ink
    return np.asarray(bent[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1], np.float32)


def _shown(canvas: Ink, random: np.random.Generator) -> Ink:
    """What the reader sees: without what is wholly of other lines, and not quite in the middle."""
    capital = CAPITAL * _SCALE
    grey = (255 * (1 - np.clip(canvas, 0, 1))).astype(np.uint8)
    canvas = np.where(ink_elsewhere(grey, capital) > 0, 0, canvas).astype(np.float32)
    zoom, rise = random.uniform(0.9, 1.1), random.normal(0, 0.14) * capital
    half = HEIGHT * _SCALE / zoom / 2
    middle = (_MARGIN + 0.5) * capital + rise
    top = min(max(0, round(middle - half)), canvas.shape[0] - round(2 * half))
    return canvas[top : top + round(2 * half)]


def _sheared(ink: Ink, slant: float) -> Ink:
    height, width = ink.shape
    reach = abs(slant) * height
    turn = np.array([[1, -slant, slant * height if slant > 0 else 0], [0, 1, 0]], np.float32)
    return cv2.warpAffine(ink, turn, (width + round(reach) + 1, height), flags=cv2.INTER_LINEAR).astype(np.float32)


def _side_by_side(pieces: Sequence[Ink], gap: float, wander: float, random: np.random.Generator) -> Ink:
    if not pieces:
        return np.zeros((1, 1), np.float32)
    tallest = max(p.shape[0] for p in pieces)
    canvas = np.zeros((tallest + round(4 * wander) + 2, sum(p.shape[1] + round(abs(gap)) + 6 for p in pieces) + 8), np.float32)
    x = 0
    for piece in pieces:
        y = canvas.shape[0] - piece.shape[0] - round(random.uniform(0, 2 * wander))
        x = max(0, x)
        part = canvas[y : y + piece.shape[0], x : x + piece.shape[1]]
        np.maximum(part, piece[:, : part.shape[1]], out=part)
        x += piece.shape[1] + round(gap + random.normal(0, 0.04) * piece.shape[0])
    return canvas[:, : int(np.flatnonzero(canvas.any(axis=0))[-1]) + 1]


def _paste(canvas: Ink, ink: Ink, x: int, base: int, capital: int | None) -> None:
    """Print stands on its baseline, which is ``_DESCENT`` above its bottom; handwriting on its lowest pixel."""
    bottom = base + (_DESCENT * _SCALE + 1 if capital else 0)
    top = bottom - ink.shape[0]
    cut = ink[max(0, -top) :, : max(0, canvas.shape[1] - x)]
    part = canvas[max(0, top) : max(0, top) + cut.shape[0], max(0, x) : max(0, x) + cut.shape[1]]
    np.maximum(part, cut[: part.shape[0]], out=part)


def _dotted(canvas: Ink, y: int, end: int, random: np.random.Generator) -> None:
    step = int(random.integers(2, 5)) * _SCALE
    for x in range(0, max(1, end), step):
        cv2.circle(canvas, (x, min(y, canvas.shape[0] - 2)), max(1, _SCALE // 2), 1.0, -1, cv2.LINE_AA)


def _scanned(ink: Ink, random: np.random.Generator) -> npt.NDArray[np.uint8]:
    """The ink on paper as a scanner gives it: resolution, blur, noise, specks, faint or bilevel."""
    width = max(16, round(ink.shape[1] * HEIGHT / ink.shape[0]))
    coarse = random.uniform(0.7, 2.2)
    size = (max(8, round(width * coarse)), max(8, round(HEIGHT * coarse)))
    grey = cv2.resize(ink, size, interpolation=cv2.INTER_AREA)
    if random.random() < 0.6:
        grey = cv2.GaussianBlur(grey, (0, 0), random.uniform(0.3, 1.0) * coarse / 1.4)
    if random.random() < 0.3:
        grey = (grey > random.uniform(0.25, 0.6)).astype(np.float32)
    grey = grey * random.uniform(0.3, 1.0) + random.normal(0, random.uniform(0, 0.06), grey.shape).astype(np.float32)
    if random.random() < 0.3:
        # Print of the other side, as dark as some of the ink.
        ghost = cv2.GaussianBlur(np.roll(grey, int(random.integers(grey.shape[1])), 1)[:, ::-1], (0, 0), 1.5 * coarse)
        grey = np.maximum(grey, ghost * random.uniform(0.1, 0.3))
    for _ in range(int(random.poisson(0.5))):
        y, x = int(random.integers(grey.shape[0])), int(random.integers(grey.shape[1]))
        cv2.circle(grey, (x, y), 1, 0.8, -1)
    scanned = in_black_and_white((255 * (1 - np.clip(grey, 0, 1))).astype(np.uint8))
    return cv2.resize(scanned, (width, HEIGHT), interpolation=cv2.INTER_AREA if coarse > 1 else cv2.INTER_LINEAR).astype(np.uint8)
