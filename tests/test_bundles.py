"""Several documents in one file are told by their letterheads, annexes and forms stay with what they belong to."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from recording import SCANS, Replay

from ocr_pipeline import Settings
from ocr_pipeline.bundles import documents_in
from ocr_pipeline.composition import text_page
from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.document import Line, Page
from ocr_pipeline.input_files import source_file
from ocr_pipeline.pipeline import LazyEngine, documents_of, read_pages
from ocr_pipeline.sources import open_source

DICTIONARIES = Dictionaries.load()
LETTER = """UBND TỈNH SƠN HẢI
SỞ NỘI VỤ
Số: 412/SNV-TCBC
CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
Độc lập - Tự do - Hạnh phúc
Sơn Hải, ngày 12 tháng 5 năm 2021
Kính gửi: Ủy ban nhân dân các huyện
Sở Nội vụ đề nghị báo cáo biên chế."""
PARTY = """TỈNH ỦY SƠN HẢI
*
Số 77-CV/TU
ĐẢNG CỘNG SẢN VIỆT NAM
Sơn Hải, ngày tháng 5 năm 2021
Kính gửi: Các đảng ủy trực thuộc
Thường trực Tỉnh ủy yêu cầu rà soát."""
GARBLED = """UBND TINH SON HAI
S6: 15/QD-UBND
CQNG HOA XA HQI CHU NGHIA VIET NAM
DQc lap - Tu do - Hanh phuc
Son Hai, ngay 3 thang 6 nam 2019
QUYET DINH"""
BODY = "2\nCác cơ quan báo cáo theo Công văn số 100/SNV-TCBC ngày 01 tháng 4 năm 2021 của Sở Nội vụ."
ANNEX = """UBND TỈNH SƠN HẢI
CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
Độc lập - Tự do - Hạnh phúc
PHỤ LỤC
(Kèm theo Công văn số 412/SNV-TCBC ngày 12 tháng 5 năm 2021)"""
FORM = """TÊN CƠ QUAN
Số: .../BC-...
CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
Độc lập - Tự do - Hạnh phúc
..., ngày ... tháng ... năm ...
BÁO CÁO"""


def _lengths(*texts: str) -> list[int]:
    pages = [text_page(number, text) for number, text in enumerate(texts, 1)]
    return [len(part) for part in documents_in(pages, DICTIONARIES)]


@pytest.mark.parametrize(
    ("texts", "lengths"),
    [
        ((LETTER, BODY, PARTY), [2, 1]),
        ((LETTER, LETTER, GARBLED), [1, 1, 1]),
        ((BODY, LETTER), [1, 1]),
        ((LETTER,), [1]),
        ((LETTER, BODY, BODY), [3]),
        ((LETTER, ANNEX), [2]),
        ((LETTER, FORM), [2]),
        ((LETTER, "", BODY), [3]),
        ((LETTER, "Số: 12/KH-UBND\nngày 3 tháng 4 năm 2020\nđã được ban hành"), [2]),
    ],
)
def test_a_letterhead_of_its_own_begins_a_document(texts: tuple[str, ...], lengths: list[int]) -> None:
    """Motto, number with symbol and date with year begin one; pages, annexes and blank forms do not."""
    assert _lengths(*texts) == lengths


def test_a_page_number_says_that_a_page_goes_on() -> None:
    """A letter that is quoted whole on page 3 is part of what quotes it."""
    quoted = text_page(2, LETTER)
    numbered = Page(
        number=2, source_page=2, width=0, height=0, dpi=0, lines=(Line(text="3", raw="3", zone="page-number"), *quoted.lines)
    )
    assert [len(p) for p in documents_in([text_page(1, LETTER), numbered], DICTIONARIES)] == [2]


def test_no_page_no_document_without_pages() -> None:
    """An empty file stays one empty document."""
    assert [len(p) for p in documents_in([], DICTIONARIES)] == [0]


def _pages(path: Path, first: int) -> list[Page]:
    settings = Settings()
    with open_source(path, settings) as source:
        pages = list(read_pages(source, LazyEngine(settings, Replay(path.stem)), settings, DICTIONARIES))
    return [replace(page, number=number, source_page=number) for number, page in enumerate(pages, first)]


def test_two_scans_in_one_file_are_two_documents() -> None:
    """Each has its own metadata, its own pages counted from 1, and the range of pages in the file."""
    first = _pages(SCANS / "quyet-dinh-clean.tif", 1)
    pages = [*first, *_pages(SCANS / "to-trinh-office.jpg", len(first) + 1)]
    file = source_file(Path("tap.pdf"), "0" * 64, "application/pdf", len(pages))
    documents = documents_of(pages, file, Settings(), DICTIONARIES, "replay")

    assert [d.metadata.doc_type for d in documents] == ["Quyết định", "Tờ trình"]
    assert [(d.source.first_page, d.source.last_page) for d in documents] == [(1, len(first)), (len(first) + 1, len(pages))]
    assert documents[1].pages[0].number == 1
    assert documents[1].id != documents[0].id
    (whole,) = documents_of(pages, file, Settings(split_bundles=False), DICTIONARIES, "replay")
    assert len(whole.pages) == len(pages)
