"""What is done to a page before it is read: seals, skew, borders, rules and dust go, print stays."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from ocr_pipeline.document import Box
from ocr_pipeline.imaging import READING_DPI, Sheet, prepare, turned_upright

Pixels = npt.NDArray[np.uint8]
HEIGHT, WIDTH = 1754, 1240
TEXT = "Quyet dinh ban hanh quy che cong tac"


def _page(lines: int = 12, paper: int = 255, ink: int = 20) -> Pixels:
    """A grey page at 150 dpi with lines of text as high as print."""
    page = np.full((HEIGHT, WIDTH), paper, np.uint8)
    for i in range(lines):
        cv2.putText(page, TEXT, (150, 200 + 60 * i), cv2.FONT_HERSHEY_COMPLEX, 0.85, ink, 2, cv2.LINE_AA)
    return page


def _coloured(page: Pixels) -> Pixels:
    return cv2.cvtColor(page, cv2.COLOR_GRAY2BGR).astype(np.uint8)


def _ink(sheet: Sheet, box: Box) -> int:
    return int((sheet.grey[box.y0 : box.y1, box.x0 : box.x1] < 128).sum())


def test_a_fine_scan_is_reduced_and_a_coarse_one_left_alone() -> None:
    """150 dpi reads best; nothing is ever enlarged."""
    fine = prepare(cv2.resize(_page(), None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC).astype(np.uint8), 300)
    coarse = prepare(_page(), 100)

    assert (READING_DPI, 2.0, (HEIGHT, WIDTH)) == (fine.dpi, fine.scale, fine.grey.shape)
    assert (100, 1.0, ()) == (coarse.dpi, coarse.scale, coarse.steps)


def test_paper_becomes_white_and_print_stays_dark() -> None:
    """Yellowed paper with a shadow down one side."""
    shadow = np.linspace(120, 220, WIDTH)[None, :]
    page = (_page() / 255 * shadow).astype(np.uint8)

    sheet = prepare(page, 150)

    assert 255 == np.median(sheet.grey[:, :300]) == np.median(sheet.grey[:, -300:])
    assert sheet.grey.min() < 60


@pytest.mark.parametrize("colour", [(40, 30, 210), (190, 60, 30), (90, 40, 130)], ids=["red", "blue", "violet"])
def test_coloured_ink_goes_and_the_letters_beneath_stay(colour: tuple[int, int, int]) -> None:
    """A seal over two lines: its ring is gone, the lines keep their ink."""
    clean = prepare(_coloured(_page()), 150)
    page = _coloured(_page())
    cv2.circle(page, (400, 350), 100, colour, 8, cv2.LINE_AA)
    black = _page() < 100
    page[black] = _coloured(_page())[black]

    sheet = prepare(page, 150)

    empty = Box(300, 395, 500, 415)
    line = Box(150, 300, 900, 330)
    assert 0 == _ink(sheet, empty)
    assert _ink(sheet, line) > 0.9 * _ink(clean, line)
    (seal,) = sheet.seals
    assert seal.x0 == pytest.approx(296, abs=12)
    assert seal.y1 == pytest.approx(454, abs=12)


def test_print_whose_colours_lie_beside_each_other_is_no_coloured_ink() -> None:
    """A sheet that slipped in the scanner: black strokes with a red edge and a blue one keep their ink."""
    page = _coloured(_page())
    page[:, :, 0], page[:, :, 2] = np.roll(page[:, :, 0], 2, axis=0), np.roll(page[:, :, 2], -2, axis=0)

    sheet = prepare(page, 150)

    line = Box(150, 300, 900, 330)
    assert ("colours lie beside each other, coloured ink left",) == sheet.steps
    assert _ink(sheet, line) > 0.9 * _ink(prepare(_coloured(_page()), 150), line)


@pytest.mark.parametrize("degrees", [-6.4, -2.5, -0.8, 0.6, 1.7, 7.5])
def test_skew_is_turned_back_and_boxes_find_their_place(degrees: float) -> None:
    """The skew is measured to a fifth of a degree; a box of the sheet lies on the same ink of the page."""
    turn = cv2.getRotationMatrix2D((WIDTH / 2, HEIGHT / 2), -degrees, 1.0)
    page = cv2.warpAffine(_page(), turn, (WIDTH, HEIGHT), borderValue=255, flags=cv2.INTER_CUBIC).astype(np.uint8)

    sheet = prepare(page, 150)
    x0, y0, x1, y1 = sheet.boxes[len(sheet.boxes) // 2].tolist()
    place = sheet.on_page(Box(x0, y0, x1, y1))

    assert degrees == pytest.approx(sheet.skew, abs=0.2)
    on_sheet = int((sheet.grey[y0:y1, x0:x1] < 128).sum())
    on_page = int((page[place.y0 - 1 : place.y1 + 1, place.x0 - 1 : place.x1 + 1] < 128).sum())
    assert on_page == pytest.approx(on_sheet, rel=0.3)


@pytest.mark.parametrize("strength", [0.4, 0.5])
def test_print_of_the_other_side_goes(strength: float) -> None:
    """What shines through becomes paper, the print of this side stays; a page without it is not told of."""
    behind = cv2.GaussianBlur(cv2.erode(_page(), np.ones((3, 3))), (0, 0), 1.0)[:, ::-1]
    behind = np.roll(behind, (30, -40), axis=(0, 1))
    page = np.minimum(_page(), 255 - strength * (255.0 - behind)).astype(np.uint8)

    sheet, plain = prepare(page, 150), prepare(_page(), 150)

    assert "print of the other side removed" in sheet.steps
    assert () == plain.steps
    assert len(sheet.boxes) == pytest.approx(len(plain.boxes), rel=0.1)
    assert _ink(sheet, Box(150, 300, 900, 330)) > 0.85 * _ink(plain, Box(150, 300, 900, 330))


def test_a_straight_page_is_not_turned() -> None:
    """Turning costs sharpness: below a third of a degree it is left."""
    assert 0.0 == prepare(_page(), 150).skew


def test_a_negative_becomes_positive_and_a_dark_page_is_none() -> None:
    """White print on black, as microfilm has it; badly lit paper stays paper."""
    plain = prepare(_page(), 150)
    for page in (255 - _page(), _coloured(np.clip(235 - _page().astype(int), 0, 255).astype(np.uint8))):
        sheet = prepare(page, 150)
        assert ("negative turned into positive",) == sheet.steps
        assert len(plain.boxes) == pytest.approx(len(sheet.boxes), rel=0.05)
    assert () == prepare((_page() * 0.4).astype(np.uint8), 150).steps


def test_the_table_beneath_a_photographed_page_is_no_paper() -> None:
    """Dark and rough around the sheet: nothing of it is taken for ink, the print stays."""
    table = np.random.default_rng(0).normal(40, 12, (HEIGHT + 500, WIDTH + 400)).clip(0, 255).astype(np.uint8)
    table[250 : 250 + HEIGHT, 200 : 200 + WIDTH] = _page()

    sheet, plain = prepare(table, 150), prepare(_page(), 150)

    assert len(plain.boxes) == pytest.approx(len(sheet.boxes), rel=0.05)
    assert 255 == sheet.grey[:200].min()


def test_borders_and_rules_go() -> None:
    """Black edges of the scan, the lines of a table, the line under a heading."""
    page = _page()
    page[:, :14] = 0
    page[1740:] = 0
    cv2.line(page, (150, 900), (900, 900), 0, 2)
    cv2.line(page, (600, 880), (600, 1400), 0, 2)

    sheet = prepare(page, 150)

    for box in (Box(0, 0, 20, HEIGHT), Box(0, 1735, WIDTH, HEIGHT), Box(160, 890, 890, 910), Box(590, 950, 610, 1390)):
        assert 0 == _ink(sheet, box)
    assert _ink(sheet, Box(150, 150, 1000, 880)) > 5000


def test_dust_goes_and_dots_that_belong_to_letters_stay() -> None:
    """A speck far from print is dust; full stops, marks and rows of dots are not."""
    page = _page(lines=1)
    end = int(np.flatnonzero((page < 128).any(axis=0))[-1]) + 8
    cv2.circle(page, (900, 1200), 2, 0, -1)
    cv2.circle(page, (end, 199), 2, 0, -1)
    for x in range(200, 700, 12):
        cv2.circle(page, (x, 600), 2, 0, -1)

    sheet = prepare(page, 150)

    assert 0 == _ink(sheet, Box(880, 1180, 920, 1220))
    assert _ink(sheet, Box(end - 3, 194, end + 4, 204)) > 0
    assert _ink(sheet, Box(200, 590, 700, 610)) > 100


def test_the_smallest_marks_of_letters_stay() -> None:
    """A pixel below a letter or behind a word are its dot, or a point; farther away, or beneath handwriting, they are none."""
    page = _page()
    marks = [Box(164, 203, 165, 204), Box(164, 263, 165, 264)]
    dust = Box(152, 880, 153, 881)
    for box in (*marks, dust):
        page[box.y0 : box.y1, box.x0 : box.x1] = 20
    cv2.line(page, (1000, 190), (1010, 240), 20, 3)
    page[246, 1005] = 20

    sheet = prepare(page, 150)

    assert all(_ink(sheet, box) for box in marks)
    assert 0 == _ink(sheet, dust) == _ink(sheet, Box(1005, 246, 1006, 247))


def test_a_signature_goes_but_not_from_the_line_it_runs_through() -> None:
    """Print that a stroke touches is one piece of ink with it: along the line it stays."""
    page = _page(lines=2)
    stroke = np.array([[300, 250], [420, 420], [560, 300], [700, 520], [900, 380]], np.int32)
    cv2.polylines(page, [stroke], isClosed=False, color=0, thickness=3)
    clean = prepare(_page(lines=2), 150)

    sheet = prepare(page, 150)

    assert _ink(sheet, Box(150, 235, 900, 268)) > 0.9 * _ink(clean, Box(150, 235, 900, 268))
    assert _ink(sheet, Box(300, 330, 900, 520)) < 60


def test_blank_pages_are_told() -> None:
    """White paper, paper with dust, paper with nothing but a seal."""
    dusty = np.full((HEIGHT, WIDTH), 250, np.uint8)
    rng = np.random.default_rng(7)
    for x, y in rng.integers(50, 1200, (40, 2)).tolist():
        cv2.circle(dusty, (x, y), 1, 90, -1)
    sealed = _coloured(np.full((HEIGHT, WIDTH), 255, np.uint8))
    cv2.circle(sealed, (600, 700), 110, (120, 110, 235), 6, cv2.LINE_AA)

    assert prepare(np.full((HEIGHT, WIDTH), 245, np.uint8), 150).blank
    assert prepare(dusty, 150).blank
    assert prepare(sealed, 150).blank
    assert not prepare(_page(lines=1), 150).blank


def test_quarter_turns_are_clockwise() -> None:
    """The top left corner goes to the top right."""
    page = np.full((10, 20), 255, np.uint8)
    page[0, 0] = 0

    assert 0 == turned_upright(page, 1)[0, -1]
    assert (20, 10) == turned_upright(page, 1).shape


@pytest.mark.parametrize("shape", [(1, 1), (3, 500), (2000, 2), (40, 40, 3)])
def test_any_size_is_endured(shape: tuple[int, ...]) -> None:
    """Slivers and dots are blank pages, not errors."""
    assert prepare(np.full(shape, 200, np.uint8), 150).blank


@pytest.mark.parametrize("shape", [(1, 2000), (2000, 1), (1, 1), (3, 5000)])
def test_strips_of_a_pixel_are_pages_too(shape: tuple[int, int]) -> None:
    """What a damaged file decodes to may be any size: it is read as a blank page, not an error."""
    assert prepare(np.full(shape, 255, np.uint8), 600).blank
