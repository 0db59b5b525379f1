"""Tables and frames told by their rules; what a recogniser is shown of them; in what order they are read."""

from __future__ import annotations

from itertools import accumulate

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_pipeline.document import Box, PlacedWord
from ocr_pipeline.imaging import Sheet, prepare
from ocr_pipeline.layout import Region, RegionLines, arranged, regions_of
from ocr_pipeline.tables import Frame, Ruled, Table, ruled
from ocr_pipeline.views import view_of

DPI, WIDTH, HEIGHT = 150, 1240, 1754
Pixels = npt.NDArray[np.uint8]
NOTHING = np.zeros((0, 4), np.int32)


def _ink(xs: list[int], ys: list[int], tilt: float = 0.0) -> Pixels:
    """Rules at these places, each as long as the others reach."""
    page = np.zeros((HEIGHT, WIDTH), np.uint8)
    for x in xs:
        cv2.line(page, (x, ys[0]), (x, ys[-1]), 255, 2)
    for y in ys:
        cv2.line(page, (xs[0], y), (xs[-1], y), 255, 2)
    turn = cv2.getRotationMatrix2D((sum(xs) / len(xs), sum(ys) / len(ys)), -tilt, 1.0)
    turned = cv2.warpAffine(page, turn, (WIDTH, HEIGHT))
    return cv2.threshold(turned, 100, 255, cv2.THRESH_BINARY)[1].astype(np.uint8)


@given(st.lists(st.integers(120, 250), min_size=2, max_size=4), st.lists(st.integers(30, 150), min_size=2, max_size=8), st.data())
def test_every_cell_is_found_in_its_row(widths: list[int], heights: list[int], data: st.DataObject) -> None:
    """A grid of rules is a table of as many rows and columns, its cells between the rules."""
    left, top = data.draw(st.integers(20, 150)), data.draw(st.integers(20, 300))
    xs, ys = list(accumulate(widths, initial=left)), list(accumulate(heights, initial=top))
    (table,) = ruled(_ink(xs, ys), DPI).tables
    assert [len(row) for row in table.rows] == [len(widths)] * len(heights)
    for row, above, below in zip(table.rows, ys, ys[1:], strict=False):
        for cell, before, after in zip(row, xs, xs[1:], strict=False):
            assert np.allclose(cell, (before, above, after, below), atol=7)


def test_a_cell_of_several_rows_stands_in_the_first() -> None:
    """Rules that stop short make cells of several rows or columns."""
    ink = _ink([100, 200, 600, 1100], [300, 400, 500, 600])
    ink[390:410, 110:190] = 0
    (table,) = ruled(ink, DPI).tables
    assert [len(row) for row in table.rows] == [3, 2, 3]


@pytest.mark.parametrize("tilt", [0.0, -4.0, 2.5, 8.0])
def test_a_frame_is_found_level_or_tilted(tilt: float) -> None:
    """Four closed lines as large as a stamp."""
    (frame,) = ruled(_ink([300, 520], [250, 310], tilt), DPI).frames
    assert frame.tilt == pytest.approx(tilt, abs=1.5)
    assert abs((frame.box.x0 + frame.box.x1) / 2 - 410) < 5


@pytest.mark.parametrize("what", ["underlined", "circle", "letters", "page", "open"])
def test_what_is_neither_table_nor_frame(what: str) -> None:
    """Rules below headings, seals, print, the edge of the page, and lines that close nothing."""
    page = np.zeros((HEIGHT, WIDTH), np.uint8)
    if what == "underlined":
        cv2.putText(page, "Doc lap - Tu do", (700, 150), cv2.FONT_HERSHEY_COMPLEX, 1.0, 255, 2)
        cv2.line(page, (720, 165), (960, 165), 255, 2)
    elif what == "circle":
        cv2.circle(page, (800, 1400), 110, 255, 3)
    elif what == "letters":
        for y in range(300, 900, 40):
            cv2.putText(page, "HILTEF HILTEF HILTEF", (150, y), cv2.FONT_HERSHEY_COMPLEX, 1.0, 255, 2)
    elif what == "page":
        cv2.rectangle(page, (10, 10), (WIDTH - 10, HEIGHT - 10), 255, 3)
    else:
        for y in (300, 400, 500):
            cv2.line(page, (100, y), (1100, y), 255, 2)
    assert ruled(page, DPI) == Ruled()


