"""Strokes of Roman numerals are counted on the page."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageDraw, ImageFont

from ocr_pipeline.document import Box, PlacedWord
from ocr_pipeline.roman_numerals import with_strokes
from ocr_pipeline.training.typesetting import font_path

Pixels = npt.NDArray[np.uint8]


def _printed(text: str) -> tuple[Pixels, Box]:
    """A word as print of 14 points at 150 dpi, and where it stands."""
    font = ImageFont.truetype(font_path(), 29)
    image = Image.new("L", (180, 60), 255)
    ImageDraw.Draw(image).text((14, 12), text, font=font, fill=0)
    grey = np.asarray(image)
    y, x = np.nonzero(grey < 128)
    return grey, Box(int(x.min()), int(y.min()), int(x.max()) + 1, int(y.max()) + 1)


def _read(printed: str, read: str) -> str:
    grey, box = _printed(printed)
    (word,) = with_strokes([PlacedWord(read, box, 0.9)], grey)
    assert word.box == box
    return word.text


@pytest.mark.parametrize(
    ("printed", "read"), [("XIII", "XII"), ("XII;", "XI;"), ("XVIII.", "XVII."), ("II.", "I."), ("VIII", "VI"), ("III", "II")]
)
def test_a_lost_stroke_is_found(printed: str, read: str) -> None:
    """As many as stand there, points and commas being none."""
    assert printed == _read(printed, read)


@pytest.mark.parametrize("text", ["XII", "XI;", "I.", "III.", "IV", "XX,", "V.", "X", "XVII", "VI:", "XIX"])
def test_a_numeral_read_right_stays(text: str) -> None:
    """Whatever stands beside the strokes."""
    assert text == _read(text, text)


@pytest.mark.parametrize(("printed", "read"), [("XII", "XIII"), ("HH", "I"), ("IIII", "II"), ("Ill", "Il"), ("XIV", "XIII")])
def test_other_doubts_stay(printed: str, read: str) -> None:
    """A stroke too many may be print that faded; more than three are no numeral; other words are not counted."""
    assert read == _read(printed, read)


def test_a_box_without_ink_is_endured() -> None:
    """Empty ones, and those beyond the page."""
    page = np.full((40, 40), 255, np.uint8)
    words = [PlacedWord("XI", Box(0, 0, 10, 10), 0.9), PlacedWord("XI", Box(90, 90, 95, 95), 0.9)]
    assert tuple(words) == with_strokes(words, page)
