"""Metadata: letterheads and sign-offs of many offices, doubt about handwriting, and the rules' own examples."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.document import Box, Filled, Line, Page, TextSource, Word
from ocr_pipeline.metadata import MetadataReading, read_metadata
from ocr_pipeline.metadata.capitals import capitals
from ocr_pipeline.metadata.pieces import flatten

CASES = tomllib.loads((Path(__file__).parent / "cases" / "metadata.toml").read_text(encoding="utf-8"))["case"]
RULES = Dictionaries.load().toml("metadata.toml")["rules"]


def _read(text: str) -> MetadataReading:
    lines = tuple(Line(text=line, raw=line) for line in text.strip("\n").split("\n"))
    page = Page(number=1, source_page=1, width=0, height=0, dpi=0, text_source="text", lines=lines)
    return read_metadata([page], dictionaries=Dictionaries.load())


def _field(reading: MetadataReading, name: str) -> Any:
    signer = reading.metadata.signer
    if name == "review":
        return [r.reason for r in reading.review]
    if name == "signer_names":
        return [s.name for s in reading.metadata.signers]
    if name == "authority":
        return list(signer.authority) if signer else []
    if name.startswith("signer_"):
        return getattr(signer, name.removeprefix("signer_")) if signer else None
    value = getattr(reading.metadata, name)
    return list(value) if isinstance(value, tuple) else value


@pytest.mark.parametrize("case", CASES, ids=lambda c: c["label"])
def test_letterheads_and_signatures(case: dict[str, Any]) -> None:
    """Every field that a case names is read as it says."""
    reading = _read(case["text"])

    fields = [name for name in case if name not in ("label", "text", "review", "trap")]
    assert {f: case[f] for f in fields} == {f: _field(reading, f) or ("" if case[f] == "" else None) for f in fields}
    assert set(case.get("review", ())) <= set(_field(reading, "review"))


def test_every_trap_of_the_letterhead_has_a_case() -> None:
    """The header beats the body, and a blank number stays null; where the abstract stops is tested below."""
    assert {1, 13} <= {case.get("trap") for case in CASES}


@pytest.mark.parametrize(
    "stop", ["Kính gửi: Các sở, ban, ngành.", "KHẨN", "HỎA TỐC", "-----", "Căn cứ Luật Đất đai năm 2013;", "Điều 1. Phạm vi"]
)
def test_abstract_stops(stop: str) -> None:
    """The abstract ends before the addressees, a mark of urgency, the rule below it, the first recital or article."""
    head = (
        "UBND TỈNH HÀ GIANG\nSố: 7/BC-UBND\nHà Giang, ngày 05 tháng 3 năm 2024\nBÁO CÁO\nkết quả trồng rừng và\nbảo vệ nguồn nước"
    )

    assert "kết quả trồng rừng và bảo vệ nguồn nước" == _read(f"{head}\n{stop}\nThực hiện kế hoạch năm.").metadata.title


def test_inferred_issuer_is_marked() -> None:
    """What the symbol tells and the letterhead does not is marked as inferred."""
    reading = _read(next(c["text"] for c in CASES if "inferred" in c["label"]))

    assert "inferred" == reading.evidence["issuer"].source
    assert "read" == reading.evidence["number"].source


def _scanned(*rows: tuple[tuple[str, float, int], ...]) -> Page:
    """A recognised page: rows of (word, confidence, height)."""
    lines = []
    for y, row in enumerate(rows):
        text, words, x = "", [], 100
        for token, confidence, height in row:
            text += " " if text else ""
            top = 100 + 60 * y
            words.append(Word(len(text), len(text) + len(token), x, top, x + 20 * len(token), top + height, confidence))
            text += token
            x += 20 * len(token) + 15
        box = Box(words[0].x0, words[0].y0, words[-1].x1, max(w.y1 for w in words))
        lines.append(Line(text=text, raw=text, bbox=box, words=tuple(words)))
    return Page(number=1, source_page=1, width=2480, height=3508, dpi=300, lines=tuple(lines))


def _letterhead(number: str, confidence: float, height: int, day: str = "15", day_height: int = 40) -> MetadataReading:
    page = _scanned(
        (("UBND", 0.95, 40), ("TỈNH", 0.95, 50), ("HÀ", 0.95, 45), ("GIANG", 0.95, 40)),
        (("Số:", 0.95, 52), (number, confidence, height), ("/CT-UBND", 0.9, 44)),
        (("Hà", 0.95, 45), ("Giang,", 0.95, 52), ("ngày", 0.95, 52), (day, 0.9, day_height), ("tháng", 0.95, 52),
         ("3", 0.97, 40), ("năm", 0.95, 40), ("2024", 0.97, 40)),
        (("CHỈ", 0.95, 40), ("THỊ", 0.95, 40)),
        (("Về", 0.95, 40), ("việc", 0.95, 40), ("thử", 0.95, 40)),
    )  # fmt: skip
    return read_metadata([page], dictionaries=Dictionaries.load())


def test_printed_digits_are_read() -> None:
    """A sure number as tall as the printed year is the document's number."""
    assert "04/CT-UBND" == _letterhead("04", 0.93, 38).metadata.number


