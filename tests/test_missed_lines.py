"""Lines that nobody found: where they are, how they are shown, and what is taken of them."""

from __future__ import annotations

import numpy as np
import pytest

from ocr_pipeline.document import Box, PlacedWord
from ocr_pipeline.layout import Region, Role
from ocr_pipeline.missed_lines import is_print, missed_in, shown, with_missed

SIZE = 14.0
NOTHING = np.zeros((0, 4), np.int32)


def _line(y: int, letters: int, x: int = 100) -> list[tuple[int, int, int, int]]:
    return [(x + 14 * k, y, x + 14 * k + 10, y + 14) for k in range(letters)]


def _word(x0: int, y0: int, x1: int, text: str = "chữ", confidence: float = 0.95) -> PlacedWord:
    return PlacedWord(text, Box(x0, y0 - 2, x1, y0 + 16), confidence)


@pytest.mark.parametrize(
    ("role", "found"), [("foot-left", [Box(100, 200, 236, 214)]), ("foot-right", []), ("table", []), ("frame", [])]
)
def test_ink_that_no_line_covers_is_a_line(role: Role, found: list[Box]) -> None:
    """Where a signature, a table or a stamp stands, nothing is looked for."""
    boxes = np.array([*_line(100, 20), *_line(200, 10), *_line(300, 20)], np.int32)
    lines = [(_word(100, 100, 376),), (_word(100, 300, 376),)]
    assert missed_in(Region(Box(90, 90, 400, 330), role, NOTHING), lines, boxes, SIZE) == found


def test_specks_and_what_belongs_to_others_are_no_line() -> None:
    """Small pieces, one letter alone, a picture, and the ink of another region."""
    boxes = [*_line(100, 20), (200, 200, 204, 204), (200, 240, 212, 254), (100, 260, 300, 330), *_line(360, 10)]
    region = Region(Box(90, 90, 400, 390), "body", np.array(_line(360, 10), np.int32))
    assert missed_in(region, [(_word(100, 100, 376),)], np.array(boxes, np.int32), SIZE) == []


def test_the_rule_beneath_is_not_shown() -> None:
    """A stroke below the middle goes, pale or dark; letters stay."""
    grey = np.full((60, 200), 255, np.uint8)
    grey[20:34, 30:40] = grey[20:34, 60:70] = 0
    grey[38:40, 20:180] = 180
    cut = shown(grey, Box(20, 20, 180, 40))
    assert cut[30:].min() == 255
    assert (cut[6:20] == 0).sum() == 2 * 14 * 10


@pytest.mark.parametrize(
    ("words", "taken"),
    [
        ([("Nơi", 0.9), ("gửi:", 0.8)], True),
        ([("Kính", 0.9)], True),
        ([("sử", 0.9), ("x1#@!z", 0.9)], False),
        ([("Nơi", 0.3), ("gửi:", 0.4)], False),
        ([("/", 0.9)], False),
        ([], False),
    ],
)
def test_only_words_are_taken(words: list[tuple[str, float]], taken: bool) -> None:
    """What was read surely, most of it in syllables."""
    assert is_print(tuple(_word(0, 0, 10, text, sure) for text, sure in words)) is taken


def test_a_missed_line_stands_where_it_is_printed() -> None:
    """Below the line above it, or within the line that has a hole there."""
    first, last = (_word(100, 100, 200, "trên"),), (_word(100, 200, 200, "dưới"), _word(400, 200, 500, "phải"))
    assert with_missed([first, last], (_word(100, 150, 200, "giữa"),)) == [first, (_word(100, 150, 200, "giữa"),), last]
    (_, joined) = with_missed([first, last], (_word(250, 202, 350, "trong"),))
    assert [w.text for w in joined] == ["dưới", "trong", "phải"]
