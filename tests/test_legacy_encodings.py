"""Conversion of legacy text: what it says comes out, what is good stays, every change can be replayed."""

from __future__ import annotations

import doctest
import lzma
import tomllib
import unicodedata
from collections.abc import Iterator
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st
from test_legacy_tables import ENCODINGS, encoded

from ocr_pipeline import evaluation
from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.document import Edit, Span
from ocr_pipeline.legacy_encodings import Converted, Encoding, convert_lines, detect, told_in_raw
from ocr_pipeline.legacy_encodings.spelling import ACCENTED
from ocr_pipeline.orthography import is_syllable
from ocr_pipeline.restoration import apply_edits

DICTIONARIES = Dictionaries.load()
CASES_FOLDER = Path(__file__).parent / "cases"
CASES = tomllib.loads((CASES_FOLDER / "legacy.toml").read_text(encoding="utf-8"))["case"]
UNCHANGED = tomllib.loads((CASES_FOLDER / "legacy_unchanged.toml").read_text(encoding="utf-8"))["case"]
CAPITALS = DICTIONARIES.toml("legacy_capitals.toml")["examples"]
SHARED = Path(__file__).resolve().parents[2] / "shared"
needs_legacy = pytest.mark.skipif(not (SHARED / "legacy").is_dir(), reason="../shared/legacy is absent")
needs_corpus = pytest.mark.skipif(not (SHARED / "corpus").is_dir(), reason="../shared/corpus is absent")
needs_pairs = pytest.mark.skipif(not (SHARED / "ocr_pairs").is_dir(), reason="../shared/ocr_pairs is absent")
# Forms that are repaired wherever they stand in Vietnamese text: text that has them is not good Unicode.
REPAIRED_FORMS = frozenset("ÐðƉɖƢƣǍǎ")
# Words counted often enough to stand for the language; a text of them is any Vietnamese text.
WORDS = [w for w, n in DICTIONARIES.rows("legacy_syllables.tsv") if int(n) >= 1000 and set(w) & ACCENTED and is_syllable(w)]


def _converted(lines: list[str]) -> list[Converted]:
    """The lines converted, with what holds for every text checked."""
    converted = convert_lines(lines, DICTIONARIES)
    assert len(lines) == len(converted)
    for number, (line, result) in enumerate(zip(lines, converted, strict=True), 1):
        assert result.text == apply_edits(line, result.edits)
        assert all(e.before == line[e.span.start : e.span.end] != e.after for e in result.edits)
        assert all(a.span.end <= b.span.start for a, b in pairwise(result.edits))
        assert {(1, number, "legacy-encoding")} >= {(e.page, e.line, e.rule) for e in result.edits}
        assert all(0.0 < e.confidence <= 1.0 for e in result.edits)
        assert not set("\n\f") & {c for e in result.edits for c in e.after}
    return converted


def _texts(lines: list[str]) -> list[str]:
    return [result.text for result in _converted(lines)]


@pytest.mark.parametrize("case", CASES, ids=lambda c: c["label"])
def test_legacy_text_says_what_it_said(case: dict[str, Any]) -> None:
    """Each case comes out as it was meant, and the encoding of most of it is named."""
    detected = detect("\n".join(case["raw"]), DICTIONARIES)

    assert case["text"] == _texts(case["raw"])
    assert case["encoding"] == (detected.encoding if detected else "")


@pytest.mark.parametrize("case", CASES, ids=lambda c: c["label"])
def test_converted_text_stays(case: dict[str, Any]) -> None:
    """What has been converted once is Unicode: nothing changes a second time."""
    assert case["text"] == _texts(case["text"])


@pytest.mark.parametrize("case", UNCHANGED, ids=lambda c: c["label"])
def test_good_text_stays(case: dict[str, Any]) -> None:
    """Unicode in any language, plain ASCII and ruined text come out as they went in, together and line by line."""
    assert case["text"] == _texts(case["text"])
    assert case["text"] == [_texts([line])[0] for line in case["text"]]
    assert detect("\n".join(case["text"]), DICTIONARIES) is None


@pytest.mark.parametrize("example", CAPITALS, ids=lambda e: e["label"])
def test_capitals_of_tcvn3_fonts(example: dict[str, Any]) -> None:
    """The examples in the file of capitals come out as it says."""
    assert example["read"] == _texts(example["seen"])


