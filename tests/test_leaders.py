"""Dotted leaders and rows of dashes: found in the ink, as long as printed, in place of what was read into them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from ocr_pipeline.document import Box, PlacedWord
from ocr_pipeline.layout import dashes_of, leaders_of, with_dashes, with_leaders

SIZE = 14.0


def _dots(count: int, pitch: float, x: int = 300, y: int = 100) -> npt.NDArray[np.int32]:
    left = (x + pitch * np.arange(count)).round().astype(np.int32)
    return np.stack([left, np.full(count, y - 4), left + 4, np.full(count, y)], axis=1)


def _word(text: str, x0: int, x1: int, y: int = 100) -> PlacedWord:
    return PlacedWord(text, Box(x0, y - 14, x1, y + 2), 0.9)


@pytest.mark.parametrize(
    ("count", "pitch", "text"),
    [(43, 10.0, "…" * 14 + "."), (30, 10.0, "…" * 10), (20, 7.5, "." * 20)],
    ids=["signs of three dots and one more", "signs of three dots", "full stops"],
)
def test_a_leader_is_as_long_as_it_is_printed(count: int, pitch: float, text: str) -> None:
    """By the distance of its dots: a sign of three dots is wider than three full stops."""
    (leader,) = leaders_of(_dots(count, pitch), SIZE)

    assert text == leader.text
    assert (300, 96) == leader.box[:2]


def test_two_leaders_of_a_line_and_one_that_sinks() -> None:
    """Each by itself, along a line that is not quite level."""
    sinking = _dots(40, 10.0, x=200, y=300)
    sinking[:, 1::2] += (np.arange(40) // 5)[:, None]
    boxes = np.concatenate([_dots(15, 10.0, x=100), _dots(15, 10.0, x=600), sinking])

    assert [15, 15, 40] == sorted(leader.dots for leader in leaders_of(boxes, SIZE))


@pytest.mark.parametrize(
    "boxes",
    [
        _dots(8, 10.0),
        _dots(40, 4.0),
        _dots(20, 30.0),
        np.concatenate([_dots(5, 10.0), _dots(6, 10.0, x=370)]) + np.array([[0, k % 3 * 6, 0, k % 3 * 6] for k in range(11)]),
        np.array([[x, 90, x + 8, 104] for x in range(100, 600, 10)]),
        np.zeros((0, 4), np.int32),
    ],
    ids=["few", "halftone", "far apart", "not on a line", "letters", "no ink"],
)
def test_other_dots_are_no_leader(boxes: npt.NDArray[np.int32]) -> None:
    """Points of i, ends of sentences, a grey ground."""
    assert [] == leaders_of(boxes, SIZE)


def test_what_was_read_into_a_leader_goes() -> None:
    """Words beside it stay; of one that runs into it, the letters before the dots."""
    leaders = leaders_of(np.concatenate([_dots(30, 10.0), _dots(30, 10.0, y=400)]), SIZE)
    words = (_word("Kính", 200, 240), _word("gửi:....", 250, 420), _word("ccniiie", 430, 590), _word("(b/c)", 620, 680))

    assert ["Kính", "gửi:", "…" * 10, "(b/c)"] == [w.text for w in with_leaders(words, leaders)]
    assert words[:1] == with_leaders(words[:1], leaders)
    assert () == with_leaders((), leaders)


def _dashes(count: int, x: int = 600, y: int = 400, width: int = 7) -> npt.NDArray[np.int32]:
    left = x + 9 * np.arange(count, dtype=np.int32)
    return np.stack([left, np.full(count, y), left + width, np.full(count, y + 2)], axis=1).astype(np.int32)


LETTERS = np.array([[x, y - 14, x + 10, y] for y in (370, 450) for x in range(300, 900, 14)], np.int32)


def test_a_row_of_dashes_stands_between_its_lines() -> None:
    """Below the subject of a Party document, as many as are printed."""
    (row,) = dashes_of(np.concatenate([LETTERS, _dashes(5)]), SIZE)
    above, below = (_word("Sơn", 500, 560, 370),), (_word("Ngày", 500, 560, 450),)

    assert ("-----", Box(600, 400, 643, 402)) == (row.text, row.box)
    assert (above, (row,), below) == with_dashes([above, below], [row])
    assert (above, below, (row._replace(box=row.box.moved(0, 100)),)) == with_dashes(
        [above, below], [row._replace(box=row.box.moved(0, 100))]
    )


@pytest.mark.parametrize(
    "boxes",
    [
        _dashes(2),
        _dashes(20),
        np.concatenate([_dashes(2), _dashes(2, x=620, width=14)]),
        np.concatenate([_dashes(5), [[650, 392, 660, 406]]]),
        np.concatenate([_dashes(5), [[610, 394, 620, 404]]]),
        np.zeros((0, 4), np.int32),
    ],
    ids=["two", "a rule of a form", "uneven", "before a word", "over a word", "no ink"],
)
def test_other_strokes_are_no_row_of_dashes(boxes: npt.NDArray[np.int32]) -> None:
    """Hyphens in text, broken rules."""
    assert [] == dashes_of(np.asarray(boxes, np.int32), SIZE)