def _words(text: str, x: int, y: int) -> tuple[PlacedWord, ...]:
    return tuple(PlacedWord(w, Box(x + 60 * k, y, x + 60 * k + 50, y + 20), 0.95) for k, w in enumerate(text.split()))


def test_cells_are_read_one_after_the_other() -> None:
    """A row of cells with a line each is a line; where one has more, cell follows upon cell."""
    cells = [[Box(0, 0, 100, 50), Box(100, 0, 500, 50)], [Box(0, 50, 100, 150), Box(100, 50, 500, 150)]]
    region = Region(Box(0, 0, 500, 150), "table", NOTHING, tuple(map(tuple, cells)))
    lines = (
        _words("TT", 10, 10), _words("Nội dung", 110, 10),
        _words("1", 10, 60), _words("Rà soát, sửa", 110, 60), _words("đổi Quy chế", 110, 90),
    )  # fmt: skip
    assert [line.text for line in arranged([RegionLines(region, lines)])] == ["TT Nội dung", "1", "Rà soát, sửa", "đổi Quy chế"]


def test_stamps_are_no_text_and_other_frames_are() -> None:
    """What a frame says decides; a frame that is no stamp stands where it is printed."""

    def of(role: str, box: Box, *lines: tuple[PlacedWord, ...]) -> RegionLines:
        return RegionLines(Region(box, role, NOTHING), lines)  # type: ignore[arg-type]  # a role by its name

    body = of("body", Box(0, 300, 900, 600), _words("Kính gửi các sở", 0, 300), _words("Thực hiện Nghị quyết", 0, 560))
    note = of("frame", Box(0, 400, 300, 450), _words("Ghi chú chung", 20, 410))
    stamp = of("frame", Box(0, 100, 300, 200), _words("HỎA TỐC", 20, 110))
    red = of("stamp", Box(400, 100, 600, 200), _words("MẬT", 420, 110))
    long = of("frame", Box(0, 620, 900, 700), *(_words("Từ ngày đầu đến ngày cuối của tháng", 0, 630 + 20 * k) for k in range(4)))
    assert {line.zone for line in arranged([body, long])} == {"body"}
    read = [(line.zone, line.text) for line in arranged([body, note, stamp, red])]
    assert read == [
        ("body", "Kính gửi các sở"), ("body", "Ghi chú chung"), ("body", "Thực hiện Nghị quyết"),
        ("stamp", "HỎA TỐC"), ("stamp", "MẬT"),
    ]  # fmt: skip


def _sheet(grey: Pixels) -> Sheet:
    return Sheet(grey, DPI, NOTHING, 13.0, (), 1.0, 0.0, None, ())


def test_what_is_shown_of_a_table_leads_back_to_the_sheet() -> None:
    """Each cell's pixels stand by themselves, and their boxes are told in pixels of the sheet."""
    grey = np.full((400, 600), 255, np.uint8)
    marks = [Box(20, 30, 40, 50), Box(320, 35, 350, 60), Box(60, 220, 90, 240)]
    for k, mark in enumerate(marks):
        grey[mark.y0 : mark.y1, mark.x0 : mark.x1] = 10 * k
    rows = ((Box(0, 0, 300, 200), Box(300, 0, 600, 200)), (Box(0, 200, 600, 400),))
    view = view_of(Region(Box(0, 0, 600, 400), "table", NOTHING, rows), _sheet(grey), grey)
    for k, mark in enumerate(marks):
        y, x = np.nonzero(view.cut == 10 * k)
        assert view.on_sheet(Box(int(x.min()), int(y.min()), int(x.max()) + 1, int(y.max()) + 1)) == mark


@pytest.mark.parametrize("tilt", [0.0, -4.0, 6.0])
def test_what_is_shown_of_a_stamp_is_level(tilt: float) -> None:
    """A bar that stands tilted on the sheet lies level in the view, and leads back to where it was."""
    grey = np.full((200, 400), 255, np.uint8)
    cv2.rectangle(grey, (100, 95), (300, 105), 0, -1)
    turn = cv2.getRotationMatrix2D((200, 100), -tilt, 1.0)
    grey = cv2.warpAffine(grey, turn, (400, 200), borderValue=255).astype(np.uint8)
    view = view_of(Region(Box(0, 0, 400, 200), "frame", NOTHING, tilt=tilt), _sheet(grey), grey)
    y, x = np.nonzero(view.cut < 128)
    assert np.ptp(y) <= 12
    back = view.on_sheet(Box(int(x.min()), int(y.min()), int(x.max()) + 1, int(y.max()) + 1))
    rows, columns = np.nonzero(grey < 128)
    assert np.allclose(back, (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1), atol=4)


