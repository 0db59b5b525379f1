"""Metadata: letterheads and sign-offs of many offices, doubt about handwriting, and the rules' own examples."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.document import Box, Line, Page, Word
from ocr_pipeline.metadata import MetadataReading, read_metadata
from ocr_pipeline.metadata.capitals import capitals
from ocr_pipeline.metadata.pieces import flatten

CASES = tomllib.loads((Path(__file__).parent / "cases" / "metadata.toml").read_text(encoding="utf-8"))["case"]
RULES = Dictionaries.load().toml("metadata.toml")["rules"]


def _read(text: str) -> MetadataReading:
    lines = tuple(Line(text=line, raw=line) for line in text.strip("\n").split("\n"))
    page = Page(number=1, source_page=1, width=0, height=0, dpi=0, text_source="text", lines=lines)
    return read_metadata([page], dictionaries=Dictionaries.load())


def _field(reading: MetadataReading, name: str) -> Any:
    signer = reading.metadata.signer
    if name == "review":
        return [r.reason for r in reading.review]
    if name == "signer_names":
        return [s.name for s in reading.metadata.signers]
    if name == "authority":
        return list(signer.authority) if signer else []
    if name.startswith("signer_"):
        return getattr(signer, name.removeprefix("signer_")) if signer else None
    value = getattr(reading.metadata, name)
    return list(value) if isinstance(value, tuple) else value


@pytest.mark.parametrize("case", CASES, ids=lambda c: c["label"])
def test_letterheads_and_signatures(case: dict[str, Any]) -> None:
    """Every field that a case names is read as it says."""
    reading = _read(case["text"])

    fields = [name for name in case if name not in ("label", "text", "review")]
    assert {f: case[f] for f in fields} == {f: _field(reading, f) or ("" if case[f] == "" else None) for f in fields}
    assert set(case.get("review", ())) <= set(_field(reading, "review"))


def test_inferred_issuer_is_marked() -> None:
    """What the symbol tells and the letterhead does not is marked as inferred."""
    reading = _read(next(c["text"] for c in CASES if "inferred" in c["label"]))

    assert "inferred" == reading.evidence["issuer"].source
    assert "read" == reading.evidence["number"].source


def _scanned(*rows: tuple[tuple[str, float, int], ...]) -> Page:
    """A recognised page: rows of (word, confidence, height)."""
    lines = []
    for y, row in enumerate(rows):
        text, words, x = "", [], 100
        for token, confidence, height in row:
            text += " " if text else ""
            top = 100 + 60 * y
            words.append(Word(len(text), len(text) + len(token), x, top, x + 20 * len(token), top + height, confidence))
            text += token
            x += 20 * len(token) + 15
        box = Box(words[0].x0, words[0].y0, words[-1].x1, max(w.y1 for w in words))
        lines.append(Line(text=text, raw=text, bbox=box, words=tuple(words)))
    return Page(number=1, source_page=1, width=2480, height=3508, dpi=300, lines=tuple(lines))


def _letterhead(number: str, confidence: float, height: int, day: str = "15", day_height: int = 40) -> MetadataReading:
    page = _scanned(
        (("UBND", 0.95, 40), ("TỈNH", 0.95, 50), ("HÀ", 0.95, 45), ("GIANG", 0.95, 40)),
        (("Số:", 0.95, 52), (number, confidence, height), ("/CT-UBND", 0.9, 44)),
        (("Hà", 0.95, 45), ("Giang,", 0.95, 52), ("ngày", 0.95, 52), (day, 0.9, day_height), ("tháng", 0.95, 52),
         ("3", 0.97, 40), ("năm", 0.95, 40), ("2024", 0.97, 40)),
        (("CHỈ", 0.95, 40), ("THỊ", 0.95, 40)),
        (("Về", 0.95, 40), ("việc", 0.95, 40), ("thử", 0.95, 40)),
    )  # fmt: skip
    return read_metadata([page], dictionaries=Dictionaries.load())


def test_printed_digits_are_read() -> None:
    """A sure number as tall as the printed year is the document's number."""
    assert "04/CT-UBND" == _letterhead("04", 0.93, 38).metadata.number