def test_lines_known_to_be_set_in_capitals() -> None:
    """A caller that knows the fonts says so; numbers of documents keep their case."""
    line = "cña Thñ t­íng ChÝnh phñ sè 15/2004/Q§-TTg ngµy 25 th¸ng 6"
    known = [[Span(0, line.index(" ngµy"))]]

    converted = convert_lines([line], DICTIONARIES, in_capitals=known)[0]

    assert "CỦA THỦ TƯỚNG CHÍNH PHỦ SỐ 15/2004/QĐ-TTg ngày 25 tháng 6" == converted.text
    assert converted.text == apply_edits(line, converted.edits)


def _as_windows(text: str) -> str:
    """Latin-1 text as Windows-1252 shows it, where that has a character."""
    return "".join(bytes([ord(c)]).decode("cp1252", "ignore") or c if 0x80 <= ord(c) < 0xA0 else c for c in text)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_letter_comes_back(encoding: Encoding) -> None:
    """Each of the 134 letters, in a word of its own among others, by either code page."""
    wrong = []
    for letter in sorted(ACCENTED):
        word = next((w for w in WORDS if letter.lower() in w), letter.lower())
        text = f"bản {word} đã được ký gửi về huyện ủy"
        text = text.upper() if letter.isupper() else text
        seen = [encoded(text, encoding)]
        if encoding != Encoding.TCVN3:  # whose fonts have the punctuation of Windows where the standard has capitals
            seen.append(_as_windows(seen[0]))
        wrong += [(text, got) for line in seen if (got := _texts([line])[0]) != text]

    assert wrong == []


@pytest.mark.parametrize("encoding", ENCODINGS)
@settings(max_examples=30, deadline=None)
@given(
    words=st.lists(st.sampled_from(WORDS), min_size=16, max_size=40, unique=True),
    shape=st.sampled_from([str.lower, str.title, str.upper]),
)
def test_any_vietnamese_text_comes_back(encoding: Encoding, words: list[str], shape: Any) -> None:
    """Words of any kind in any order, forty letters and more: encoded, detected, converted, they are what they were."""
    if encoding == Encoding.VIQR:  # a dot may end a sentence before a capital, and alone stands behind an item's letter
        shape = str.lower if shape == str.title else shape
        words = [*(word for word in words if len(word) > 1), "nay"]
    text = unicodedata.normalize("NFC", shape(" ".join(words)))
    legacy = encoded(text, encoding)
    detected = detect(legacy, DICTIONARIES)

    assert detected is not None
    assert encoding == detected.encoding
    result = _texts([legacy])[0]
    # Capitals are put into TCVN3, for its fonts lack them.
    assert text == result if encoding != Encoding.TCVN3 else text.casefold() == result.casefold()


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(st.characters(exclude_characters="\n\f", exclude_categories=["Cs"])), max_size=6))
def test_any_text_goes_through(lines: list[str]) -> None:
    """Total: any characters, as many lines out as in, every edit replayable."""
    _converted(lines)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text("aăoôơuưiqtnhQCĐđ ­−·µ¸®§«¬Þéøùûñ^'.?(`+\u0301\u0323\u0308\xa0Ãº»-"), max_size=5))
def test_text_of_codes_goes_through(lines: list[str]) -> None:
    """The same of characters that are codes in one encoding or another."""
    _converted(lines)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from([line for case in CASES + UNCHANGED for line in case["text"]]), max_size=5))
def test_good_lines_in_any_company_stay(lines: list[str]) -> None:
    """Good lines do not change one another, whatever stands beside them."""
    assert lines == _texts(lines)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from([line for case in CASES for line in case["raw"]]), st.data())
def test_later_edits_are_told_in_the_raw_line(line: str, data: st.DataObject) -> None:
    """Edits of the converted text and those of the conversion become one list that leads from the raw line to the result."""
    converted = convert_lines([line], DICTIONARIES)[0]
    cuts = sorted(data.draw(st.lists(st.integers(0, len(converted.text)), max_size=8, unique=True)))
    later = [
        Edit(page=1, line=1, span=Span(a, b), before=converted.text[a:b], after=data.draw(st.text("ab ", max_size=3)),
             rule="syllable", confidence=0.5)
        for a, b in zip(cuts[::2], cuts[1::2], strict=False)
    ]  # fmt: skip
    later = [edit for edit in later if edit.before != edit.after]

    edits = told_in_raw(line, converted, later)

    assert apply_edits(converted.text, later) == apply_edits(line, edits)
    assert all(e.before == line[e.span.start : e.span.end] != e.after for e in edits)
    assert all(a.span.end <= b.span.start for a, b in pairwise(edits))


