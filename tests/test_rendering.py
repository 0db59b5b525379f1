"""Rendered pages are legible, true to their text, and the same for the same seed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ocr_pipeline.errors import MissingDependency
from ocr_pipeline.training.damage import DAMAGES, seal
from ocr_pipeline.training.rendering import Directive, Signer, draw_page, render_lines, set_pages
from ocr_pipeline.training.typesetting import Style, font_path, missing_letters, parse_marks, plain, width, wrap

try:
    FONT = font_path()
except MissingDependency as problem:
    pytest.skip(str(problem), allow_module_level=True)

LETTER = Directive(
    system="state",
    issuer=("ỦY BAN NHÂN DÂN", "XÃ ĐÔNG LĨNH"),
    number_line="Số:~~~~~/TTr-UBND",
    place_date="Đông Lĩnh, ngày 12 tháng 12 năm 2023",
    title="TỜ TRÌNH",
    abstract="Về việc xây dựng nhà văn hóa",
    addressees=("Hội đồng nhân dân xã.",),
    body=("^QUYẾT ĐỊNH:", "**Điều 1.** Ủy ban nhân dân xã kính trình Hội đồng nhân dân xã xem xét, quyết định./."),
    recipients=("Như trên;", "Lưu: VT."),
    signers=(Signer(("TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH"), "Giáp Văn Quyền"),),
)


def test_the_font_has_every_vietnamese_letter() -> None:
    """A font that would draw boxes is never chosen."""
    assert missing_letters(FONT) == ""


def test_text_reads_in_the_order_of_transcriptions() -> None:
    """Left letterhead, right letterhead, title and body, recipients, signature."""
    (page,) = set_pages(LETTER)

    assert page.text.split("\n\n") == [
        "ỦY BAN NHÂN DÂN\nXÃ ĐÔNG LĨNH\nSố: /TTr-UBND",
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nĐộc lập - Tự do - Hạnh phúc\nĐông Lĩnh, ngày 12 tháng 12 năm 2023",
        (
            "TỜ TRÌNH\nVề việc xây dựng nhà văn hóa\nKính gửi: Hội đồng nhân dân xã.\nQUYẾT ĐỊNH:\n"
            "Điều 1. Ủy ban nhân dân xã kính trình Hội đồng nhân dân xã xem xét, quyết\nđịnh./."
        ),
        "Nơi nhận:\n- Như trên;\n- Lưu: VT.",
        "TM. ỦY BAN NHÂN DÂN\nCHỦ TỊCH\nGiáp Văn Quyền\n",
    ]


def test_long_texts_go_over_pages_and_lose_no_word() -> None:
    """Pages after the first are numbered, the foot stands on the last with some body above it."""
    body = tuple(f"Khoản {n}. " + "cán bộ, đảng viên và Nhân dân " * 12 for n in range(20))
    pages = set_pages(replace(LETTER, body=body))

    assert len(pages) > 2
    assert [str(n) for n in range(2, len(pages) + 1)] == [page.text.split("\n")[0] for page in pages[1:]]
    assert pages[-1].signature is not None
    assert pages[-1].blocks[1].zone == "body"
    printed = " ".join(line.text for page in pages for block in page.blocks if block.zone == "body" for line in block.lines)
    assert " ".join(" ".join(body).split()) in printed


def test_layout_does_not_depend_on_resolution() -> None:
    """The ink lies at the same places of the sheet at any dpi."""
    (page,) = set_pages(LETTER)
    rows = [np.flatnonzero((np.asarray(draw_page(page, dpi)) < 128).any(axis=1)) * 72 / dpi for dpi in (100, 300)]

    assert rows[0][0] == pytest.approx(rows[1][0], abs=1.5)
    assert rows[0][-1] == pytest.approx(rows[1][-1], abs=1.5)


def test_marks_change_style_and_not_text() -> None:
    """Bold and italic marks vanish from the text; a change inside a word does not split it."""
    words = parse_marks("**Điều 1**. Theo __Nghị định__", Style())

    assert plain("**Điều 1**. Theo __Nghị định__") == " ".join("".join(run.text for run in word) for word in words)
    assert [(run.text, run.style.bold) for run in words[1]] == [("1", True), (".", False)]
    assert words[-1][0].style.italic


def test_lines_keep_to_the_measure() -> None:
    """No line is wider than it may be, and no word is lost."""
    words = parse_marks("Căn cứ Luật Tổ chức chính quyền địa phương ngày 19 tháng 02 năm 2025 " * 3, Style())
    lines = wrap(words, 200.0, 28.0)

    assert words == [word for line in lines for word in line]
    assert all(width(" ".join(run.text for word in line for run in word), Style()) <= 200.5 for line in lines)


def test_plain_lines_are_returned_as_printed() -> None:
    """What was drawn is told line by line, signs of the marks included."""
    text = "Nghị quyết số 57-NQ/TW ** __ về đột phá phát triển khoa học, công nghệ " * 2
    image, printed = render_lines([text], Style(13), 150, np.random.default_rng(1))

    assert " ".join(text.split()) == " ".join(printed)
    assert np.asarray(image).min() == 0


@pytest.mark.parametrize("name", DAMAGES)
def test_damage_is_repeatable_and_leaves_ink(name: str) -> None:
    """The same seed gives the same pixels; the page is neither blank nor black after it."""
    page = np.asarray(draw_page(set_pages(LETTER)[0], 150))
    first, second = (DAMAGES[name](page, 150, np.random.default_rng(5)) for _ in range(2))

    assert first.dtype == np.uint8
    assert np.array_equal(first, second)
    assert 0.005 < float((first < 128).mean()) < 0.15


def test_a_seal_is_red_and_spares_the_letters() -> None:
    """Black letters under the seal stay dark, paper under it turns red."""
    (page,) = set_pages(LETTER)
    assert page.signature is not None
    before = np.asarray(draw_page(page, 150))
    after = seal(before, 150, page.signature, "ỦY BAN NHÂN DÂN XÃ ĐÔNG LĨNH", np.random.default_rng(3)).astype(int)

    assert ((after[..., 0] - after[..., 1]) > 60).sum() > 1000
    assert after[before < 64].max() < 128
