"""Numbers of documents: found in clean and damaged text, repaired by grammar, digits kept, in linear time."""

from __future__ import annotations

import time
import tomllib
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.symbols import find_symbols, parse_symbol, symbol_key
from ocr_pipeline.symbols.tables import symbol_tables

DICTIONARIES = Dictionaries.load()
CASES = tomllib.loads((Path(__file__).parent / "cases" / "symbols.toml").read_text(encoding="utf-8"))["case"]
EXAMPLES = DICTIONARIES.toml("symbols.toml")["examples"]
# The numbers of parliaments have a year: they have a case of their own.
TAILS = sorted(tail for tail in symbol_tables(DICTIONARIES).tails if "QH" not in tail)


def _numbers(text: str) -> list[str]:
    return [match.symbol.number for match in find_symbols(text, DICTIONARIES)]


@pytest.mark.parametrize("case", CASES, ids=lambda c: c["kind"])
def test_numbers_are_found(case: dict[str, Any]) -> None:
    """Every number of the text is found in its canonical form, and nothing else."""
    assert case["numbers"] == _numbers(case["text"])


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: e["text"][:40])
def test_examples_of_the_table(example: dict[str, Any]) -> None:
    """The examples that the table gives hold, those of what must not be found too."""
    assert example["numbers"] == _numbers(example["text"])


def test_raw_form_confidence_and_alternatives_are_kept() -> None:
    """A repair keeps what was printed, says what else it may be, and is trusted less than what stands as printed."""
    text = "Ke hoach so 538-KHITU va Kế hoạch số 12-KH/TU"
    damaged, clean = find_symbols(text, DICTIONARIES)

    assert (damaged.raw, damaged.symbol.number, damaged.repaired) == ("538-KHITU", "538-KH/TU", "538-KH/TU")
    assert damaged.alternatives == ("538-KHITU",)
    assert damaged.confidence < 0.95 < clean.confidence
    assert clean.alternatives == ()


def test_a_number_that_may_be_two_says_so() -> None:
    """A code that may have been either of two is trusted less, and both stay possible."""
    (match,) = find_symbols("Chuong trinh so 3-CTI/TU", DICTIONARIES)

    assert match.symbol.number == "3-CTr/TU"
    assert "3-CT/TU" in match.alternatives
    assert match.confidence < 0.7


def test_repaired_text_keeps_its_spacing() -> None:
    """The repaired form has the spaces of the raw one, so that it can stand in its place in the text."""
    text = "Số 230 - CV/BTGDVTU, số 57-\nNO/TW"
    assert [m.repaired for m in find_symbols(text, DICTIONARIES)] == ["230 - CV/BTGDVTU", "57-\nNQ/TW"]


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_spans_are_of_the_text_given(form: Any) -> None:
    """Spans and raw forms are of the text as it was given, decomposed letters too."""
    text = unicodedata.normalize(form, "Căn cứ Quyết định số 31-QĐ/TW và Nghị định số 30/2020/NĐ-CP của Chính phủ")
    matches = find_symbols(text, DICTIONARIES)

    assert [unicodedata.normalize("NFC", m.raw) for m in matches] == ["31-QĐ/TW", "30/2020/NĐ-CP"]
    assert all(text[m.span.start : m.span.end] == m.raw for m in matches)


@pytest.mark.parametrize(
    ("text", "number", "system"),
    [
        ("57 - NQ / TƯ", "57-NQ/TW", "party"),
        ("30/2020/ND-CP", "30/2020/NĐ-CP", "state"),
        ("154/CTPH-LĐLĐ-SVH,TT,DL", "154/CTPH-LĐLĐ-SVH,TT,DL", "mass-organisation"),
        ("64/2025/QH15", "64/2025/QH15", "state"),
        ("24-CP", "24-CP", "state"),
    ],
)
def test_a_number_alone(text: str, number: str, system: str) -> None:
    """A string that is a number is read as one, with the system that its organs and signs show."""
    symbol = parse_symbol(text, DICTIONARIES)

    assert symbol is not None
    assert (symbol.number, symbol.system) == (number, system)


@pytest.mark.parametrize("text", ["", "57", "NQ/TW", "57-NQ/TW ngày", "22/12/2024", "57-nq/tw"])
def test_no_number_alone(text: str) -> None:
    """What is no number, or more than one, is none."""
    assert parse_symbol(text, DICTIONARIES) is None


