"""Bent lines: measured on the letters, straightened on the page, left alone where they are straight or folded."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocr_pipeline.bent_lines import bend_of
from ocr_pipeline.document import Box
from ocr_pipeline.imaging import prepare

Pixels = npt.NDArray[np.uint8]
HEIGHT, WIDTH, SIZE = 1754, 1240, 14.0
TEXT = "Quyet dinh ban hanh quy che cong tac van thu"


def _boxes(down: npt.NDArray[np.float64], lines: int = 30, letters: int = 60, seed: int = 0) -> npt.NDArray[np.int32]:
    """Letters in lines, some with a tail below the line; ``down`` [lines, letters] is by how much each is moved."""
    rng = np.random.default_rng(seed)
    x = 120 + 16 * np.tile(np.arange(letters), (lines, 1)) + rng.integers(-1, 2, (lines, letters))
    y = 150 + 45 * np.tile(np.arange(lines)[:, None], (1, letters)) + down + rng.uniform(-0.2, 0.2, (lines, letters))
    tail = np.where(rng.random((lines, letters)) < 0.15, 5, 0)
    return np.stack([x, y - SIZE, x + 11, y + tail], axis=-1).reshape(-1, 4).round().astype(np.int32)


def _across(lines: int = 30, letters: int = 60) -> npt.NDArray[np.float64]:
    return np.tile(np.linspace(0, 1, letters), (lines, 1))


@settings(max_examples=20, deadline=None)
@given(st.floats(20, 70), st.sampled_from(["arch", "spine", "fan"]), st.integers(0, 99))
def test_a_smooth_bend_is_measured(pixels: float, kind: str, seed: int) -> None:
    """Curled, bound and photographed pages: the surface follows the letters to a fifth of their height."""
    across = _across()
    shapes = {
        "arch": np.sin(across * np.pi),
        "spine": np.exp(-5 * across),
        "fan": across * np.linspace(1, 0, len(across))[:, None],
    }
    down = pixels * shapes[kind]
    bend = bend_of(_boxes(down, seed=seed), SIZE, HEIGHT)

    assert bend
    x = np.tile(125.5 + 16 * np.arange(60.0), (30, 1))
    y = 150 + 45 * np.tile(np.arange(30.0)[:, None], (1, 60)) + down.mean(axis=1, keepdims=True)
    found = bend.at(x, y)
    apart = (found - found.mean(axis=1, keepdims=True)) - (down - down.mean(axis=1, keepdims=True))
    assert np.quantile(np.abs(apart), 0.9) < 0.2 * SIZE
    assert bend.extent() == pytest.approx(np.ptp(down, axis=1).max(), rel=0.25)


@pytest.mark.parametrize(
    "boxes",
    [
        _boxes(np.zeros((30, 60))),
        _boxes(4.0 * np.sin(_across() * np.pi)),
        _boxes(40.0 * np.sin(_across(2) * np.pi), lines=2),
        _boxes(40.0 * np.sin(_across(30, 6) * np.pi), letters=6),
        np.zeros((0, 4), np.int32),
    ],
    ids=["straight", "hardly bent", "two lines", "short lines", "no ink"],
)
def test_other_pages_are_left_alone(boxes: npt.NDArray[np.int32]) -> None:
    """Straightening costs sharpness, and few letters tell nothing."""
    assert bend_of(boxes, SIZE, HEIGHT) is None


def test_a_folded_page_is_no_bent_one() -> None:
    """Where the paper has an edge, a smooth surface would spoil what can still be read."""
    down = 8.0 * np.sin(_across() * np.pi * 8) + 60.0 * _across()
    assert bend_of(_boxes(down), SIZE, HEIGHT) is None


def _page(bend: float) -> Pixels:
    """A page at 150 dpi whose lines rise in the middle by so many pixels."""
    page = np.full((HEIGHT, WIDTH), 255, np.uint8)
    for i in range(24):
        cv2.putText(page, TEXT, (120, 200 + 55 * i), cv2.FONT_HERSHEY_COMPLEX, 0.85, 20, 2, cv2.LINE_AA)
    rows, columns = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
    rows += (bend * np.sin(columns / WIDTH * np.pi)).astype(np.float32)
    return cv2.remap(page, columns, rows, cv2.INTER_CUBIC, borderValue=255).astype(np.uint8)


def test_lines_become_straight_and_boxes_find_their_place() -> None:
    """Rows of ink and of white part again; a box of the sheet lies on the same ink of the page."""
    page = _page(40)
    sheet = prepare(page, 150)

    assert sheet.bend
    assert any("straightened" in step for step in sheet.steps)
    rows = (sheet.grey < 128).sum(axis=1)
    flat = (prepare(_page(0), 150).grey < 128).sum(axis=1)
    assert np.square(np.diff(rows)).sum() > 0.7 * np.square(np.diff(flat)).sum()
    for x0, y0, x1, y1 in sheet.boxes[:: len(sheet.boxes) // 9].tolist():
        place = sheet.on_page(Box(x0, y0, x1, y1))
        on_sheet = int((sheet.grey[y0:y1, x0:x1] < 128).sum())
        on_page = int((page[place.y0 - 1 : place.y1 + 1, place.x0 - 1 : place.x1 + 1] < 128).sum())
        assert on_page == pytest.approx(on_sheet, rel=0.35)


def test_a_straight_page_is_not_touched() -> None:
    """Nor told to be."""
    sheet = prepare(_page(0), 150)
    assert (None, ()) == (sheet.bend, sheet.steps)
