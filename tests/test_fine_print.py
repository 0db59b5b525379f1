"""Small print at a higher resolution: the same place, more of it, and nothing that the sheet has erased."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from ocr_pipeline.document import Box
from ocr_pipeline.fine_print import FINE_DPI, finer
from ocr_pipeline.imaging import READING_DPI, Sheet, prepare

Pixels = npt.NDArray[np.uint8]
RATIO = FINE_DPI / READING_DPI
TEXT = "Quyet dinh ban hanh quy che cong tac"
PART = Box(290, 660, 931, 980)


def _page(degrees: float = 0.0) -> Pixels:
    """A page at 300 dpi with lines of text, turned about its middle."""
    page = np.full((3508, 2480), 255, np.uint8)
    for i in range(20):
        cv2.putText(page, TEXT, (300, 400 + 120 * i), cv2.FONT_HERSHEY_COMPLEX, 1.7, 20, 4, cv2.LINE_AA)
    turn = cv2.getRotationMatrix2D((1240, 1754), degrees, 1.0)
    return cv2.warpAffine(page, turn, (2480, 3508), flags=cv2.INTER_CUBIC, borderValue=255).astype(np.uint8)


def _likeness(sheet: Sheet, fine: Pixels) -> float:
    """How alike a part of the sheet is to the fine one, made as small: 1.0 for equal images."""
    part = sheet.grey[PART.y0 : PART.y1, PART.x0 : PART.x1].astype(np.float64)
    small = cv2.resize(fine, part.shape[::-1], interpolation=cv2.INTER_AREA).astype(np.float64)
    return float(np.corrcoef(part.ravel(), small.ravel())[0, 1])


@pytest.mark.parametrize("degrees", [0.0, 2.0, -3.0])
@pytest.mark.parametrize("coloured", [False, True])
def test_it_is_the_same_place(degrees: float, coloured: bool) -> None:
    """Of straight pages and of skewed ones, grey or in colours."""
    page = _page(degrees)
    image = cv2.cvtColor(page, cv2.COLOR_GRAY2BGR).astype(np.uint8) if coloured else page
    sheet = prepare(image, 300)

    fine = finer(sheet, PART, image)

    assert fine is not None
    assert fine.shape == (round((PART.y1 - PART.y0) * RATIO), round((PART.x1 - PART.x0) * RATIO))
    assert _likeness(sheet, fine) > 0.95
    assert np.median(fine) == 255


def test_what_was_erased_stays_erased() -> None:
    """A rule under a line, which the sheet has no more."""
    page = _page()
    page[1500:1506, 620:1800] = 0
    sheet = prepare(page, 300)
    y = round((1503 / 2 - PART.y0) * RATIO)

    fine = finer(sheet, PART, page)

    assert fine is not None
    assert np.median(fine[y, 60:700]) == 255


def test_a_page_with_no_more_to_show_is_not_enlarged() -> None:
    """At the resolution that it is read at, and a negative, of which the sheet is the opposite."""
    small = cv2.resize(_page(), None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA).astype(np.uint8)
    negative = (255 - _page()).astype(np.uint8)

    assert finer(prepare(small, 150), PART, small) is None
    assert finer(prepare(negative, 300), PART, negative) is None


def test_a_part_may_reach_beyond_a_page_that_was_turned() -> None:
    """What was never scanned is paper."""
    page = _page(3.0)
    sheet = prepare(page, 300)
    corner = Box(0, 0, 120, 120)

    fine = finer(sheet, corner, page)

    assert fine is not None
    assert (fine > 200).all()