def test_keys_do_not_tell_separators_apart() -> None:
    """Numbers that differ in separators, marks or case have one key; other digits or letters have another."""
    assert len({symbol_key(n) for n in ("57-NQ/TW", "57/NQ-TW", "57-nq/tư", "57 NQ TW")}) == 1
    assert symbol_key("57-NQ/TW") != symbol_key("75-NQ/TW")
    assert symbol_key("7-NQ/TW") != symbol_key("7-NQ/TU")


def test_one_text_corrects_itself() -> None:
    """An unknown organ that the text names soundly twice is read so where it is damaged once; its digits stay."""
    text = "Công văn số 81/KLMNO-VP, Công văn số 82/KLMNO-VP và Công văn số 83/KLMN0-VP của đơn vị"
    assert _numbers(text) == ["81/KLMNO-VP", "82/KLMNO-VP", "83/KLMNO-VP"]


@settings(max_examples=150, deadline=None)
@given(
    tail=st.sampled_from(TAILS),
    ordinal=st.integers(1, 9999),
    before=st.sampled_from(["số ", "Số: ", "văn bản số ", "văn bản số"]),
    dash=st.sampled_from(["-", "–", "- "]),
)
def test_a_known_number_is_read_as_printed(tail: str, ordinal: int, before: str, dash: str) -> None:
    """A number with a known tail is found as it stands, whatever dash and spaces its printer used."""
    sign = "-" if "/" in tail else "/"
    printed = f"{ordinal}{sign}{tail}"
    text = f"Thực hiện {before}{printed.replace('-', dash)}, các đơn vị báo cáo."
    found = [symbol_key(number) for number in _numbers(text)]

    assert found == [symbol_key(printed)]


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.sampled_from(["số ", "15", "-", "/", "NQ", "TW", "QĐ", "2020", " ", "\n", "O", "l", "Nghị quyết ", "ngày", "Đ"]))
)
def test_any_text_is_read(pieces: list[str]) -> None:
    """Matches are in order, do not overlap, and their digits are those of the text, letter forms aside."""
    text = "".join(pieces)
    matches = find_symbols(text, DICTIONARIES)

    ends = [0, *(m.span.end for m in matches)]
    assert all(end <= m.span.start < m.span.end for end, m in zip(ends, matches, strict=False))
    for match in matches:
        digits = [c for c in match.raw if c.isdecimal()]
        kept = iter(c for c in match.symbol.number if c.isdecimal())
        assert all(d in kept for d in digits[:2])
        assert 0.0 < match.confidence <= 1.0


HOSTILE: dict[str, Callable[[int], str]] = {
    "digits and dashes": lambda n: "1-2/3-4/5" * (n // 9),
    "tails without end": lambda n: "12-" + "NQ-TW/" * (n // 6),
    "spaces": lambda n: ("số 57" + " " * 40 + "-" + " " * 40 + "NQ/TW ") * (n // 95),
    "capitals": lambda n: "ABCDEĐGHIKLMNOPQRSTUVXY" * (n // 23),
    "damaged numbers that all differ": lambda n: " ".join(f"số {k}/QĐ-XK{k % 977}ZY" for k in range(n // 16)),
}


def _seconds(text: str) -> float:
    start = time.process_time()
    find_symbols(text, DICTIONARIES)
    return time.process_time() - start


@pytest.mark.parametrize("name", HOSTILE)
def test_time_grows_with_the_text(name: str) -> None:
    """Twice the text takes about twice the time, whatever is in it."""
    small, large = HOSTILE[name](8_000), HOSTILE[name](32_000)
    _seconds(small[:2000])
    ratios = [_seconds(large) / max(_seconds(small), 1e-4) for _ in range(2)]

    assert min(ratios) < 4 * 2.2


def test_a_number_without_a_sign_keeps_its_space() -> None:
    """The canonical form has a sign where an older number has a space; the text stays as it is printed."""
    (match,) = find_symbols("theo Thông tư số 05 TT/BYT của Bộ Y tế", Dictionaries.load())
    assert (match.symbol.number, match.repaired) == ("05-TT/BYT", "05 TT/BYT")
