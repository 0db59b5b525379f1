"""Regions by white gutters, lines in reading order, zones."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocr_pipeline.document import Box, PlacedWord
from ocr_pipeline.layout import PlacedLine, Region, RegionLines, Role, arranged, in_regions, lines_of_words, regions_of

SIZE = 14
WIDTH, HEIGHT = 1240, 1754
NOTHING = np.zeros((0, 4), np.int32)
BODY = [
    (180, y, "chữ trên dòng đầy của văn bản này dài đến lề bên kia trang giấy trắng khổ đứng A4") for y in range(560, 1100, 36)
]


def _words(*lines: tuple[int, int, str], confidence: float = 0.95) -> list[PlacedWord]:
    """Words of lines given as (left, top, text), eleven pixels a letter."""
    words = []
    for left, top, text in lines:
        x = left
        for token in text.split():
            words.append(PlacedWord(token, Box(x, top, x + 11 * len(token), top + 22), confidence))
            x += 11 * len(token) + 9
    return words


def _boxes(words: list[PlacedWord]) -> np.ndarray:
    """A piece of ink for every letter."""
    pieces = [
        (w.box.x0 + 11 * i, w.box.y0 + 4, w.box.x0 + 11 * i + 9, w.box.y0 + 4 + SIZE) for w in words for i in range(len(w.text))
    ]
    return np.array(pieces, np.int32)


HEAD = _words(
    (200, 100, "UBND TỈNH HÀ NAM"), (230, 136, "SỞ NỘI VỤ"), (220, 200, "Số: 15/QĐ-SNV"),
    (560, 100, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"), (650, 136, "Độc lập - Tự do - Hạnh phúc"),
    (600, 200, "Hà Nam, ngày 05 tháng 9 năm 2025"),
)  # fmt: skip
TITLE = _words((560, 300, "QUYẾT ĐỊNH"), (400, 336, "Về việc ban hành Quy chế làm việc"))
FOOT = _words(
    (180, 1200, "Nơi nhận:"), (180, 1230, "- Như Điều 3;"), (180, 1260, "- Lưu: VT."), (760, 1200, "KT. GIÁM ĐỐC"),
    (760, 1236, "PHÓ GIÁM ĐỐC"), (770, 1420, "Trần Văn Nam"),
)  # fmt: skip


def _read(words: list[PlacedWord]) -> tuple[PlacedLine, ...]:
    regions = regions_of(_boxes(words), SIZE, WIDTH, HEIGHT)
    return arranged(in_regions(regions, words))


def _shown(lines: tuple[PlacedLine, ...]) -> list[tuple[str, str]]:
    return [(line.zone, line.text) for line in lines]


def test_a_directive_is_read_column_by_column() -> None:
    """Left letterhead, right letterhead, title, body, recipients, signature, page number."""
    lines = _shown(_read([*HEAD, *TITLE, *_words(*BODY), *FOOT, *_words((600, 1640, "1"))]))

    zones = [zone for zone, _ in lines]
    assert ["letterhead-left"] * 3 + ["letterhead-right"] * 3 + ["title"] * 2 == zones[:8]
    assert ["recipients"] * 3 + ["signature"] * 3 + ["page-number"] == zones[-7:]
    assert {"body"} == set(zones[8:-7])
    assert ("letterhead-left", "Số: 15/QĐ-SNV") == lines[2]
    assert ("signature", "Trần Văn Nam") == lines[-2]


def test_a_letterhead_set_solid_is_read_column_by_column() -> None:
    """Three lines without white between them, the title right below."""
    words = _words(
        (200, 100, "UBND TỈNH HÀ NAM"), (230, 130, "SỞ NỘI VỤ"), (220, 160, "Số: 15/QĐ-SNV"),
        (560, 100, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"), (650, 130, "Độc lập - Tự do - Hạnh phúc"),
        (600, 160, "Hà Nam, ngày 05 tháng 9 năm 2025"), (440, 200, "QUYẾT ĐỊNH"),
    )  # fmt: skip

    zones = [zone for zone, _ in _shown(_read([*words, *_words(*BODY)]))]

    assert ["letterhead-left"] * 3 + ["letterhead-right"] * 3 == zones[:6]


def test_three_who_sign_are_read_one_after_the_other() -> None:
    """Left, middle, right; then the recipients below the first, also where these are wider than his column."""
    columns = [
        (180, ["SỞ TƯ PHÁP", "GIÁM ĐỐC", "Hoàng Văn Nam"]),
        (500, ["SỞ TÀI CHÍNH", "PHÓ GIÁM ĐỐC", "Võ Duy Minh"]),
        (820, ["CỤC THUẾ TỈNH", "CỤC TRƯỞNG", "Trần Thị Hà"]),
    ]
    foot = [(x, y, text) for x, texts in columns for y, text in zip((1200, 1236, 1420), texts, strict=True)]
    below = [(180, 1470, "Nơi nhận:"), (180, 1500, "- Các tổ chức hành nghề công chứng trong tỉnh;"), (180, 1530, "- Lưu: VT.")]

    lines = _shown(_read(_words(*BODY, *foot, *below)))[-12:]

    assert [("signature", text) for _, texts in columns for text in texts] == lines[:9]
    assert [("recipients", text) for _, _, text in below] == lines[9:]


def test_notes_about_the_text_are_none_of_it() -> None:
    """What somebody wrote above the letterhead, above the body or in the margin is noise; numbers in the margin stay."""
    above, below = _words((240, 60, "cái đạo xã"), confidence=0.78), _words((200, 420, "#vÝ 0Ex Ử"), confidence=0.6)
    margin, star = _words((20, 632, "tuần"), (60, 668, "12.")), _words((280, 168, "*"), confidence=0.6)

    shown = _shown(_read([*above, *HEAD, *star, *TITLE, *below, *_words(*BODY), *margin]))

    assert {"cái đạo xã", "#vÝ 0Ex Ử", "tuần"} == {text for zone, text in shown if zone == "noise"}
    assert sum(text.startswith("12. chữ") for _, text in shown) == 1
    assert ("letterhead-left", "*") in shown


def test_a_page_of_text_is_one_region() -> None:
    """Spaces between the words of a justified body are no gutters."""
    rng = np.random.default_rng(3)
    lines = [(180 + int(rng.integers(0, 9)), y, text) for _, y, text in BODY]

    (region,) = regions_of(_boxes(_words(*lines)), SIZE, WIDTH, HEIGHT)

    assert "body" == region.role


def test_the_lines_of_a_table_stay_rows() -> None:
    """Columns of a table below the letterhead are no columns of text."""
    rows = [(180, y, "1") for y in range(500, 800, 40)] + [(500, y, "Họ và tên cán bộ") for y in range(500, 800, 40)]
    words = _words(*[(180, 440, BODY[0][2])], *rows, *[(180, 840, BODY[0][2])])

    lines = [line.text for line in _read(words)]

    assert "1 Họ và tên cán bộ" in lines


def test_addressees_stand_below_both_columns() -> None:
    """The gutter of a công văn runs on beside "Kính gửi"; what follows is body, its two sides in one line."""
    words = [*HEAD, *_words((260, 300, "Kính gửi:"), (600, 300, "- Sở Tài chính;"), (600, 336, "- Sở Xây dựng."), *BODY)]

    lines = _shown(_read(words))

    assert ("body", "Kính gửi: - Sở Tài chính;") == lines[6]
    assert ("body", "- Sở Xây dựng.") == lines[7]


def test_signatures_side_by_side_are_read_one_after_the_other() -> None:
    """Where a document of two organs ends high on its last page, two columns at its top are no letterhead and no table."""
    left = [(180, 160, "SỞ VĂN HÓA VÀ THỂ THAO"), (240, 196, "GIÁM ĐỐC"), (230, 420, "Nguyễn Văn Lâm")]
    right = [(700, 160, "LIÊN ĐOÀN LAO ĐỘNG TỈNH"), (780, 196, "CHỦ TỊCH"), (760, 300, "„#. %"), (760, 420, "Trần Thị Hà")]
    columns: list[tuple[Role, list[tuple[int, int, str]]]] = [("letterhead-left", left), ("letterhead-right", right)]
    read = [
        RegionLines(Region(Box(0, 0, 1, 1), role, NOTHING), tuple(tuple(_words(line)) for line in lines))
        for role, lines in columns
    ]

    assert [text for _, _, text in (*left, *right)] == [line.text for line in arranged(read)]


def test_a_seal_that_reaches_into_the_gutter_of_the_foot_leaves_it_one() -> None:
    """The white between recipients and signature may be three cells of seven pixels where it meets the body."""
    body = [[x, y, x + 9, y + SIZE] for y in range(560, 1160, 36) for x in range(180, 1100, 10)]
    rows = [(y, 560 if y < 1260 else 500, 587 if y < 1260 else 700) for y in range(1200, 1600, 26)]
    foot = [[x, y, x + 9, y + SIZE] for y, end, start in rows for x in (*range(180, end, 10), *range(start, 900, 10))]

    regions = regions_of(np.array(body + foot, np.int32), SIZE, WIDTH, HEIGHT)

    assert ["body", "foot-left", "foot-right"] == [region.role for region in regions]
    assert 1160 < regions[1].box.y0 < 1200


def test_a_letterhead_that_was_read_across_is_cut_at_its_motto() -> None:
    """Where no white parts the columns, the words do."""
    across = tuple(_words((100, 100, "UBND TỈNH PHÚ THỌ CỘNG HOÀ XÃ HỘI CHỦ NGHĨA VIỆT NAM")))
    left, right = tuple(_words((100, 140, "SỞ NỘI VỤ"))), tuple(_words((600, 140, "Độc lập - Tự do - Hạnh phúc")))

    def region(role: Role) -> Region:
        return Region(Box(0, 0, 1, 1), role, NOTHING)

    read = [
        RegionLines(region("body"), (across,)),
        RegionLines(region("letterhead-left"), (left,)),
        RegionLines(region("letterhead-right"), (right,)),
    ]

    assert [
        ("letterhead-left", "UBND TỈNH PHÚ THỌ"),
        ("letterhead-left", "SỞ NỘI VỤ"),
        ("letterhead-right", "CỘNG HOÀ XÃ HỘI CHỦ NGHĨA VIỆT NAM"),
        ("letterhead-right", "Độc lập - Tự do - Hạnh phúc"),
    ] == _shown(arranged(read))


@pytest.mark.parametrize(
    ("text", "confidence", "zone"),
    [
        ("~ _. g", 0.3, "noise"),
        ("— . _ w", 0.1, "noise"),
        ("05/3/2014);", 0.1, "body"),
        ("tỉnh.", 0.3, "body"),
        ("Số: 54 /CTPH-LĐLĐ", 0.4, "body"),
        ("~ _. g", 0.9, "body"),
    ],
)
def test_noise_is_what_is_doubtful_and_no_words(text: str, confidence: float, zone: str) -> None:
    """What was read into specks and seals stays out of the text; a doubtful word or number does not."""
    doubtful = _words((300, 900, text), confidence=confidence)
    read = [
        RegionLines(
            Region(Box(0, 0, 1, 1), "body", NOTHING),
            (*lines_of_words(_words(*BODY[:5])), tuple(doubtful), *lines_of_words(_words(*BODY[-3:]))),
        )
    ]

    assert zone == arranged(read)[5].zone


def test_no_letter_is_cut_by_a_region() -> None:
    """Each piece of ink belongs to one region; what reaches into another's box is named there."""
    words = [*HEAD, *TITLE, *_words(*BODY), *FOOT]
    boxes = _boxes(words)
    regions = regions_of(boxes, SIZE, WIDTH, HEIGHT)

    for box in boxes.tolist():
        owners = [
            r for r in regions
            if r.box.x0 <= box[0] and r.box.y0 <= box[1] and box[2] <= r.box.x1 and box[3] <= r.box.y1
            and box not in r.others.tolist()
        ]  # fmt: skip
        assert len(owners) == 1