@pytest.mark.parametrize(
    ("number", "confidence", "height"),
    [("04", 0.55, 38), ("480", 0.81, 58), ("0‡", 0.9, 40), ("M", 0.92, 40), ("l1", 0.95, 58), ("1l", 0.4, 40)],
)
def test_doubtful_number_is_null(number: str, confidence: float, height: int) -> None:
    """Low confidence, tall strokes and odd characters say that a number was written by hand: null, and in review."""
    reading = _letterhead(number, confidence, height)

    assert reading.metadata.number is None
    review = next(r for r in reading.review if r.field == "number")
    assert ("handwritten-number", (number,)) == (review.reason, review.alternatives)
    assert review.bbox


@pytest.mark.parametrize(
    ("confidence", "height", "seen", "date"),
    [
        (0.75, 40, "3", "2024-03-15"),
        (0.75, 40, "8", None),
        (0.6, 40, "3", None),
        (0.75, 56, "3", None),
        (0.75, 40, None, None),
    ],
)
def test_two_readers_who_agree_on_print_are_believed(confidence: float, height: int, seen: str | None, date: str | None) -> None:
    """Neither is sure of the month; the same to both and as tall as the printed year, it is taken, down to a limit."""
    page = _scanned(
        (("UBND", 0.95, 40), ("TỈNH", 0.95, 50), ("HÀ", 0.95, 45), ("GIANG", 0.95, 40)),
        (("Số:", 0.95, 52), ("04/CT-UBND", 0.93, 44)),
        (("Hà", 0.95, 45), ("Giang,", 0.95, 52), ("ngày", 0.95, 52), ("15", 0.9, 40), ("tháng", 0.95, 52),
         ("3", confidence, height), ("năm", 0.95, 40), ("2024", 0.97, 40)),
        (("CHỈ", 0.95, 40), ("THỊ", 0.95, 40)),
    )  # fmt: skip
    month = page.lines[2].words[5]
    box = Box(month.x0 - 5, month.y0 - 5, month.x1 + 5, month.y1 + 5)
    filled = [Filled(line=3, field="month", digits=seen, confidence=0.4, bbox=box, alternatives=())] if seen else []
    reading = read_metadata([replace(page, filled=tuple(filled))], dictionaries=Dictionaries.load())

    assert date == reading.metadata.date


def test_printed_lookalikes_are_read() -> None:
    """A printed 1 that was taken for a stroke is still a 1, where its height is that of print."""
    assert "21/CT-UBND" == _letterhead("2l", 0.6, 40).metadata.number


