"""Number and day written by hand: read where that is sure, left alone where it is not, never taken for what they are not."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageDraw, ImageFont

from ocr_pipeline import Settings
from ocr_pipeline.blanks import filled_in
from ocr_pipeline.composition import compose
from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.document import SURE_WRITTEN, Box, Filled, Line, Page, PlacedWord, SourceFile, Word
from ocr_pipeline.handwriting import CAPITAL, HEIGHT, DigitReader
from ocr_pipeline.layout import PlacedLine
from ocr_pipeline.metadata import read_metadata
from ocr_pipeline.training.handwriting import Blanks
from ocr_pipeline.training.typesetting import font_path

DICTIONARIES = Dictionaries.load()
Pixels = npt.NDArray[np.uint8]


def test_drawn_blanks_are_read_right_or_not_at_all() -> None:
    """Of blanks that the reader has never seen most are read, and of those that it is sure of hardly any is wrong."""
    blanks, random = Blanks(DICTIONARIES), np.random.default_rng(2026)
    reader = DigitReader.load(DICTIONARIES)
    sure, wrong, full = 0, [], 0
    for _ in range(150):
        picture, digits = blanks.sample(random)
        readings = reader.read(lambda _, picture=picture: picture, lambda text: True)  # type: ignore[misc]
        best = readings[0] if readings else None
        full += bool(digits)
        if best and best.digits and best.confidence >= SURE_WRITTEN:
            sure += best.digits == digits
            wrong += [] if best.digits == digits else [(digits, best)]

    assert sure >= 0.6 * full
    assert len(wrong) <= 2, wrong


class _Scan:
    """A page with one line of print, some of it written by hand; the words as a recogniser of print has them."""

    def __init__(self, italic: bool) -> None:
        self.page: Pixels = np.full((300, 900), 255, np.uint8)
        self._face = ImageFont.truetype(str(font_path(italic=italic)), 42)
        self._x = 60
        self.words: list[PlacedWord] = []

    def printed(self, text: str, seen: str | None = None) -> None:
        """A printed word; ``seen``: what the recogniser makes of it."""
        image = Image.fromarray(self.page)
        ImageDraw.Draw(image).text((self._x, 160), text, fill=0, font=self._face, anchor="ls")
        self.page = np.array(image)
        left, top, right, bottom = self._face.getbbox(text, anchor="ls")
        box = Box(round(self._x + left), round(160 + top), round(self._x + right), round(160 + bottom))
        self.words.append(PlacedWord(seen or text, box, 0.95))
        self._x = box.x1 + 14

    def written(self, strokes: list[list[tuple[float, float]]], seen: str | None) -> None:
        """Strokes in a box 40 pixels high; ``seen``: the recogniser's word for them, None where it saw nothing."""
        for stroke in strokes:
            points = np.array([(self._x + 42 * x, 120 + 42 * y) for x, y in stroke])
            cv2.polylines(self.page, [np.round(points).astype(np.int32)], False, 0, 4, cv2.LINE_AA)
        width = round(42 * max(x for stroke in strokes for x, _ in stroke)) if strokes else 70
        if seen:
            self.words.append(PlacedWord(seen, Box(self._x, 118, self._x + width, 164), 0.5))
        self._x += width + 20

    def line(self, zone: str = "letterhead-left") -> PlacedLine:
        """The line with its blanks read."""
        return filled_in(PlacedLine(tuple(self.words), zone), self.page, lambda box: box, DICTIONARIES)  # type: ignore[arg-type]


# 27 and 14, as many write them: the seven with a bar, the one with a long upstroke, the four open.
TWENTY_SEVEN = [
    [(0.05, 0.25), (0.15, 0.05), (0.38, 0.0), (0.5, 0.2), (0.4, 0.5), (0.02, 0.98), (0.55, 0.96)],
    [(0.75, 0.05), (1.25, 0.02), (0.95, 1.0)],
    [(0.8, 0.52), (1.3, 0.46)],
]
FOURTEEN = [[(0.0, 0.5), (0.34, 0.0), (0.3, 1.0)], [(0.85, 0.0), (0.55, 0.62), (1.2, 0.58)], [(1.02, 0.32), (0.96, 1.02)]]


