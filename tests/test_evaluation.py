"""Figures equal those of the one definition, and count what they say."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_pipeline import evaluation

SCORE = Path(__file__).resolve().parents[2] / "shared" / "tools" / "score.py"
needs_score = pytest.mark.skipif(not SCORE.is_file(), reason="../shared/tools/score.py is absent")

GOLD = "Nghị quyết số 57-NQ/TW\nđổi mới sáng tạo, hoà bình ......\nĐảng uỷ xã\n"
TEXT = "Nghi quyết số 57-NQ/TW\nđổi mới sang tạo, hòa bình …\nĐảng ủy xã\n"
RAW = "Nghi quyét s6 57-NQ/TW\nd6i mdi sang tạo, hòa binh …\nDang ủy xa\n"
LEGACY = "Căn cứ Luật tổ chức Chính phủ ngày 25 tháng 12 năm 2001\nXét đề nghị của Bộ trưởng\n"


def test_text_ignores_case_and_tone_placement_but_not_letters() -> None:
    """Uỷ is ủy, but nghi is not nghị."""
    tally = evaluation.score_text(GOLD, TEXT)

    assert (tally.counts["syllables"], tally.counts["wrong"]) == (15, 2)


def test_edits_tell_helped_from_hurt() -> None:
    """A syllable put wrong counts as hurt even where the rest got better."""
    tally = evaluation.score_edits(RAW, GOLD, TEXT.replace("tạo", "tao"))

    assert tally.counts["hurt"] == 1
    assert tally.counts["helped"] > 4


@given(st.lists(st.text("aăâbcdđeêoôơuưyáạ", min_size=1), min_size=1))
def test_a_text_is_right_against_itself(words: list[str]) -> None:
    """Nothing is wrong in a text scored against itself."""
    text = " ".join(words)

    assert evaluation.score_text(text, text).counts["wrong"] == 0
    assert evaluation.score_harm(text, text).counts["touched"] == 0


def _gold() -> dict[str, object]:
    references = [
        {
            "page": 1,
            "number": "57-NQ/TW",
            "doc_type": "Nghị quyết",
            "date": "2024-12-22",
            "issuer": "Bộ Chính trị",
            "relation": "thực hiện",
        },
        {"page": 2, "number": "01/QĐ-UBND", "doc_type": "Quyết định", "date": None, "issuer": None, "relation": "căn cứ"},
        {"page": 1, "number": "5-CV/TU", "doc_type": "Công văn", "own": True},
    ]
    metadata = {
        "number": "5-CV/TU",
        "date": "2025-01-02",
        "doc_type": "Công văn",
        "issuer": "Tỉnh uỷ",
        "place": "Huế",
        "title": "Về việc học tập",
        "signer_name": "Trần Văn A",
        "parent_issuer": None,
    }
    return {"metadata": metadata, "references": references, "handwritten": ["number", "day"]}


def _document() -> dict[str, object]:
    mentions = [
        {"order": 2, "page": 2, "number": "01/QĐ-UBND", "date": "2024-01-01", "issuer": None, "relation": "căn cứ"},
        {"order": 1, "page": 1, "number": "57-NQ/TW", "date": "2024-12-22", "issuer": "Bộ chính trị", "relation": "theo"},
    ]
    metadata = {
        "number": None,
        "date": None,
        "date_partial": "2025-01",
        "doc_type": "Công văn",
        "issuer": "Tỉnh ủy",
        "place": "Huế",
        "title": "Về việc học",
        "signers": [{"name": "TRẦN VĂN A"}],
    }
    return {
        "metadata": metadata,
        "references": [{"number": None, "doc_type": "Nghị quyết", "mentions": mentions}],
        "text": "Nghị quyết số 57\f" + TEXT,
    }


def test_meta_abstention_is_not_an_error() -> None:
    """A handwritten number left null counts neither as right nor as wrong."""
    tally = evaluation.score_meta(_gold(), _document())

    assert (tally.counts["abstained"], tally.counts["of"], tally.counts["right"]) == (2, 6, 5)


def test_refs_count_per_mention_and_leave_the_own_number_out() -> None:
    """Two mentions are wanted; both numbers are found, one with a date that its sentence does not state."""
    tally = evaluation.score_refs(_gold(), _document())

    assert (tally.counts["mentions"], tally.counts["number_hits"], tally.counts["full_hits"]) == (2, 2, 1)


@needs_score
@pytest.mark.shared
@pytest.mark.parametrize("kind", evaluation.KINDS)
def test_figures_equal_the_one_definition(kind: str, tmp_path: Path) -> None:
    """Every count and figure is the one that score.py prints."""
    files = {
        "gold.txt": GOLD,
        "text.txt": TEXT,
        "raw.txt": RAW,
        "truth.txt": LEGACY,
        "out.txt": LEGACY.replace("2001", "200l"),
        "gold.json": json.dumps(_gold()),
        "doc.json": json.dumps(_document()),
        "doc.p2.txt": GOLD,
    }
    for name, content in files.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    names = {
        "text": ["gold.txt", "text.txt"],
        "edits": ["raw.txt", "gold.txt", "text.txt"],
        "harm": ["gold.txt", "text.txt"],
        "legacy": ["truth.txt", "out.txt"],
        "page": ["doc.json", "doc.p2.txt"],
        "refs": ["gold.json", "doc.json"],
        "meta": ["gold.json", "doc.json"],
    }[kind]
    printed = subprocess.run(
        [sys.executable, str(SCORE), kind, *(str(tmp_path / n) for n in names), "--json"], capture_output=True, check=True
    ).stdout
    got = {
        "text": lambda: evaluation.score_text(GOLD, TEXT),
        "edits": lambda: evaluation.score_edits(RAW, GOLD, TEXT),
        "harm": lambda: evaluation.score_harm(GOLD, TEXT),
        "legacy": lambda: evaluation.score_legacy(LEGACY, LEGACY.replace("2001", "200l")),
        "page": lambda: evaluation.score_page(_document(), [(2, GOLD)]),
        "refs": lambda: evaluation.score_refs(_gold(), _document()),
        "meta": lambda: evaluation.score_meta(_gold(), _document()),
    }[kind]()

    ours = {**got.counts, **evaluation.figures(kind, got)}

    assert json.loads(printed) == {k: ours.get(k, 0) for k in json.loads(printed)}
    assert {k for k, v in ours.items() if v} <= set(json.loads(printed))
