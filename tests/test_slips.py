"""Slips: each pattern by its own examples and rejects, and all of them in one text."""

from __future__ import annotations

import itertools
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_pipeline import restore
from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.restoration import restore_lines
from ocr_pipeline.restoration.edits import apply_edits
from ocr_pipeline.restoration.slips import TABLE, slip_edits

DICTIONARIES = Dictionaries.load()
ROWS = DICTIONARIES.toml(TABLE)["slips"]


def _put_right(text: str, *, of_ink: bool = True) -> str:
    lines = text.split("\n")
    edits = list(slip_edits(lines, DICTIONARIES, [of_ink] * len(lines)))
    return "\n".join(apply_edits(line, [e for e in edits if e.line == n]) for n, line in enumerate(lines, 1))


@pytest.mark.parametrize(("raw", "printed"), [pair for row in ROWS for pair in row["examples"]])
def test_slips_are_put_right(raw: str, printed: str) -> None:
    """And what was put right is not changed again."""
    assert printed == _put_right(raw)
    assert printed == _put_right(printed)


@pytest.mark.parametrize("text", [text for row in ROWS for text in row["rejects"]])
def test_what_looks_like_a_slip_stays(text: str) -> None:
    """By each pattern's counter-examples."""
    assert text == _put_right(text)


@pytest.mark.parametrize("raw", [raw for row in ROWS if row.get("of_ink") for raw, _ in row["examples"]])
def test_slips_of_ink_are_none_in_text(raw: str) -> None:
    """What was not recognised from an image is as its writer wrote it."""
    assert raw == _put_right(raw, of_ink=False)


@pytest.mark.parametrize("unit", ["- Các sở, ban,\n", "Nơi nhận:\n- Như trên,\n", "ngày 1/2 ", "II, I. ", "VỚI với "])
def test_time_grows_with_the_text(unit: str) -> None:
    """Twice the text takes about twice the time."""

    def seconds(size: int) -> float:
        lines = (unit * (size // len(unit))).split("\n")
        times = []
        for _ in range(3):
            start = time.process_time()
            list(slip_edits(lines, DICTIONARIES, [True] * len(lines)))
            times.append(time.process_time() - start)
        return min(times)

    assert seconds(32_000) < 3.2 * seconds(16_000) + 0.05


def test_every_slip_has_both_kinds_of_examples() -> None:
    """So that no pattern goes untested."""
    assert all(row["examples"] and row["rejects"] and row["name"] for row in ROWS)
    assert len({row["name"] for row in ROWS}) == len(ROWS)


@given(st.text(alphabet="0123456789/⁄ ngày\nI.HlN,-:", max_size=60))
def test_edits_stay_within_their_line(text: str) -> None:
    """Whatever stands there: each edit changes what it says it changes, and none overlaps another."""
    lines = text.split("\n")
    edits = list(slip_edits(lines, DICTIONARIES))
    for edit in edits:
        assert edit.before == lines[edit.line - 1][slice(*edit.span)] != ""
        assert edit.before != edit.after
    for one, other in itertools.pairwise(edits):
        assert one.line < other.line or one.span.end <= other.span.start


def test_restoration_puts_slips_right_beside_words() -> None:
    """A slip takes the place of what the words would make of it; numbers of documents stay theirs."""
    raw = "HI. TÔ CHỨC THỰC HIỆN\nCăn cứ Quyết định số 204-QĐ/TW ngày 29/11⁄2024của Ban Bí thư,\nCăn cứ Điều lệ Đảng"
    told = "III. TỔ CHỨC THỰC HIỆN\nCăn cứ Quyết định số 204-QĐ/TW ngày 29/11/2024 của Ban Bí thư;\nCăn cứ Điều lệ Đảng"

    assert told == restore(raw)


def test_capitals_among_small_letters_are_small_whatever_else_is_restored() -> None:
    """The word is restored as ever, and written small."""
    doubts = [[(0, 5, 0.9), (6, 9, 0.9)]]
    (line,) = restore_lines(["phối hợp chặt chẽ VƠI LĐLĐ cấp huyện"], doubts=doubts)

    assert line.text == "phối hợp chặt chẽ với LĐLĐ cấp huyện"
    assert apply_edits("phối hợp chặt chẽ VƠI LĐLĐ cấp huyện", line.edits) == line.text
