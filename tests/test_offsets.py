"""Offsets travel through edits and back."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ocr_pipeline.document import Edit, Span
from ocr_pipeline.offsets import OffsetMap


def _edit(start: int, end: int, before: str, after: str) -> Edit:
    return Edit(page=1, line=1, span=Span(start, end), before=before, after=after, rule="test", confidence=1.0)


def test_a_longer_replacement_shifts_what_follows() -> None:
    """``S6 57`` becomes ``Số hiệu 57``: the number moves by five, the edges of the edit stay its edges."""
    offsets = OffsetMap([_edit(0, 2, "S6", "Số hiệu")])

    assert [0, 7, 8, 10] == [offsets.to_text(o, end=o > 0) for o in (0, 2, 3, 5)]
    assert [0, 2, 3, 5] == [offsets.to_raw(o, end=o > 0) for o in (0, 7, 8, 10)]


def test_inside_a_replacement_starts_go_left_and_ends_go_right() -> None:
    """An offset inside a changed piece has no counterpart but its edges."""
    offsets = OffsetMap([_edit(4, 8, "abcd", "xy")])

    assert (4, 6) == (offsets.to_text(6), offsets.to_text(6, end=True))


def test_what_follows_an_insertion_stays_after_it() -> None:
    """A word after an inserted one starts after the insertion, a word before it ends before."""
    offsets = OffsetMap([_edit(3, 3, "", "uỷ ")])

    assert (6, 3) == (offsets.to_text(3), offsets.to_text(3, end=True))


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(1, 5), st.text("ab", min_size=1, max_size=4)), max_size=6))
def test_offsets_outside_edits_go_there_and_back(pieces: list[tuple[int, int, str]]) -> None:
    """Where nothing was replaced, raw to text to raw is the identity."""
    edits, at = [], 0
    for gap, length, after in pieces:
        edits.append(_edit(at + gap, at + gap + length, "x" * length, after))
        at += gap + length
    offsets = OffsetMap(edits)
    inside = {o for e in edits for o in range(e.span.start, e.span.end + 1)}

    for offset in set(range(at + 5)) - inside:
        assert offset == offsets.to_raw(offsets.to_text(offset))