_BOXES = st.lists(st.tuples(st.integers(0, 1200), st.integers(0, 1700), st.integers(1, 40), st.integers(1, 40)), max_size=60)


@settings(deadline=None)
@given(_BOXES, st.floats(2, 40))
def test_any_ink_gives_regions_that_hold_all_of_it(pieces: list[tuple[int, int, int, int]], size: float) -> None:
    """Whatever the ink, regions lie on the page and no piece is lost."""
    boxes = np.array([(x, y, x + w, y + h) for x, y, w, h in pieces], np.int32).reshape(-1, 4)

    regions = regions_of(boxes, size, WIDTH, HEIGHT)

    for x0, y0, x1, y1 in boxes.tolist():
        assert any(
            r.box.x0 <= x0 and r.box.y0 <= y0 and min(x1, WIDTH) <= r.box.x1 and min(y1, HEIGHT) <= r.box.y1 for r in regions
        )
    assert all(0 <= r.box.x0 < r.box.x1 <= WIDTH and 0 <= r.box.y0 < r.box.y1 <= HEIGHT for r in regions)


@given(st.lists(st.tuples(st.integers(0, 1000), st.integers(0, 1600), st.sampled_from(["chữ", "số", "1"])), max_size=40))
def test_words_become_lines_without_loss(placed: list[tuple[int, int, str]]) -> None:
    """Every word stands in one line, from left to right."""
    words = _words(*placed)
    lines = lines_of_words(words)

    assert sorted(words) == sorted(w for line in lines for w in line)
    assert all(a.box.x0 <= b.box.x0 for line in lines for a, b in itertools.pairwise(line))


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ([("PHÓ", 0.97), ("GIÁM", 0.9), ("ĐỐC", 0.9)], "PHÓ GIÁM ĐỐC"),
        ([("BÍ", 0.97), ("THƯ", 0.9), ("./", 0.8), ("vy", 0.4), ("⁄", 0.9)], "BÍ THƯ"),
        ([("`", 0.6), ("@", 0.5), ("Trần", 0.97), ("Ngọc", 0.97)], "Trần Ngọc"),
        ([("X", 0.85), ("u", 0.35), ("Z", 0.91)], ""),
        ([("⁄", 0.91), ("WXYN", 0.84), ("⁄", 0.96)], ""),
        ([("AC", 0.49), ("Ý", 0.1)], ""),
        ([("TL.", 0.97), ("BTV", 0.95)], "TL. BTV"),
        ([("-----", 0.7)], "-----"),
        ([("Y", 0.98), ("Khuê", 0.95), ("Niê", 0.95)], "Y Khuê Niê"),
        ([("Y", 0.6), ("Nguyễn", 0.95), ("Văn", 0.95)], "Nguyễn Văn"),
    ],
)
def test_strokes_of_a_signature_are_no_text(line: list[tuple[str, float]], kept: str) -> None:
    """Signs and letters that a signature left are noise, also where they stand behind an office or before a name."""
    words = tuple(PlacedWord(text, Box(700 + 60 * k, 300, 750 + 60 * k, 320), sure) for k, (text, sure) in enumerate(line))
    left = RegionLines(Region(Box(0, 0, 1, 1), "foot-left", NOTHING), (tuple(_words((80, 250, "Nơi nhận:"))),))
    right = RegionLines(Region(Box(0, 0, 1, 1), "foot-right", NOTHING), (tuple(_words((700, 250, "GIÁM ĐỐC"))), words))
    assert [line.text for line in arranged([left, right]) if line.zone == "signature"][1:] == ([kept] if kept else [])