def test_a_part_of_a_text_may_be_converted_twice() -> None:
    """A page whose font is broken, between pages that are good."""
    good = [f"Số {n}: công tác văn phòng, hồ sơ, sổ sách của cô giáo còn tồn đọng." for n in range(30)]
    broken = ["Trong q trình cơng tác, cơ giáo khơng cịn hồn thiện sổ sách", "số hố hồ sơ, cĩ thơng tin cho tồn thể nhân dân"]

    text = _texts([*good, *[""] * 20, *broken, *[""] * 25, *good])

    assert "Trong quá trình công tác, cô giáo không còn hoàn thiện sổ sách" == text[50]
    assert "số hoá hồ sơ, có thông tin cho toàn thể nhân dân" == text[51]
    assert good == text[:30] == text[-30:]


def test_short_and_long_stretches_take_bounded_time() -> None:
    """A hundred thousand characters without a space are read by the table, not searched."""
    for text in ("Õ" * 100_000, "a.b?c'" * 20_000, "中" * 100_000, "thànhphố" * 5_000, "khơng\xa0" * 5_000):
        assert len(_converted([text])) == 1


def test_the_page_about_it_is_right() -> None:
    """The examples of docs/legacy.md run."""
    page = Path(__file__).resolve().parents[1] / "docs" / "legacy.md"

    failures, attempted = doctest.testfile(str(page), module_relative=False, encoding="utf-8")

    assert (0, True) == (failures, attempted > 0)


def _paragraphs(source: str, number: int) -> Iterator[str]:
    with lzma.open(SHARED / "corpus" / f"{source}.txt.xz", "rt", encoding="utf-8", newline="\n") as lines:
        for line in islice(lines, 7, None, 10):
            if number <= 0:
                return
            number -= len(line.split())
            if not REPAIRED_FORMS & set(line):
                yield line.rstrip("\n")


@needs_corpus
@pytest.mark.shared
@pytest.mark.slow
@pytest.mark.parametrize("source", ["legal", "admin", "party_register", "news", "wiki"])
def test_clean_vietnamese_stays(source: str) -> None:
    """Not one change in 50,000 words of each register, in texts of thirty paragraphs."""
    paragraphs = _paragraphs(source, 50_000)
    while text := list(islice(paragraphs, 30)):
        assert text == [result.text for result in convert_lines(text, DICTIONARIES)]


@needs_pairs
@pytest.mark.shared
@pytest.mark.parametrize("model", ["eng", "vie", "Vietnamese"])
def test_recognised_text_is_no_legacy_text(model: str) -> None:
    """Lines that a recogniser wrote, ruined or not, are never taken for another encoding, one by one or together."""
    with lzma.open(SHARED / "ocr_pairs" / "real.jsonl.xz", "rt", encoding="utf-8") as file:
        rows = (line.split('", "') for line in file)
        lines = [row[-1].removesuffix('"]\n') for row in rows if row[1] == model]

    assert lines
    assert {None} == {result.encoding for result in convert_lines(lines, DICTIONARIES)}
    assert {None} == {convert_lines([line], DICTIONARIES)[0].encoding for line in lines}


def _pdf_text(path: Path) -> str:
    import pypdfium2  # the one use

    document = pypdfium2.PdfDocument(path)
    return "\f".join(page.get_textpage().get_text_range().replace("\r\n", "\n") for page in document)


@needs_legacy
@pytest.mark.shared
@pytest.mark.parametrize(
    "name", ["qd115-ttg-2004.tcvn3.txt", "qd115-ttg-2004.pdf", "nd-2004.tcvn3.txt", "qd991-ubnd-2008.vni.txt"]
)
def test_real_documents(name: str) -> None:
    """Every line found, every letter right; list numbers and bars of tables differ between the files and their truth."""
    path = SHARED / "legacy" / name
    truth = (SHARED / "legacy" / f"{name.split('.')[0]}.truth.txt").read_text(encoding="utf-8")
    text = _pdf_text(path) if path.suffix == ".pdf" else path.read_text(encoding="utf-8")
    lines = regex.split(r"[\n\f]", text)

    out = "\n".join(result.text for result in _converted(lines))

    bare = ["\n".join(regex.sub(r"^\s*\d{1,2}\. ", "", cell) for cell in regex.split(r"[\n|]", one)) for one in (truth, out)]
    counts = evaluation.score_legacy(*bare).counts
    assert counts["found"] == counts["lines"] > 15
    assert counts["character_errors"] == 0