@pytest.mark.parametrize("seen", ["£#", None, "2T", "77"])
def test_a_number_written_by_hand_takes_its_place(seen: str | None) -> None:
    """Whatever the recogniser of print saw there, and where it saw nothing."""
    scan = _Scan(italic=False)
    scan.printed("Số:")
    scan.written(TWENTY_SEVEN, seen)
    scan.printed("/QĐ-UBND")
    line = scan.line()

    assert line.text == "Số: 27 /QĐ-UBND"
    assert [(f.field, f.digits) for f in line.filled] == [("number", "27")]


def test_digits_that_ran_into_the_printed_word_are_cut_out() -> None:
    """``Số:£4`` is ``Số:`` and a number; ``ngàyA4`` is ``ngày`` and a day."""
    scan = _Scan(italic=False)
    scan.printed("Số:")
    scan.written(FOURTEEN, "x")
    scan.printed("/CT-UBND")
    first, second, third = scan.words
    scan.words = [PlacedWord("Số:£4", first.box._replace(x1=second.box.x1), 0.4), third]

    assert scan.line().text == "Số: 14 /CT-UBND"


def test_a_number_that_ran_into_the_symbol_stays_in_its_word() -> None:
    """``1A/CT-UBND`` becomes ``14/CT-UBND``: no blank that the page does not have."""
    scan = _Scan(italic=False)
    scan.printed("Số:")
    scan.written(FOURTEEN, None)
    scan.printed("/CT-UBND")
    mark, symbol = scan.words
    scan.words = [mark, PlacedWord("1A/CT-UBND", symbol.box._replace(x0=symbol.box.x0 - 48), 0.4)]

    assert scan.line().text == "Số: 14/CT-UBND"


def test_a_day_written_by_hand_takes_its_place() -> None:
    """Between ``ngày`` and ``tháng``; the printed month stays."""
    scan = _Scan(italic=True)
    for word in ("Sơn", "Hải,", "ngày"):
        scan.printed(word)
    scan.written(FOURTEEN, "ÁH")
    for word in ("tháng", "12", "năm", "2021"):
        scan.printed(word)
    line = scan.line("letterhead-right")

    assert line.text == "Sơn Hải, ngày 14 tháng 12 năm 2021"
    assert ("day", "14") in [(f.field, f.digits) for f in line.filled]


@pytest.mark.parametrize("zone", ["letterhead-left", "letterhead-right"])
def test_blank_blanks_stay_blank(zone: str) -> None:
    """Where nothing was written nothing is read: the words stay as they were."""
    scan = _Scan(italic=zone.endswith("right"))
    parts = ("Số:", "/QĐ-UBND") if zone.endswith("left") else ("Hải,", "ngày", "tháng", "năm", "2021")
    for part in parts:
        scan.printed(part)
        scan.written([], None)
    line = scan.line(zone)

    assert line.text == " ".join(parts)
    assert not [f for f in line.filled if f.confidence >= SURE_WRITTEN]


@pytest.mark.parametrize("text", ["ỦY BAN NHÂN DÂN", "Số lượng: 5 người", "SỞ NỘI VỤ", "ngày mai", "tháng năm"])
def test_other_lines_are_left_alone(text: str) -> None:
    """A line without blanks is the same line."""
    scan = _Scan(italic=False)
    for word in text.split():
        scan.printed(word)
    assert scan.line() == PlacedLine(tuple(scan.words), "letterhead-left")


def test_lines_of_the_body_are_not_looked_at() -> None:
    """A date in a sentence is print."""
    scan = _Scan(italic=False)
    scan.printed("ngày")
    scan.written(FOURTEEN, "14")
    scan.printed("tháng")
    assert scan.line("body").filled == ()


# --- what metadata makes of it


def _page(number_text: str, filled: tuple[Filled, ...], confidence: float) -> Page:
    texts = ["ỦY BAN NHÂN DÂN", "TỈNH SƠN HẢI", number_text, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "QUYẾT ĐỊNH", "Về việc thử"]
    lines = []
    for k, text in enumerate(texts):
        words, start = [], 0
        for word in text.split():
            x = 100 + 20 * start
            words.append(
                Word(start, start + len(word), x, 50 * k, x + 20 * len(word), 50 * k + 30, confidence if word.isdigit() else 0.95)
            )
            start += len(word) + 1
        lines.append(Line(text=text, raw=text, zone="letterhead-left" if k < 3 else "title", words=tuple(words)))
    return Page(number=1, source_page=1, width=900, height=900, dpi=150, lines=tuple(lines), filled=filled)


