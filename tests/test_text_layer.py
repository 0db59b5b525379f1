"""Which text layers can stand for their page."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pikepdf
import pytest

from ocr_pipeline import read
from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.document import Box, PlacedWord
from ocr_pipeline.settings import Settings
from ocr_pipeline.text_layer import ink_accounted, judge, spelling

DPI, GLANCE = 150, 75
GOOD = (
    "Thực hiện Kế hoạch công tác năm của Ban Thường vụ Tỉnh ủy, các chi bộ trực thuộc tổ chức sinh hoạt chuyên đề, "
    "kiểm điểm việc thực hiện nhiệm vụ được giao và báo cáo kết quả về Văn phòng trước ngày cuối cùng của tháng"
)
RUINED = (
    "Thuc hi~n K~ ho~ch cong tac nam cua Ban Thuong vu Tinh uy, cac chi b9 tr\\fc thu9c t6 chirc sinh ho~t chuyen d~, "
    "ki~m di~m vi~c thuc hi~n nhi~m V\\l du<;1c giao va bao cao k~t qua v~ Van phong tnr6c ngay cu6i cung cua thang"
)
LEGACY = (
    "Thùc hiÖn KÕ ho¹ch c«ng t¸c n¨m cña Ban Th­êng vô TØnh uû, c¸c chi bé trùc thuéc tæ chøc sinh ho¹t chuyªn ®Ò, "
    "kiÓm ®iÓm viÖc thùc hiÖn nhiÖm vô ®­îc giao vµ b¸o c¸o kÕt qu¶ vÒ V¨n phßng tr­íc ngµy cuèi cïng cña th¸ng"
)


def _placed(text: str) -> list[PlacedWord]:
    words, x, y = [], 100, 100
    for token in text.split():
        width = 12 * len(token)
        if x + width > 1100:
            x, y = 100, y + 40
        words.append(PlacedWord(token, Box(x, y, x + width, y + 24), 1.0))
        x += width + 10
    return words


def _glance(words: list[PlacedWord], extra: int = 0) -> np.ndarray:
    """A page with letters of ink where the words are, and as many more elsewhere."""
    page = np.full((877, 620), 255, np.uint8)
    letters = [(w.box.x0 + 12 * i, w.box.y0 + 4) for w in words for i in range(len(w.text))]
    letters += [(100 + 24 * (i % 40), 1000 + 40 * (i // 40)) for i in range(extra)]
    for x, y in letters:
        cv2.rectangle(page, (x // 2, y // 2), (x // 2 + 3, y // 2 + 7), 0, -1)
    return page


@pytest.mark.parametrize(
    ("text", "source", "usable"),
    [
        (GOOD, "text-layer", True),
        (RUINED, "garbled-text-layer", False),
        (LEGACY, "legacy-text-layer", True),
        ("Ký bởi: Ủy ban", "garbled-text-layer", False),
    ],
    ids=["good", "ruined", "legacy", "stamp alone"],
)
def test_a_layer_is_judged_by_its_spelling(text: str, source: str, usable: bool) -> None:
    """Good Vietnamese is taken, in Unicode or not; ruins and signature stamps are not."""
    words = _placed(text)

    found = judge(words, DPI, _glance(words), GLANCE, Dictionaries.load())

    assert (source, usable) == (found.source, found.usable)


def test_a_layer_that_leaves_ink_unaccounted_is_not_enough() -> None:
    """A scan whose layer holds a part of the page in perfect Vietnamese."""
    words = _placed(GOOD)

    found = judge(words, DPI, _glance(words, extra=200), GLANCE, Dictionaries.load())

    assert not found.usable
    assert "ink" in found.why


def test_seals_and_signatures_are_no_ink_to_account_for() -> None:
    """What is larger than letters does not count; a page without ink is accounted for."""
    words = _placed(GOOD)
    page = _glance(words)
    cv2.circle(page, (400, 600), 60, 0, 4)

    assert ink_accounted(words, DPI, page, GLANCE) == pytest.approx(1.0)
    assert ink_accounted([], DPI, np.full((100, 100), 255, np.uint8), GLANCE) == 1.0


def test_spelling_counts_abbreviations_and_marks() -> None:
    """UBND is spelled; a text without a mark is not Vietnamese."""
    assert (1.0, 2) == spelling("UBND tỉnh")[::2]
    assert 0.0 == spelling("hoan thanh")[1]
    assert (0.0, 0.0, 0) == spelling("")


def _typed_table(path: Path) -> None:
    """A page of text with a ruled table of two columns, a word beyond the edge of the page, and lines around the table."""
    texts = [
        (60, 80, "The plan of the office for the year that begins, with all that it asks for"), (60, 96, "and for whom"),
        (64, 134, "No"), (164, 134, "Task"), (64, 154, "1"),
        *((164, 154 + 16 * k, line) for k, line in enumerate(["First line of the task", "second line of it", "and the third"])),
        (60, 240, "What follows the table stands below it, from margin to margin of the page"), (-300, 260, "unseen"),
    ]  # fmt: skip
    rules = [*((60, y, 500, y) for y in (120, 140, 200)), *((x, 120, x, 200) for x in (60, 160, 500))]
    drawn = [f"BT /F1 12 Tf {x} {842 - y} Td ({text}) Tj ET" for x, y, text in texts]
    drawn += [f"{a} {842 - b} m {c} {842 - d} l S" for a, b, c, d in rules]
    with pikepdf.new() as pdf:
        page = pdf.add_blank_page(page_size=(595, 842))
        font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
        page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
        page.Contents = pdf.make_stream("\n".join(drawn).encode())
        pdf.save(path)


def test_a_typed_table_is_read_cell_by_cell(tmp_path: Path) -> None:
    """The rules are seen, though the text was never recognised; what lies beyond the page is no text."""
    path = tmp_path / "table.pdf"
    _typed_table(path)
    (document,) = read(path, settings=Settings(text_layer="always", restore=False))
    assert document.text.splitlines() == [
        "The plan of the office for the year that begins, with all that it asks for", "and for whom",
        "No Task", "1", "First line of the task", "second line of it", "and the third",
        "What follows the table stands below it, from margin to margin of the page",
    ]  # fmt: skip