@pytest.mark.parametrize(("day", "height"), [("15", 60), ("4ð", 40), ("42", 40)])
def test_doubtful_day_leaves_the_month(day: str, height: int) -> None:
    """A day written by hand or impossible is left out, month and year stay."""
    metadata = _letterhead("04", 0.93, 38, day, height).metadata

    assert (None, "2024-03") == (metadata.date, metadata.date_partial)


Placed = tuple[str, int, float]


def _placed(*rows: tuple[Placed, ...], raw: dict[str, str] | None = None) -> Page:
    """A recognised page: rows of (word, x, confidence), words 20 pixels a letter, 40 high."""
    lines = []
    for y, row in enumerate(rows):
        text, words = "", []
        for token, x, confidence in row:
            text += " " if text else ""
            place = (x, 100 + 60 * y, x + 20 * len(token), 140 + 60 * y)
            words.append(Word(len(text), len(text) + len(token), *place, confidence))
            text += token
        box = Box(words[0].x0, words[0].y0, words[-1].x1, words[0].y1)
        lines.append(Line(text=(raw or {}).get(text, text), raw=text, bbox=box, words=tuple(words)))
    return Page(number=1, source_page=1, width=2480, height=3508, dpi=300, lines=tuple(lines))


def _at(x: int, text: str, confidence: float = 0.95) -> tuple[Placed, ...]:
    """The words of a text from ``x`` on, an ordinary space apart."""
    row: list[Placed] = []
    for token in text.split():
        row.append((token, x, confidence))
        x += 20 * len(token) + 12
    return tuple(row)


_LETTERHEAD = (
    _at(200, "UBND TỈNH HÀ GIANG"),
    _at(200, "Số: 07/QĐ-UBND"),
    _at(1400, "Hà Giang, ngày 12 tháng 3 năm 2024"),
)
_HEAD = (*_LETTERHEAD, _at(1000, "QUYẾT ĐỊNH"), _at(800, "Về việc công nhận làng nghề chè"))
_BODY = (
    _at(250, "Điều 1. Công nhận làng nghề chè của xã kể từ ngày ký ban hành."),
    _at(250, "Điều 2. Chánh Văn phòng và Chủ tịch xã chịu trách nhiệm thi hành."),
)


def _read_page(*rows: tuple[Placed, ...], raw: dict[str, str] | None = None) -> MetadataReading:
    return read_metadata([_placed(*rows, raw=raw)], dictionaries=Dictionaries.load())


def test_number_in_a_text_layer_is_printed() -> None:
    """An electronic office types the number into the blank: in a good text layer the gap says nothing."""
    rows = ["UBND TỈNH HÀ GIANG", "Số: 11 /TB-UBND", "Hà Giang, ngày 08 tháng 01 năm 2025", "THÔNG BÁO", "Kết luận cuộc họp"]
    lines = tuple(Line(text=row, raw=row) for row in rows)

    def number(source: TextSource) -> str | None:
        page = Page(number=1, source_page=1, width=1240, height=1754, dpi=150, text_source=source, lines=lines)
        return read_metadata([page], dictionaries=Dictionaries.load()).metadata.number

    assert ["11/TB-UBND", "11/TB-UBND", None, None] == [
        number(source) for source in ("text-layer", "legacy-text-layer", "garbled-text-layer", "text")
    ]


@pytest.mark.parametrize(
    ("confidence", "height", "number"),
    [(0.77, 53, "2576/CT-UBND"), (0.62, 53, None), (0.77, 60, None)],
)
def test_number_glued_to_its_lead(confidence: float, height: int, number: str | None) -> None:
    """A number run together with "Số:" is taller than digits alone, and must be read more surely than one with its symbol."""
    page = _scanned(
        (("UBND", 0.95, 40), ("TỈNH", 0.95, 50), ("HÀ", 0.95, 45), ("GIANG", 0.95, 40)),
        (("Số:2576", confidence, height), ("/CT-UBND", 0.9, 44)),
        (("Hà", 0.95, 45), ("Giang,", 0.95, 52), ("ngày", 0.95, 52), ("15", 0.9, 40), ("tháng", 0.95, 52),
         ("3", 0.97, 40), ("năm", 0.95, 40), ("2024", 0.97, 40)),
    )  # fmt: skip

    assert number == read_metadata([page], dictionaries=Dictionaries.load()).metadata.number


