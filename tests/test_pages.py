"""One page: which of its sources is used, what is laid over it, what becomes of a page that cannot be read."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import pytest

from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.document import Box, Page, PlacedWord
from ocr_pipeline.errors import DamagedInput, MissingDependency
from ocr_pipeline.pages import read_page
from ocr_pipeline.recognition import Engine, ReadLine
from ocr_pipeline.settings import Settings
from ocr_pipeline.sources import PageImage, SourcePage

SETTINGS = Settings()
LINES = (
    "Thực hiện Kế hoạch công tác năm của Ban Thường vụ Tỉnh ủy về chuyển đổi số,",
    "các chi bộ trực thuộc tổ chức sinh hoạt chuyên đề, kiểm điểm việc thực hiện",
    "nhiệm vụ được giao và báo cáo kết quả về Văn phòng trước ngày cuối tháng.",
)


class _FakeEngine:
    """Reads a page that it is shown upright, and nothing on one that stands on its side."""

    name, model, data_path = "fake", "fake", ""

    def __init__(self, *, turns: int = 0, digits: tuple[str, ...] = ()) -> None:
        self.turns, self.digits = turns, list(digits)
        self.asked: list[str] = []

    def read_blocks(self, cuts: Sequence[np.ndarray], dpi: int) -> list[tuple[ReadLine, ...]]:
        self.asked += ["block"] * len(cuts)
        return [(self._line(cut.shape[0] < cut.shape[1] * 1.2),) for cut in cuts]

    def _line(self, upright: bool) -> ReadLine:
        text, confidence = ("Quyết định này có hiệu lực", 0.95) if upright else ("|! ~ 7", 0.2)
        return ReadLine((PlacedWord(text, Box(20, 20, 200, 40), confidence),))

    def read_lines(self, cuts: Sequence[np.ndarray], dpi: int) -> list[tuple[PlacedWord, ...]]:
        self.asked += ["line"] * len(cuts)
        return [() for _ in cuts]

    def read_digits(self, grey: np.ndarray, dpi: int) -> tuple[PlacedWord, ...]:
        self.asked.append("digits")
        text = self.digits.pop(0)
        return (PlacedWord(text, Box(12, 12, 30, 30), 0.8),) if text else ()

    def other(self) -> Engine | None:
        return None

    def quarter_turns(self, grey: np.ndarray, dpi: int) -> int | None:
        return self.turns or None


def _words(lines: tuple[str, ...] = LINES) -> tuple[PlacedWord, ...]:
    words = []
    for row, line in enumerate(lines):
        x = 100
        for token in line.split():
            words.append(PlacedWord(token, Box(x, 200 + 40 * row, x + 11 * len(token), 224 + 40 * row), 1.0))
            x += 11 * len(token) + 9
    return tuple(words)


def _picture(words: tuple[PlacedWord, ...]) -> np.ndarray:
    page = np.full((1754, 1240), 255, np.uint8)
    for word in words:
        for x in range(word.box.x0, word.box.x1 - 6, 11):
            cv2.rectangle(page, (x, word.box.y0 + 6), (x + 6, word.box.y1 - 4), 0, -1)
    return page


def _page(words: tuple[PlacedWord, ...], stamps: tuple[PlacedWord, ...] = (), pictures: tuple[Box, ...] = ()) -> SourcePage:
    drawn = _picture(words)
    small = cv2.resize(drawn, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA).astype(np.uint8)
    return SourcePage(
        1, load=lambda: PageImage(drawn, 150), layer=words, stamps=stamps, layer_dpi=150,
        glance=lambda: PageImage(small, 75), pictures=pictures,
    )  # fmt: skip


def _read(page: SourcePage, engine: Engine | None = None, settings: Settings = SETTINGS) -> Page:
    def need() -> Engine:
        if engine is None:
            raise MissingDependency("Tesseract is not installed", remedy="apt-get install tesseract-ocr")
        return engine

    return read_page(page, need, settings, Dictionaries.load())


def _texts(page: Page, zone: str | None = None) -> list[str]:
    return [line.text for line in page.lines if zone in (None, line.zone)]


def test_a_good_layer_needs_no_recogniser() -> None:
    """The page's own words, line by line, with boxes at the resolution of the layer."""
    page = _read(_page(_words()))

    assert ("text-layer", 150, None) == (page.text_source, page.dpi, page.problem)
    assert list(LINES) == _texts(page)
    assert (100, 200) == (page.lines[0].bbox or Box(0, 0, 0, 0))[:2]
    assert all(
        line.text[w.start : w.end] == token for line in page.lines for w, token in zip(line.words, line.text.split(), strict=True)
    )


