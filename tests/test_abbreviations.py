"""Abbreviations of the document's own: what was read with doubt is one that it writes often, or stays."""

from __future__ import annotations

import pytest

from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.restoration import restore_lines
from ocr_pipeline.restoration.abbreviations import abbreviation_edits
from ocr_pipeline.restoration.edits import apply_edits

DICTIONARIES = Dictionaries.load()
USUAL = ["Sinh viên của ĐHBK Hà Nội", "Quy chế của ĐHBK về học bổng", "Giảng viên tại ĐHBK dạy thêm"]


def _doubts(lines: list[str], confidence: float) -> list[list[tuple[int, int, float]]]:
    """Every word surely read but those of the last line."""
    found = []
    for number, line in enumerate(lines):
        spans, start = [], 0
        for word in line.split(" "):
            spans.append((start, start + len(word), confidence if number == len(lines) - 1 else 0.97))
            start += len(word) + 1
        found.append(spans)
    return found


def _put_right(line: str, confidence: float = 0.7, usual: list[str] = USUAL) -> str:
    lines = [*usual, line]
    edits = list(abbreviation_edits(lines, [[]] * len(lines), _doubts(lines, confidence), DICTIONARIES))
    assert all(edit.line == len(lines) for edit in edits)
    return apply_edits(line, edits)


@pytest.mark.parametrize("read", ["DHIK", "ĐIIBK", "DHIBK", "ĐHBI"])
def test_a_doubtful_one_is_that_which_the_document_writes(read: str) -> None:
    """Letters that look alike, one for two and two for one."""
    assert _put_right(f"học tập tại {read} và các trường") == "học tập tại ĐHBK và các trường"


@pytest.mark.parametrize(
    "line", ["học tập tại CNTT và các", "tại UBND tỉnh và các", "thuộc KTQD và", "TRƯỜNG DHIK HÀ NỘI", "12/QĐ-DHIK của"]
)
def test_others_stay(line: str) -> None:
    """Known ones, those that are not like it, headings, numbers of documents."""
    assert _put_right(line) == line


def test_what_was_read_surely_stays_and_what_is_seldom_tells_nothing() -> None:
    """Another abbreviation may be one letter away."""
    assert _put_right("học tập tại DHIK và", confidence=0.95) == "học tập tại DHIK và"
    assert _put_right("học tập tại DHIK và", usual=USUAL[:2]) == "học tập tại DHIK và"


def test_restoration_knows_them_only_of_pages() -> None:
    """A text that somebody wrote has no doubts."""
    lines = [*USUAL, "học tập tại ĐIIBK và các trường"]

    assert restore_lines(lines, doubts=_doubts(lines, 0.7))[-1].text == "học tập tại ĐHBK và các trường"
    assert restore_lines(lines)[-1].text == lines[-1]