def test_words_are_found_where_an_edit_ran_over_them() -> None:
    """A repair of the whole symbol leaves the digits their own word, with its confidence and height."""
    raw = "Số: 48 /QÐÐ-UBND"
    rows = [_at(200, "UBND TỈNH HÀ GIANG"), (("Số:", 200, 0.95), ("48", 280, 0.97), ("/QÐÐ-UBND", 340, 0.3))]
    page = _placed(*rows, _LETTERHEAD[2])
    line = page.lines[1]
    # As the composer maps words through one edit from the digits to the end of the line.
    words = (line.words[0], line.words[1]._replace(end=15), line.words[2]._replace(start=4, end=15))
    restored = Line(text="Số: 48 /QĐ-UBND", raw=raw, bbox=line.bbox, words=words)
    page = Page(number=1, source_page=1, width=2480, height=3508, dpi=300, lines=(page.lines[0], restored, page.lines[2]))

    assert "48/QĐ-UBND" == read_metadata([page], dictionaries=Dictionaries.load()).metadata.number


def test_signature_read_across_the_recipients() -> None:
    """White too wide for a space parts Nơi nhận from a signature that a seal joined to it."""
    reading = _read_page(
        *_HEAD, *_BODY,
        (*_at(200, "Nơi nhận:"), ("~¬xU", 1500, 0.2), ("TỊCH", 1620, 0.96)),
        _at(200, "- Như Điều 2;"),
        (*_at(200, "- Sở Nội vụ:"), ("“Trân", 1450, 0.5), ("Ngọc", 1580, 0.99), ("Mẫu", 1690, 0.98)),
        _at(200, "- Lưu: VT."),
    )  # fmt: skip

    assert ("Như Điều 2", "Sở Nội vụ", "Lưu: VT") == reading.metadata.recipients
    assert ["Trần Ngọc Mẫu"] == [signer.name for signer in reading.metadata.signers]
    assert [("repaired-name", ("Trân Ngọc Mẫu",))] == [(r.reason, r.alternatives) for r in reading.review]


@pytest.mark.parametrize(
    ("words", "name", "reason"),
    [
        ((("Ngxyễn", 0.1), ("Văn", 0.99), ("Thử", 0.98)), "Nguyễn Văn Thử", "repaired-name"),
        ((("Nguyển", 0.4), ("Văn", 0.99), ("Thử", 0.98)), "Nguyễn Văn Thử", "repaired-name"),
        ((("Ngxyễn", 0.1), ("Văn", 0.6), ("Thử", 0.98)), None, None),
        ((("Trân", 0.5), ("Văn", 0.99), ("Thừ", 0.5)), None, "doubtful-name"),
        ((("Nguyễn", 0.98), ("Văñ", 0.97), ("Thử", 0.97)), None, "doubtful-name"),
        ((("Duong", 0.5), ("Văn", 0.99), ("Thử", 0.98)), None, "doubtful-name"),
        ((("Trần", 0.5), ("Văn", 0.99), ("Thử", 0.98)), None, "doubtful-name"),
        ((("Trần", 0.9), ("Văn", 0.99), ("Thử", 0.98)), "Trần Văn Thử", None),
    ],
)
def test_damaged_names(words: tuple[tuple[str, float], ...], name: str | None, reason: str | None) -> None:
    """A family name that only one of the table fits is put right and told of; all else in a name must be sure."""
    line = tuple((word, 1500 + 160 * k, confidence) for k, (word, confidence) in enumerate(words))
    reading = _read_page(*_HEAD, *_BODY, _at(1500, "KT. CHỦ TỊCH"), _at(1500, "PHÓ CHỦ TỊCH"), line)

    signers = [(s.authority, s.role, s.name) for s in reading.metadata.signers]
    assert [(("KT. CHỦ TỊCH",), "PHÓ CHỦ TỊCH", name)] == signers
    assert reason == next((r.reason for r in reading.review if r.field == "signer"), None)