def test_a_ruined_layer_gives_way_to_recognition() -> None:
    """English ruins are read anew; without a recogniser they are used and restored, and the page says so."""
    ruined = _words(tuple("Thuc hi~n K~ ho~ch c6ng tac niim cua Ban Thuong vu Tinh uy v~ chuy~n d6i s6" for _ in range(3)))

    assert "ocr" == _read(_page(ruined), _FakeEngine()).text_source
    without = _read(_page(ruined))
    assert "garbled-text-layer" == without.text_source
    assert "for want of a recogniser" in without.steps[0]


def test_settings_say_whether_layers_count() -> None:
    """Never and always are heeded."""
    assert "ocr" == _read(_page(_words()), _FakeEngine(), Settings(text_layer="never")).text_source
    assert "text-layer" == _read(_page(_words(("xq zz kk ww",))), None, Settings(text_layer="always")).text_source


def test_a_number_written_into_the_blank_becomes_part_of_the_line() -> None:
    """Digits of an annotation on a line of text; who signed and when stays a stamp."""
    blank = (*_words(), PlacedWord("Số:", Box(100, 100, 140, 124), 1.0), PlacedWord("/QĐ-UBND", Box(200, 100, 300, 124), 1.0))
    stamps = (
        PlacedWord("15", Box(150, 101, 180, 125), 1.0),
        PlacedWord("Ký", Box(900, 20, 920, 34), 1.0), PlacedWord("bởi", Box(925, 20, 950, 34), 1.0),
    )  # fmt: skip

    page = _read(_page(blank, stamps))

    assert "Số: 15 /QĐ-UBND" in _texts(page)
    assert ["Ký bởi"] == _texts(page, "stamp")


def test_a_line_printed_anew_hides_the_one_beneath() -> None:
    """An office's software stamps the whole line a little beside the old one."""
    old = (PlacedWord("Số:", Box(100, 100, 140, 124), 1.0), PlacedWord("/QĐ-ĐHBK", Box(200, 100, 310, 124), 1.0))
    new = (PlacedWord("Số:", Box(97, 98, 137, 122), 1.0), PlacedWord("5778/QĐ-ĐHBK", Box(145, 98, 300, 122), 1.0))

    page = _read(_page((*_words(), *old), new))

    assert "Số: 5778/QĐ-ĐHBK" == page.lines[0].text


@pytest.mark.parametrize(
    ("digits", "expected"), [(("21", "21"), "Số 21 -HD/BTCTU"), (("21", "27"), "Số -HD/BTCTU"), (("", ""), "Số -HD/BTCTU")]
)
def test_a_number_that_is_a_picture_is_read_where_it_reads_the_same_twice(digits: tuple[str, str], expected: str) -> None:
    """Two sizes must agree, or the blank stays blank."""
    blank = (*_words(), PlacedWord("Số", Box(100, 100, 130, 124), 1.0), PlacedWord("-HD/BTCTU", Box(200, 100, 310, 124), 1.0))

    page = _read(_page(blank, pictures=(Box(145, 98, 180, 126),)), _FakeEngine(digits=digits))

    assert expected == page.lines[0].text


def test_a_page_on_its_side_is_turned() -> None:
    """Only a page that reads badly is asked how it stands."""
    upright, lying = _picture(_words()), np.rot90(_picture(_words())).copy()
    for pixels, turns in ((upright, 0), (lying, 1)):
        page = _read(SourcePage(1, load=lambda pixels=pixels: PageImage(pixels, 150)), _FakeEngine(turns=1))
        assert 90 * turns == page.rotation
        assert (1240, 1754) == (page.width, page.height)
        assert ["Quyết định này có hiệu lực"] == _texts(page)


def test_a_blank_page_asks_nobody() -> None:
    """White paper has no lines, no problem, and costs no recognition."""
    engine = _FakeEngine()

    page = _read(SourcePage(1, load=lambda: PageImage(np.full((1754, 1240), 250, np.uint8), 150)), engine)

    assert ([], (), None, 1.0) == (engine.asked, page.lines, page.problem, page.confidence)
    assert "blank page" in page.steps


def test_a_page_that_cannot_be_read_says_why() -> None:
    """It is a page with a problem, so that the others of its document come out; a missing recogniser is the run's problem."""

    def damaged() -> PageImage:
        raise DamagedInput("a.pdf, page 1 is damaged", remedy="Copy it again.")

    page = _read(SourcePage(1, load=damaged), _FakeEngine())

    assert "a.pdf, page 1 is damaged. Copy it again." == page.problem
    with pytest.raises(MissingDependency):
        _read(SourcePage(1, load=lambda: PageImage(_picture(_words()), 150)))
