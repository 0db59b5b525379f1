"""Outline: numbered parts of laws and plans, headings over lines and pages, figures that number nothing."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from ocr_pipeline.document import Line, Page
from ocr_pipeline.metadata import read_outline


def _page(number: int, text: str) -> Page:
    lines = tuple(Line(text=line, raw=line) for line in text.split("\n"))
    return Page(number=number, source_page=number, width=0, height=0, dpi=0, text_source="text", lines=lines)


def _outline(text: str) -> list[tuple[int, str, str, str | None]]:
    pages = [_page(k, part.strip("\n")) for k, part in enumerate(text.split("\f"), 1)]
    return [(i.level, i.kind, i.number, i.heading) for i in read_outline(pages)]


LAW = """
PHẦN THỨ NHẤT
NHỮNG QUY ĐỊNH CHUNG
Chương I
PHẠM VI ĐIỀU CHỈNH
Mục 1. QUYỀN
Điều 1. Phạm vi điều chỉnh, đối
tượng áp dụng
1. Luật này quy định về:
a) Lưu trữ;
b) Số hóa.
2. Khoản hai theo
Điều 5 của Luật này.
Điều 2. Hiệu lực
Mục 2
NGHĨA VỤ
Điều 3. Trách nhiệm
CHƯƠNG II
ĐIỀU KHOẢN THI HÀNH
Điều 4. Thi hành
"""


def test_a_law() -> None:
    """Parts, chapters, sections and articles nest; clauses and points belong to their article; headings go on over lines."""
    assert _outline(LAW) == [
        (1, "phần", "NHẤT", "NHỮNG QUY ĐỊNH CHUNG"),
        (2, "chương", "I", "PHẠM VI ĐIỀU CHỈNH"),
        (3, "mục", "1", "QUYỀN"),
        (4, "điều", "1", "Phạm vi điều chỉnh, đối tượng áp dụng"),
        (5, "khoản", "1", "Luật này quy định về"),
        (6, "điểm", "a", "Lưu trữ"),
        (6, "điểm", "b", "Số hóa"),
        (5, "khoản", "2", "Khoản hai theo"),
        (4, "điều", "2", "Hiệu lực"),
        (3, "mục", "2", "NGHĨA VỤ"),
        (4, "điều", "3", "Trách nhiệm"),
        (2, "chương", "II", "ĐIỀU KHOẢN THI HÀNH"),
        (3, "điều", "4", "Thi hành"),
    ]


def test_a_plan() -> None:
    """I. 1. a) of plans and letters, over a page break; a figure at the head of a wrapped line numbers nothing."""
    text = """
I. MỤC ĐÍCH, YÊU CẦU
1. Mục đích
Hoàn thành trong
30. ngày theo quy định.
2. Yêu cầu
a) Kịp thời;
\f
2
b) Hiệu quả.
II. NỘI DUNG
1. Số hóa hồ sơ của
các đơn vị
- Thực hiện trước năm
2027. Báo cáo kết quả.
2. Kinh phí
"""
    assert _outline(text) == [
        (1, "la mã", "I", "MỤC ĐÍCH, YÊU CẦU"),
        (2, "số", "1", "Mục đích"),
        (2, "số", "2", "Yêu cầu"),
        (3, "chữ", "a", "Kịp thời"),
        (3, "chữ", "b", "Hiệu quả"),
        (1, "la mã", "II", "NỘI DUNG"),
        (2, "số", "1", "Số hóa hồ sơ của các đơn vị"),
        (2, "số", "2", "Kinh phí"),
    ]


def test_places_are_told() -> None:
    """Each part says its page and line, so that a reader can be led there."""
    pages = [_page(1, "Điều 1. Ban hành\nkèm theo"), _page(2, "\nĐiều 2. Hiệu lực")]

    assert [(i.page, i.line) for i in read_outline(pages)] == [(1, 1), (2, 2)]


def test_a_decision_that_changes_another() -> None:
    """Articles that are quoted from another document do not break the order of the own ones."""
    text = (
        "Điều 1. Sửa đổi, bổ sung một số điều\n1. Sửa đổi Điều 3 như sau:\nĐiều 2. Tổ chức thực hiện\nĐiều 3. Hiệu lực thi hành"
    )

    assert [(kind, number) for _, kind, number, _ in _outline(text)] == [
        ("điều", "1"),
        ("khoản", "1"),
        ("điều", "2"),
        ("điều", "3"),
    ]


def test_a_letter_has_no_outline() -> None:
    """Running text with dates, sums and names of articles numbers nothing."""
    text = "Thực hiện\nĐiều 5 của Luật này và khoản 2\nĐiều 6, đề nghị báo cáo trước ngày\n15. Kinh phí 2.000.000 đồng"

    assert _outline(text) == []


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.sampled_from(["I. ", "1. ", "a) ", "Điều 1. ", "Điều 2", "Chương I", "MỤC", "nội dung", "2. ", "\n", "\f", " "]))
)
def test_any_text_is_read(pieces: list[str]) -> None:
    """Levels go down by one at a time, whatever the text."""
    levels = [level for level, *_ in _outline("".join(pieces))]

    assert all(after <= before + 1 for before, after in zip([0, *levels], levels, strict=False))