def test_two_signatures_whose_offices_the_seals_hide() -> None:
    """Organ and name are left of an office: of two side by side the first issuer's comes first."""
    reading = _read_page(
        _at(200, "LIÊN ĐOÀN LAO ĐỘNG TỈNH - SỞ NỘI VỤ"), *_LETTERHEAD[1:],
        _at(800, "CHƯƠNG TRÌNH"), _at(800, "Phối hợp chăm lo người lao động"), *_BODY,
        (*_at(250, "SỞ NỘI VỤ TỈNH"), *_at(1400, "LH: BOÀN LAO ĐỘNG TỈNH")),
        (*_at(300, "1MĐÓC", 0.6), *_at(1500, "¿U TỊCH", 0.5)),
        _at(1500, "/S? côn", 0.2),
        (*_at(300, "Lê Văn Mẫu"), *_at(1500, "Trần Thị Thử")),
        _at(200, "Nơi nhận:"), _at(200, "- Như trên;"), _at(200, "- Lưu: VT."),
    )  # fmt: skip

    assert ["Trần Thị Thử", "Lê Văn Mẫu"] == [signer.name for signer in reading.metadata.signers]
    assert [("LH: BOÀN LAO ĐỘNG TỈNH",), ("SỞ NỘI VỤ TỈNH",)] == [s.authority for s in reading.metadata.signers]


def test_incoming_stamp_beside_the_title() -> None:
    """A stamp that was read across the type and the title is none of them."""
    reading = _read_page(
        *_LETTERHEAD,
        (*_at(200, "ĐẾN SẺ:- vu", 0.4), *_at(1000, "QUYẾT ĐỊNH")),
        (("Ngy/Œ:I01", 200, 0.2), *_at(420, "Về việc công nhận làng nghề chè")),
        *_BODY,
    )  # fmt: skip

    assert ("Quyết định", "Về việc công nhận làng nghề chè") == (reading.metadata.doc_type, reading.metadata.title)


@pytest.mark.parametrize(
    ("printed", "title"),
    [
        ("về đẩy mạnh trồng rừng giai đoạn 2025 - 2030 i", "về đẩy mạnh trồng rừng giai đoạn 2025 - 2030"),
        ("Về trồng rừng ven biển”", "Về trồng rừng ven biển"),
        ("'Về trồng rừng ven biển", "Về trồng rừng ven biển"),
        ("Về phong trào “Rừng xanh”", "Về phong trào “Rừng xanh”"),
        ("“Rừng xanh” và nước sạch", "“Rừng xanh” và nước sạch"),
    ],
)
def test_specks_at_the_ends_of_a_title(printed: str, title: str) -> None:
    """A stroke, or a quote without its other half, at the end of a title is none of it."""
    assert title == _read(f"UBND TỈNH HÀ GIANG\nSố: 7/KH-UBND\nKẾ HOẠCH\n{printed}\nCăn cứ Luật Lâm nghiệp;").metadata.title


def test_title_agrees_with_the_body() -> None:
    """A doubtful word of the title is written as the body writes it beside the same neighbour; a stray quote goes."""
    title = (("'Vềviệc", 800, 0.9), ("giao", 960, 0.97), ("đư", 1060, 0.88), ("án", 1120, 0.99))
    body = (_at(250, "Điều 1. Giao dự án cho xã; dự án khởi công trước, dự án khác theo sau cho phù hợp."),)

    assert "Về việc giao dự án" == _read_page(*_LETTERHEAD, _at(1000, "QUYẾT ĐỊNH"), title, *body).metadata.title
    assert "Về việc giao đư án" == _read_page(*_LETTERHEAD, _at(1000, "QUYẾT ĐỊNH"), title, *_BODY).metadata.title


