"""Letters of points: put right by their order, left alone where the order says nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_pipeline import restore
from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.restoration.edits import apply_edits
from ocr_pipeline.restoration.points import point_edits

DICTIONARIES = Dictionaries.load()


def _points(read: str, *, marked: bool = True) -> str:
    """The points, read as these signs, after the edits."""
    lines = [f"{sign}) Nội dung thứ {n}" for n, sign in enumerate(read.split(" "))]
    edits = list(point_edits(lines, DICTIONARIES, marked=marked))
    told = [apply_edits(line, [e for e in edits if e.line == n]) for n, line in enumerate(lines, 1)]
    return " ".join(line.split(")")[0] for line in told)


@pytest.mark.parametrize(
    ("read", "printed"),
    [
        ("a b ©", "a b c"),
        ("a b e d đ e", "a b c d đ e"),
        ("a b c đ đ e", "a b c d đ e"),
        ("a b c 4 4 e", "a b c d đ e"),
        ("c d da e", "c d đ e"),
        ("b ce d", "b c d"),
        ("d đ e 8 h ¡ k", "d đ e g h i k"),
        ("đ e ø", "đ e g"),
        ("a b 6 a b", "a b c a b"),
        ("© d", "c d"),
        ("¢", "c"),
    ],
)
def test_what_the_order_tells_is_put_right(read: str, printed: str) -> None:
    """Signs and digits between letters of points, and letters that both neighbours contradict."""
    assert printed == _points(read)


def test_the_last_point_behind_c_is_d_in_what_was_recognised() -> None:
    """Recognisers bar many a d before a bracket; a writer who quotes points c and đ alone does so in a text of his own."""
    lines = ["b) Hai", "c) Ba", "đ) Bốn", "2. Sở Tài chính"]
    assert [("đ", "d")] == [(e.before, e.after) for e in point_edits(lines, DICTIONARIES, of_ink=[True] * 4)]
    assert [] == list(point_edits(lines, DICTIONARIES))
    assert [] == list(point_edits([*lines[:3], "e) Năm"], DICTIONARIES, of_ink=[True] * 4))


def test_the_second_of_two_d_is_barred_where_no_letter_has_marks() -> None:
    """An English model knows no đ; a Vietnamese one reads it, so that two d are a quotation."""
    assert _points("c d d", marked=False) == "c d đ"
    assert _points("c d d") == "c d d"


@pytest.mark.parametrize(
    "read",
    [
        "1 2 3 4 5", "1 a b c 2 a b 3 4", "3 a b c 4 a", "a b e", "e g", "a b c đ e g", "b b", "6 7 8", "I a", "A B C", "8 b c",
        "4", "a b c", "c g", "f j w z", "* a b", "đ a b", "d a c", "d c e", "10 11 12", "ab cd",
    ],
)  # fmt: skip
def test_what_it_does_not_tell_stays(read: str) -> None:
    """Numbered points between and beside letters, points that were left out, capitals, quotations."""
    assert read == _points(read)


@given(st.lists(st.sampled_from("aăbcdđeghik©€¢468@ø¡|1&"), max_size=12))
def test_only_the_sign_changes_and_only_once(read: list[str]) -> None:
    """Whatever is read, lines stay lines, and what was put right is not changed again."""
    lines = [f"{sign}) Nội dung" for sign in read]
    edits = list(point_edits(lines, DICTIONARIES))
    assert all(e.span == (0, len(e.before)) and lines[e.line - 1].startswith(e.before) for e in edits)
    assert len({e.line for e in edits}) == len(edits)


def test_restoration_puts_points_right() -> None:
    """Beside the words of the line, which are restored as ever."""
    raw = "a) Sé Tai chinh\nb) S6 N6i vu\n¢) Van phong Uy ban nhan dan tinh\nd) Cong an tinh\nd) Cac don vi"
    points = [line[:2] for line in restore(raw).split("\n")]
    assert points == ["a)", "b)", "c)", "d)", "đ)"]
