"""Restoration: ruined text comes back, right text stays, every edit is a value that can be replayed."""

from __future__ import annotations

import json
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocr_pipeline.orthography import nfc
from ocr_pipeline.restoration import apply_edits, restore, restore_and_explain, restore_lines
from ocr_pipeline.restoration.families import family_of
from ocr_pipeline.settings import Settings

CASES = Path(__file__).parent / "cases" / "restoration"


def _cases(name: str) -> list[Any]:
    cases: list[Any] = json.loads((CASES / name).read_text(encoding="utf-8"))
    return [pytest.param(case, id=case["label"]) for case in cases]


@pytest.mark.parametrize("case", _cases("garbled.json"))
def test_ruined_text_comes_back(case: dict[str, str]) -> None:
    """What an English model made of a sentence of ours is the sentence again."""
    restored = restore_and_explain(case["raw"])

    assert case["expected"] == restored.text
    assert restored.text == apply_edits(case["raw"], restored.edits)
    assert all(edit.before == case["raw"][edit.span.start : edit.span.end] for edit in restored.edits)


@pytest.mark.parametrize("case", _cases("untouched.json"))
def test_right_text_stays(case: dict[str, str]) -> None:
    """Clean text of every kind is left alone."""
    assert case["text"] == restore(case["text"])


def test_negative_cases_outnumber_the_others() -> None:
    """There is more to leave alone than to mend."""
    assert len(_cases("untouched.json")) > 2 * len(_cases("garbled.json"))


@pytest.mark.parametrize("case", [*_cases("garbled.json")])
def test_restoring_twice_changes_nothing_more(case: dict[str, str]) -> None:
    """The restored text is its own restoration."""
    once = restore(case["raw"])

    assert once == restore(once)


@pytest.mark.parametrize("case", _cases("untouched.json"))
def test_decomposed_text_gives_the_same(case: dict[str, str]) -> None:
    """NFD and NFC inputs are one text."""
    decomposed = unicodedata.normalize("NFD", case["text"])
    restored = restore_and_explain(decomposed)

    assert restore(case["text"]) == restored.text == apply_edits(decomposed, restored.edits)


@settings(deadline=None, max_examples=60)
@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=60) | st.text("aéiđ61ty/-@) \n\fKHTU", max_size=40))
def test_any_text_is_accepted(text: str) -> None:
    """As many lines out as in, and the edits replay, whatever comes."""
    restored = restore_and_explain(text)

    assert restored.text == apply_edits(text, restored.edits)
    assert text.count("\n") == restored.text.count("\n")
    assert text.count("\f") == restored.text.count("\f")


def test_lines_stay_lines() -> None:
    """Every line has its result, blank ones too, with edits counted by line."""
    results = restore_lines(["Uy ban nhan dan", "", "tinh Quang Ninh"])

    assert ["Ủy ban nhân dân", "", "tỉnh Quảng Ninh"] == [r.text for r in results]
    assert [edit.line for r in results for edit in r.edits] == sorted(edit.line for r in results for edit in r.edits)


@pytest.mark.parametrize(("style", "word"), [("new", "hòa"), ("old", "hoà")])
def test_tone_style_is_obeyed(style: Any, word: str) -> None:
    """Restored syllables are written in the placement that was asked for."""
    text = restore("cong tac hoa giai 6 co so", settings=Settings(tone_style=style))

    assert word in text


def test_threads_do_not_disturb_one_another() -> None:
    """Texts restored at the same time come out as they do one after the other."""
    texts = [f"{case.values[0]['raw']} {k}." for k, case in enumerate(_cases("garbled.json") * 3)]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(restore, texts))

    assert [restore(text) for text in texts] == together


def test_the_text_tells_its_recogniser() -> None:
    """Vietnamese letters mean a Vietnamese model."""
    assert family_of(["Ủy ban nhân dân tỉnh đề nghị"]) == "vie"
    assert family_of(["céng tac phong, chéng tham nhiing cua céng chitc"]) == "eng"
    assert family_of(["Pang bo tinh, cac cip uy, co quan, cong chirc, sb lugng"]) == "eng"


def test_doubtful_edits_go_to_review() -> None:
    """An edit less sure than the setting asks is listed for a person."""
    restored = restore_and_explain("Uy ban nhan dan tinh", settings=Settings(review_below=1.01))

    assert len(restored.edits) == len(restored.review)


def test_symbols_are_never_spelled() -> None:
    """The letters of a number are repaired by its grammar, and its digits stay."""
    assert nfc("Kế hoạch số 538-KH/TU") in restore("Ké hoach sé 538-KHITU ngay 19/5/2025")


@given(st.lists(st.sampled_from(["", '."', ".r:", "*", "-----", "~~~", "Nghi quyét", "  ", "(", "1.", "A B", "\f"]), max_size=12))
@settings(max_examples=60, deadline=None)
def test_no_line_keeps_others_from_being_restored(between: list[str]) -> None:
    """Blank lines and lines of signs alone, in whatever order: the rest of the document comes back all the same."""
    text = "\n".join(["Thirc hien Chuong trinh hanh dQng cua Tinh uy", *between, "Can cu Nghi quyét cua Bo Chinh tri"])
    lines = restore(text).split("\n")
    assert lines[0].startswith("Thực hiện Chương trình")
    assert lines[-1].startswith("Căn cứ Nghị quyết")