@pytest.mark.parametrize(
    ("number", "confidence", "height"),
    [("04", 0.55, 38), ("480", 0.81, 58), ("0‡", 0.9, 40), ("M", 0.92, 40), ("l1", 0.95, 58), ("1l", 0.4, 40)],
)
def test_doubtful_number_is_null(number: str, confidence: float, height: int) -> None:
    """Low confidence, tall strokes and odd characters say that a number was written by hand: null, and in review."""
    reading = _letterhead(number, confidence, height)

    assert reading.metadata.number is None
    review = next(r for r in reading.review if r.field == "number")
    assert ("handwritten-number", (number,)) == (review.reason, review.alternatives)
    assert review.bbox


def test_printed_lookalikes_are_read() -> None:
    """A printed 1 that was taken for a stroke is still a 1, where its height is that of print."""
    assert "21/CT-UBND" == _letterhead("2l", 0.6, 40).metadata.number


@pytest.mark.parametrize(("day", "height"), [("15", 60), ("4ð", 40), ("42", 40)])
def test_doubtful_day_leaves_the_month(day: str, height: int) -> None:
    """A day written by hand or impossible is left out, month and year stay."""
    metadata = _letterhead("04", 0.93, 38, day, height).metadata

    assert (None, "2024-03") == (metadata.date, metadata.date_partial)


def test_evidence_points_to_page_line_and_box() -> None:
    """Each field that was read tells where."""
    evidence = _letterhead("04", 0.93, 38).evidence["number"]

    assert (1, 2) == (evidence.page, evidence.line)
    assert evidence.bbox
    assert "Số: 04 /CT-UBND" == evidence.raw


@pytest.mark.parametrize("name", RULES)
def test_rules_match_their_examples_and_nothing_else(name: str) -> None:
    """A rule carries its proof."""
    import regex

    rule = RULES[name]
    pattern = regex.compile(rule["pattern"])
    prepared = str if rule.get("on") == "text" else flatten
    whole = pattern.search if "date" in name or "month" in name else pattern.fullmatch

    assert [] == [e for e in rule["examples"] if not whole(prepared(e))]
    assert [] == [r for r in rule["rejects"] if whole(prepared(r))]


@pytest.mark.parametrize("name", ["places.tsv", "organ_words.tsv", "organ_symbols.tsv", "surnames.tsv"])
def test_tables_have_no_duplicates(name: str) -> None:
    """A key stands once, and every row has the columns of the header."""
    rows = Dictionaries.load().rows(name)

    assert len({row[0] for row in rows}) == len(rows)
    assert len({len(row) for row in rows}) == 1


@pytest.mark.parametrize(
    ("printed", "written"),
    [
        ("BỘ CÔNG THƯƠNG", "Bộ Công Thương"),
        ("BỘ NÔNG NGHIỆP VÀ PHÁT TRIỂN NÔNG THÔN", "Bộ Nông nghiệp và Phát triển nông thôn"),
        ("TRƯỜNG ĐẠI HỌC KINH TẾ QUỐC DÂN", "Trường Đại học Kinh tế Quốc dân"),
        ("ỦY BAN NHÂN DÂN THÀNH PHỐ THỦ DẦU MỘT", "Ủy ban nhân dân thành phố Thủ Dầu Một"),
        ("UBND TỈNH BÀ RỊA - VŨNG TÀU", "UBND tỉnh Bà Rịa - Vũng Tàu"),
        ("TỈNH ĐOÀN NGHỆ AN", "Tỉnh đoàn Nghệ An"),
        ("BAN TỎ CHỨC", "Ban Tổ chức"),
    ],
)
def test_capitals_become_a_written_name(printed: str, written: str) -> None:
    """A name in capitals is written as office practice does, its marks repaired where only one name fits."""
    assert written.casefold() == capitals(Dictionaries.load()).lowered(printed).casefold()


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300))
def test_any_text_is_read(text: str) -> None:
    """Whatever the text, there is a reading, and number and date are null or well formed."""
    metadata = _read(text).metadata

    assert metadata.date is None or len(metadata.date) == 10
    assert metadata.number is None or any(c.isdigit() for c in metadata.number)