def test_two_signatures_stand_above_the_recipients() -> None:
    """The recipients below the left one come after both."""
    left = ["GIÁM ĐỐC SỞ Y TẾ", "Nguyễn Văn Lâm", "Nơi nhận:", "- Như trên;"]
    right = ["GIÁM ĐỐC SỞ TÀI CHÍNH", "Trần Thị Hà"]
    columns: list[tuple[Role, list[str]]] = [("foot-left", left), ("foot-right", right)]
    read = [
        RegionLines(
            Region(Box(0, 0, 1, 1), role, NOTHING), tuple(tuple(_words((80, 100 + 40 * k, t))) for k, t in enumerate(lines))
        )
        for role, lines in columns
    ]
    assert [line.text for line in arranged(read)] == [*left[:2], *right, *left[2:]]


def test_the_abstract_below_a_number_may_be_wider_than_the_column_above() -> None:
    """Lines of the left column that nothing stands beside belong to it, also where the gutter is narrower there."""
    wide = [(122, 240 + 24 * k, "V/v thực hiện kiểm kê hồ sơ lưu trữ tỉnh") for k in range(3)]
    words = [*HEAD, *_words(*wide, (300, 360, "Kính gửi: Các sở, ban, ngành của tỉnh, các huyện, thành phố"), *BODY)]
    shown = _shown(_read(words))
    assert [zone for zone, text in shown if text.startswith("V/v")] == ["letterhead-left"] * 3
