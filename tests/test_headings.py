"""Roman numbers of headings: put right by their order, left alone where the order says nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.restoration.edits import apply_edits
from ocr_pipeline.restoration.headings import heading_edits

DICTIONARIES = Dictionaries.load()
ROMAN = ["I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X"]


def _restored(lines: list[str], *, of_ink: bool = False) -> list[str]:
    edits = list(heading_edits(lines, DICTIONARIES, of_ink=[of_ink] * len(lines)))
    return [apply_edits(line, [e for e in edits if e.line == n]) for n, line in enumerate(lines, 1)]


@pytest.mark.parametrize(
    ("read", "printed"),
    [
        ("I II HI 1V V", "I II III IV V"),
        ("1 II III", "I II III"),
        ("L H HI", "I II III"),
        ("I I III IV", "I II III IV"),
        ("I II II IV", "I II III IV"),
        ("I II II", "I II III"),
        ("I II III I II", "I II III I II"),
        ("1 2 3", "1 2 3"),
        ("1", "1"),
        ("A B C", "A B C"),
        ("I I", "I I"),
        ("III IV", "III IV"),
        ("I HI", "I III"),
        ("VHI", "VIII"),
        ("V VI V1I VHI IX", "V VI VII VIII IX"),
    ],
)
def test_the_place_tells_the_number(read: str, printed: str) -> None:
    """A look-alike is read as the number of its place; a number of its own needs the next one as a witness."""
    lines = [f"{number}. TỔ CHỨC THỰC HIỆN" for number in read.split(" ")]
    assert [line.split(".")[0] for line in _restored(lines)] == printed.split(" ")


@pytest.mark.parametrize(
    ("line", "printed"),
    [
        ("I.MỤC ĐÍCH, YÊU CẦU", "I. MỤC ĐÍCH, YÊU CẦU"),
        ("I, MỤC ĐÍCH", "I. MỤC ĐÍCH"),
        ("I- MỤC ĐÍCH", "I- MỤC ĐÍCH"),
        ("I-MỤC ĐÍCH", "I- MỤC ĐÍCH"),
        ("I.Mục đích", "I.Mục đích"),
        ("P.CNTT", "P.CNTT"),
        ("1.MỤC ĐÍCH", "1.MỤC ĐÍCH"),
        ("KT. GIÁM ĐỐC SỞ", "KT. GIÁM ĐỐC SỞ"),
    ],
)
def test_a_heading_read_from_an_image_has_its_space(line: str, printed: str) -> None:
    """White behind the number that the recogniser lost is put in, in headings of capitals alone."""
    assert _restored([line], of_ink=True) == [printed]
    assert "MỤC" not in line or "," in line or _restored([line]) == [line]


@given(st.lists(st.integers(1, 10), min_size=1, max_size=6))
def test_rows_that_are_right_stay(lengths: list[int]) -> None:
    """Headings that begin anew, as in annexes, are left alone where every row has more than one."""
    lines = [f"{number}. NỘI DUNG CHÍNH" for length in lengths for number in ROMAN[: max(2, length)]]
    assert _restored(lines, of_ink=True) == lines