def test_no_gutter_leads_through_a_table() -> None:
    """The two columns of a table are no letterhead, and a page's text is parted by it."""
    table = Table(Box(100, 400, 1100, 700), ((Box(100, 400, 600, 700), Box(600, 400, 1100, 700)),))
    above = [[x, y, x + 12, y + 14] for y in range(100, 380, 30) for x in range(100, 1100, 16)]
    inside = [[x, y, x + 12, y + 14] for y in range(420, 680, 30) for x in (*range(110, 500, 16), *range(700, 1000, 16))]
    below = [[x, y, x + 12, y + 14] for y in range(740, 900, 30) for x in range(100, 1100, 16)]
    boxes = np.array(above + inside + below, np.int32)
    regions = regions_of(boxes, 14.0, WIDTH, HEIGHT, Ruled((table,), (Frame(Box(900, 20, 1000, 60), 0.0),)))
    assert [region.role for region in regions] == ["body", "table", "body"]
    assert regions[1].rows == table.rows


def test_a_table_beside_a_gutter_is_lost_in_no_region() -> None:
    """A small table among the recipients stays in their column."""
    body = [[x, y, x + 12, y + 14] for y in range(100, 700, 30) for x in range(100, 1100, 16)]
    left = [[x, y, x + 12, y + 14] for y in range(760, 1100, 24) for x in range(110, 400, 16)]
    right = [[x, y, x + 12, y + 14] for y in range(760, 1100, 24) for x in range(700, 1050, 16)]
    table = Table(Box(105, 900, 420, 1000), ((Box(105, 900, 250, 1000), Box(250, 900, 420, 1000)),))
    boxes = np.array(body + left + right, np.int32)
    regions = regions_of(boxes, 14.0, WIDTH, HEIGHT, Ruled((table,)))
    assert [region.role for region in regions] == ["body", "foot-left", "foot-right"]
    assert sum(len(region.others) for region in regions) == 0


def test_coloured_stamps_are_kept_apart_from_print() -> None:
    """A red frame is erased from what is read as print, and is a stamp; a red seal is none."""
    page = np.full((HEIGHT, WIDTH, 3), 255, np.uint8)
    for y in range(500, 1400, 30):
        cv2.putText(page, "van ban hanh chinh", (150, y), cv2.FONT_HERSHEY_COMPLEX, 0.8, (0, 0, 0), 2)
    red = (40, 40, 200)
    cv2.rectangle(page, (150, 200), (360, 260), red, 3)
    cv2.putText(page, "MAT", (200, 245), cv2.FONT_HERSHEY_COMPLEX, 1.2, red, 3)
    cv2.circle(page, (900, 1500), 110, red, 4)
    sheet = prepare(page, DPI)
    (stamp,) = sheet.stamped
    assert np.allclose(stamp.box, (150, 200, 360, 260), atol=8)
    assert sheet.stamps is not None
    assert sheet.stamps[200:260, 150:360].min() < 100
    assert sheet.grey[200:260, 150:360].min() == 255
    assert sheet.ruled == Ruled()


def test_what_stands_in_a_frame_is_shown_to_nobody_else() -> None:
    """The letters in a stamp, and what is left of its frame, are others' for the region around it."""
    text = [[x, y, x + 9, y + 14] for y in range(200, 900, 36) for x in range(180, 1100, 10)]
    stamp = Frame(Box(700, 100, 1000, 190), 0.0)
    letters = [[x, y, x + 9, y + 14] for y in (115, 150) for x in range(720, 980, 10)]
    body, frame = regions_of(np.array(text + letters + [[180, 90, 189, 104]], np.int32), 14, WIDTH, HEIGHT, Ruled((), (stamp,)))
    assert ("body", "frame") == (body.role, frame.role)
    assert {tuple(box) for box in letters} | {tuple(stamp.box)} <= {tuple(box) for box in body.others.tolist()}