def test_evidence_points_to_page_line_and_box() -> None:
    """Each field that was read tells where."""
    evidence = _letterhead("04", 0.93, 38).evidence["number"]

    assert (1, 2) == (evidence.page, evidence.line)
    assert evidence.bbox
    assert "Số: 04 /CT-UBND" == evidence.raw


@pytest.mark.parametrize("name", RULES)
def test_rules_match_their_examples_and_nothing_else(name: str) -> None:
    """A rule carries its proof."""
    import regex

    rule = RULES[name]
    pattern = regex.compile(rule["pattern"])
    prepared = str if rule.get("on") == "text" else flatten
    whole = pattern.search if "date" in name or "month" in name else pattern.fullmatch

    assert [] == [e for e in rule["examples"] if not whole(prepared(e))]
    assert [] == [r for r in rule["rejects"] if whole(prepared(r))]


@pytest.mark.parametrize("name", ["places.tsv", "organ_words.tsv", "organ_symbols.tsv", "surnames.tsv"])
def test_tables_have_no_duplicates(name: str) -> None:
    """A key stands once, and every row has the columns of the header."""
    rows = Dictionaries.load().rows(name)

    assert len({row[0] for row in rows}) == len(rows)
    assert len({len(row) for row in rows}) == 1


@pytest.mark.parametrize(
    ("printed", "written"),
    [
        ("BỘ CÔNG THƯƠNG", "Bộ Công Thương"),
        ("BỘ NÔNG NGHIỆP VÀ PHÁT TRIỂN NÔNG THÔN", "Bộ Nông nghiệp và Phát triển nông thôn"),
        ("TRƯỜNG ĐẠI HỌC KINH TẾ QUỐC DÂN", "Trường Đại học Kinh tế Quốc dân"),
        ("ỦY BAN NHÂN DÂN THÀNH PHỐ THỦ DẦU MỘT", "Ủy ban nhân dân thành phố Thủ Dầu Một"),
        ("UBND TỈNH BÀ RỊA - VŨNG TÀU", "UBND tỉnh Bà Rịa - Vũng Tàu"),
        ("TỈNH ĐOÀN NGHỆ AN", "Tỉnh đoàn Nghệ An"),
        ("BAN TỎ CHỨC", "Ban Tổ chức"),
    ],
)
def test_capitals_become_a_written_name(printed: str, written: str) -> None:
    """A name in capitals is written as office practice does, its marks repaired where only one name fits."""
    assert written.casefold() == capitals(Dictionaries.load()).lowered(printed).casefold()


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300))
def test_any_text_is_read(text: str) -> None:
    """Whatever the text, there is a reading, and number and date are null or well formed."""
    metadata = _read(text).metadata

    assert metadata.date is None or len(metadata.date) == 10
    assert metadata.number is None or any(c.isdigit() for c in metadata.number)


@pytest.mark.parametrize(("text", "field", "mark"), [("| MẬT |", "secrecy", "MẬT"), ("[ HỎA TỐC ,", "urgency", "HỎA TỐC")])
def test_marks_of_stamps_count(text: str, field: str, mark: str) -> None:
    """A stamp is no part of the text, but says how secret and how urgent a document is; its frame is read as signs."""
    lines = ["UBND TỈNH A", "Số: 12/KH-UBND", "Hà Nam, ngày 02 tháng 3 năm 2024", "KẾ HOẠCH", "Kiểm tra"]
    printed = tuple(Line(text=line, raw=line) for line in lines)
    page = Page(number=1, source_page=1, width=0, height=0, dpi=0, lines=(*printed, Line(text=text, raw=text, zone="stamp")))
    assert _field(read_metadata([page], dictionaries=Dictionaries.load()), field) == mark