def _written(digits: str, confidence: float) -> Filled:
    return Filled(
        line=3, field="number", digits=digits, confidence=confidence, bbox=Box(180, 100, 230, 130), alternatives=("71",)
    )


@pytest.mark.parametrize(
    ("text", "filled", "number"),
    [
        ("Số: 27 /QĐ-UBND", (_written("27", 0.97),), "27/QĐ-UBND"),
        ("Số: 27 /QĐ-UBND", (_written("21", 0.97),), None),
        ("Số: 27 /QĐ-UBND", (_written("27", 0.5),), None),
        ("Số: 27 /QĐ-UBND", (), None),
    ],
)
def test_metadata_takes_only_what_is_sure(text: str, filled: tuple[Filled, ...], number: str | None) -> None:
    """Sure and the same in the text: taken. Two readings, or one that is not sure: null, and a person is asked."""
    page = _page(text, filled, confidence=0.6)
    reading = read_metadata([page], dictionaries=DICTIONARIES)

    assert reading.metadata.number == number
    assert (number is None) == any(r.field == "number" for r in reading.review)


def test_what_was_written_is_in_the_json() -> None:
    """With its place on the page and what else it could be."""
    page = replace(_page("Số: 27 /QĐ-UBND", (_written("27", 0.97),), 0.97))
    file = SourceFile(name="a.png", path="a.png", sha256="0" * 64, media_type="image/png", pages=1, first_page=1, last_page=1)
    document = compose([page], file, Settings(), DICTIONARIES, "test")
    (filled,) = document.pages[0].filled
    assert (filled.digits, filled.alternatives, filled.line) == ("27", ("71",), 3)


def test_the_network_is_shown_what_it_was_taught_on() -> None:
    """Pictures of training have the height that the reader gives."""
    picture, _ = Blanks(DICTIONARIES).sample(np.random.default_rng(5))
    assert picture.shape[0] == HEIGHT > 3 * CAPITAL


@pytest.mark.parametrize(("confidence", "number"), [(0.65, None), (0.3, "27/QĐ-UBND")])
def test_print_that_the_other_reader_likely_sees_otherwise_is_not_believed(confidence: float, number: str | None) -> None:
    """A 5 that was read as a clear 3 is null, and both are offered; an unlikely other reading changes nothing."""
    page = _page("Số: 27 /QĐ-UBND", (_written("21", confidence),), confidence=0.97)
    assert read_metadata([page], dictionaries=DICTIONARIES).metadata.number == number


def test_a_person_is_offered_what_it_may_be() -> None:
    """Whole numbers, the likeliest first, then what the recogniser of print had seen."""
    page = _page("Số: 22 /QĐ-UBND", (_written("27", 0.5),), confidence=0.6)
    reading = read_metadata([page], dictionaries=DICTIONARIES)
    (review,) = [r for r in reading.review if r.field == "number"]
    assert review.alternatives == ("27/QĐ-UBND", "71/QĐ-UBND", "22")


@pytest.mark.parametrize(("confidence", "digits", "number"), [(0.4, "27", "27/QĐ-UBND"), (0.4, "21", None), (0.0, "", None)])
def test_somebody_elses_recognition_is_believed_where_two_agree(confidence: float, digits: str, number: str | None) -> None:
    """Under a scan lies a text of a recogniser that never doubts: its digits count where ours sees them as well."""
    filled = (_written(digits, confidence),) if digits else ()
    page = _page("Số: 27 /QĐ-UBND", filled, confidence=0.95)
    assert read_metadata([replace(page, text_source="text-layer")], dictionaries=DICTIONARIES).metadata.number == number


def test_a_typed_text_needs_no_second_reader() -> None:
    """Born digital: what stands in the layer is what was typed."""
    page = _page("Số: 27 /QĐ-UBND", (), confidence=1.0)
    words = [replace(line, words=tuple(w._replace(confidence=1.0) for w in line.words)) for line in page.lines]
    typed = replace(page, text_source="text-layer", lines=tuple(words))
    assert read_metadata([typed], dictionaries=DICTIONARIES).metadata.number == "27/QĐ-UBND"
