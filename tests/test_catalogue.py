"""Catalogues: the columns of each form, typed values, limits, doubts, and cells that stay text whatever they hold."""

from __future__ import annotations

import csv
import datetime as dt
import json
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from ocr_pipeline.archive import Filed
from ocr_pipeline.cli import main
from ocr_pipeline.composition import read_text
from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.document import Document, Evidence, Metadata, Page, Review, Signer, to_json
from ocr_pipeline.errors import UsageError
from ocr_pipeline.exports import PROFILES
from ocr_pipeline.exports.catalogue import Row, catalogue, catalogue_row
from ocr_pipeline.exports.catalogue_values import VALUES
from ocr_pipeline.exports.forms import checks, profile
from ocr_pipeline.exports.spreadsheet import write_catalogue

DICTIONARIES = Dictionaries.load()
ROOT = Path(__file__).resolve().parents[1]
LONG = "Về việc kiện toàn tổ chức, bộ máy và phân công nhiệm vụ " * 12


def _scan(number: int, metadata: Metadata, **more: Any) -> Document:
    """A document of three scanned pages, the file's pages 4 to 6."""
    document = read_text(f"tệp {number}")
    pages = tuple(Page(number=n, source_page=n + 3, width=10, height=10, dpi=200) for n in (1, 2, 3))
    source = replace(document.source, name=f"{number}.pdf", path=f"hoso/{number}.pdf", first_page=4, last_page=6, pages=6)
    return replace(document, source=source, metadata=metadata, pages=pages, **more)


GOOD = _scan(
    1,
    Metadata(
        number="05-QĐ/TU", doc_type="Quyết định", doc_type_code="QĐ", system="party", issuer="Tỉnh ủy Sơn Hải",
        issuers=("Tỉnh ủy Sơn Hải",), date="2024-03-05", title="về thành lập tổ công tác",
        signers=(Signer(name="Lê Văn Sơn"), Signer(name="Hà Bình")),
        secrecy="MẬT",
    ),
)  # fmt: skip
LAW = _scan(2, Metadata(number="30/2020/NĐ-CP", doc_type="Nghị định", issuer="Chính phủ", date="2020-03-05", title=LONG.strip()))
POOR = _scan(
    3,
    Metadata(
        doc_type="Công văn", doc_type_code="CV", issuer="Sở Nội vụ", parent_issuer="UBND tỉnh Sơn Hải", date_partial="2023-09",
        title='=HYPERLINK("http://example.org";"V/v mở")', signers=(Signer(name="Trần An"),),
    ),
    evidence={
        "number": Evidence(page=1, line=2, bbox=None, raw="Số:    /SNV", confidence=0.5),
        "title": Evidence(page=1, line=4, bbox=None, raw="V/v m0", confidence=0.41),
        "issuer": Evidence(page=2, line=1, bbox=None, raw="SỞ NỘI VỤ", confidence=0.99),
    },
    review=(
        Review(page=1, line=2, field="number", reason="blank-number"),
        Review(page=2, line=9, field="signer", reason="doubtful-name", detail="Tran An", alternatives=("Trần Ân",)),
        Review(page=1, line=7, field=None, reason="low-margin"),
    ),
)  # fmt: skip
DOCUMENTS = (GOOD, LAW, POOR)


def _rows(name: str, *documents: Document) -> Iterator[Row]:
    filed = (Filed(f"{number}.json", document) for number, document in enumerate(documents or DOCUMENTS))
    return catalogue(filed, name, review_below=0.8, dictionaries=DICTIONARIES)


def _written(name: str, path: Path, *documents: Document) -> Any:
    write_catalogue(_rows(name, *documents), profile(name, DICTIONARIES), path, DICTIONARIES)
    return openpyxl.load_workbook(path) if path.suffix == ".xlsx" else path.read_bytes()


def test_official_columns() -> None:
    """As many columns as each form has, in its order; every value is one that the code knows."""
    party, state, ead = (profile(name, DICTIONARIES) for name in PROFILES)

    assert (24, 7) == (len(party.columns), len(state.columns))
    assert ["STT", "Số ký hiệu", "Ngày tháng", "Trích yếu", "Tác giả", "Tờ số", "Ghi chú"] == [c.heading for c in state.columns]
    assert ["Số TT", "Số của văn bản", "Ký hiệu của văn bản"] == [c.heading for c in party.columns[:3]]
    assert {"Bút tích", "Chuyên đề", "Tình trạng vật lý", "Độ mật"} <= {c.heading for c in party.columns}
    assert {"docId": 25, "codeNumber": 11, "codeNotation": 30, "organName": 200, "subject": 500, "numberOfPage": 4} == {
        c.heading: c.limit
        for c in ead.columns
        if c.heading in ("docId", "codeNumber", "codeNotation", "organName", "subject", "numberOfPage")
    }
    known = {*VALUES, "input", "sequence", "constant", "digitised"}
    for form in (party, state, ead):
        assert [c.heading for c in form.columns if c.value not in known or c.kind not in ("text", "integer", "date")] == []
        assert len({c.heading for c in form.columns}) == len(form.columns)
    assert [f"{n:02}" for n in range(1, 32)] == sorted(ead.type_codes.values())


def test_tables_name_their_sources() -> None:
    """Each table of the folder is TOML that says in its first lines where it is from."""
    files = sorted((ROOT / "dictionaries" / "catalogues").glob("*.toml"))

    assert {*PROFILES, "checks"} == {path.stem for path in files}
    for path in files:
        text = path.read_text(encoding="utf-8")
        assert "Source" in text.split("\n\n")[0]
        assert tomllib.loads(text)


def test_every_reason_of_a_field_is_worded() -> None:
    """Each reason that the reading of metadata gives has its words in Vietnamese."""
    sources = " ".join(path.read_text(encoding="utf-8") for path in (ROOT / "ocr_pipeline" / "metadata").glob("*.py"))
    codes = set(regex.findall(r'"((?:blank|handwritten|unreadable|doubtful|repaired)-[a-z]+)"', sources)) | {"inferred"}

    assert len(codes) > 8
    assert codes <= checks(DICTIONARIES).reasons.keys()


def test_the_party_form_cell_by_cell(tmp_path: Path) -> None:
    """Opened again: headings, types, values, what is left to the archivist, marks and comments of doubtful cells."""
    book = _written("party24", tmp_path / "a.xlsx")
    sheet = book["Mục lục văn bản"]
    blank = [None]

    assert ["Mục lục văn bản", "Cần kiểm tra"] == book.sheetnames
    assert [c.heading for c in profile("party24", DICTIONARIES).columns] == [cell.value for cell in sheet[1]]
    assert [
        1, "05", "QĐ/TU", dt.datetime(2024, 3, 5), "Tỉnh ủy Sơn Hải", "Quyết định", "về thành lập tổ công tác",
        "Lê Văn Sơn; Hà Bình", "MẬT", *blank, 4, 3, 1, "1.pdf", *blank * 4, "Tiếng Việt", *blank * 3, "Số hóa", *blank,
    ] == [cell.value for cell in sheet[2]]  # fmt: skip
    assert ["30/2020", "NĐ-CP"] == [cell.value for cell in sheet[3][1:3]]
    assert [None, None, "09/2023", "Sở Nội vụ, UBND tỉnh Sơn Hải", "Công văn"] == [cell.value for cell in sheet[4][1:6]]
    assert "dd/mm/yyyy" == sheet[2][3].number_format
    assert [] == [cell.coordinate for cell in sheet[2] if cell.comment or cell.fill.fill_type]
    marked = {cell.coordinate: cell.comment.text for row in sheet.iter_rows(min_row=3) for cell in row if cell.comment}
    assert {"H3", "G3", "B4", "C4", "D4", "G4", "H4"} == marked.keys()
    assert marked["G3"] == f"Dài quá giới hạn, đã cắt: {LONG.strip()}"
    assert marked["H3"] == "Không đọc được hoặc để trống"
    assert marked["B4"] == "Số để trống: Số:    /SNV"
    assert marked["D4"] == "Ngày tháng không đủ: 09/2023"
    assert marked["G4"] == "Độ tin cậy thấp: V/v m0"
    assert marked["H4"] == "Họ tên không chắc chắn: Tran An | Trần Ân"
    assert {"solid"} == {sheet[place].fill.fill_type for place in marked}
    assert "A2" == sheet.freeze_panes


def test_the_sheet_of_what_needs_checking(tmp_path: Path) -> None:
    """File, page of the file, column, reason and value of each doubt, and that a document is secret."""
    sheet = _written("party24", tmp_path / "a.xlsx")["Cần kiểm tra"]
    rows = [tuple(cell.value for cell in row) for row in sheet.iter_rows()]

    assert ("Số TT", "Tệp", "Trang", "Cột", "Lý do", "Giá trị", "Chi tiết") == rows[0]
    assert (1, "hoso/1.pdf", 4, None, "Văn bản có độ mật: xem lại chế độ sử dụng", None, "MẬT") == rows[1]
    assert (3, "hoso/3.pdf", 5, "Người ký", "Họ tên không chắc chắn", "Trần An", "Tran An | Trần Ân") == rows[-1]
    assert [
        "1",
        "2 Trích yếu nội dung",
        "2 Người ký",
        "3 Số của văn bản",
        "3 Ký hiệu của văn bản",
        "3 Ngày tháng năm văn bản",
        "3 Trích yếu nội dung",
        "3 Người ký",
    ] == [f"{row[0]} {row[3] or ''}".strip() for row in rows[1:]]


def test_values_are_cut_at_a_word_to_the_limit(tmp_path: Path) -> None:
    """No longer than the form allows, at the end of a word, with dots; the whole is in the sheet of checks."""
    book = _written("ead05", tmp_path / "a.xlsx")
    subject = book["EAD_doc"]["I3"].value

    assert len(subject) <= 500
    assert subject.endswith(
        ("việc…", "vụ…", "máy…", "toàn…", "kiện…", "chức…", "công…", "phân…", "nhiệm…", "tổ…", "bộ…", "và…", "Về…")
    )
    assert LONG.strip() in [row[6].value for row in book["Cần kiểm tra"].iter_rows(min_row=2)]
    for row in book["EAD_doc"].iter_rows(min_row=2):
        for column, cell in zip(profile("ead05", DICTIONARIES).columns, row, strict=True):
            assert not column.limit or not isinstance(cell.value, str) or len(cell.value) <= column.limit


def test_the_codes_of_the_state_standard(tmp_path: Path) -> None:
    """Types are codes, others 32; the date is a date; language and provenance are constants."""
    sheet = _written("ead05", tmp_path / "a.xlsx")["EAD_doc"]

    assert ["02", "32", "22"] == [row[3].value for row in sheet.iter_rows(min_row=2)]
    assert ["01", 3] == [cell.value for cell in sheet[2][9:11]]
    assert "02" == sheet[2][14].value
    assert "Tên loại tài liệu: 01-32" == sheet["D1"].comment.text


def test_text_that_looks_like_a_formula_stays_text(tmp_path: Path) -> None:
    """In XLSX it is of type text; in CSV an apostrophe keeps a spreadsheet from running it."""
    sheet = _written("state7", tmp_path / "a.xlsx")["Mục lục văn bản, tài liệu"]
    text = _written("state7", tmp_path / "a.csv").decode("utf-8-sig")
    cell = sheet["D4"]

    assert ("s", POOR.metadata.title) == (cell.data_type, cell.value)
    assert cell.quotePrefix
    assert [f"'{POOR.metadata.title}"] == [row[3] for row in csv.reader(text.splitlines()) if row[0] == "3"]


@settings(max_examples=20, deadline=None)
@given(st.text(max_size=40))
def test_no_text_of_a_document_becomes_a_formula_or_breaks_the_file(tmp_path_factory: pytest.TempPathFactory, title: str) -> None:
    """Any title: the workbook opens, the cell holds text, no CSV cell begins like a formula."""
    folder = tmp_path_factory.mktemp("cells")
    document = replace(GOOD, metadata=replace(GOOD.metadata, title=title, issuers=(title,)))
    sheet = _written("state7", folder / "a.xlsx", document).worksheets[0]
    text = _written("state7", folder / "a.csv", document).decode("utf-8-sig")

    assert "f" not in {cell.data_type for cell in sheet[2]}
    assert not [
        c for row in csv.reader(text.splitlines(keepends=True)) for c in row if c.startswith(("=", "+", "-", "@", "\t", "\r"))
    ]


def test_csv_opens_in_excel(tmp_path: Path) -> None:
    """The mark of UTF-8, CRLF, dates as they are written here; what needs checking lies beside it."""
    data = _written("state7", tmp_path / "muc-luc.csv")

    assert data.startswith(b"\xef\xbb\xbf")
    assert b"\r\n" in data
    rows = list(csv.reader(data.decode("utf-8-sig").splitlines()))
    assert ["1", "05-QĐ/TU", "05/03/2024", "Quyết định về thành lập tổ công tác", "Tỉnh ủy Sơn Hải", "", ""] == rows[1]
    listed = (tmp_path / "muc-luc.kiem-tra.csv").read_text(encoding="utf-8-sig").splitlines()
    assert "Số để trống" in "".join(listed)


def test_born_digital_documents_are_no_scans() -> None:
    """Provenance is not claimed where no page was recognised."""
    document = replace(GOOD, pages=(replace(GOOD.pages[0], text_source="text-layer"),))
    form = profile("ead05", DICTIONARIES)
    row = catalogue_row(Filed("a", document), 1, form, review_below=0.8, dictionaries=DICTIONARIES)

    assert row.cells[14].value is None
    assert ["no-scan"] == [d.reason for d in row.cells[14].doubts]


def test_the_same_catalogue_is_the_same_bytes(tmp_path: Path) -> None:
    """Written twice, nothing differs, not the times either."""
    for suffix in ("xlsx", "csv"):
        for name in ("a", "b"):
            _written("party24", tmp_path / f"{name}.{suffix}")
        assert (tmp_path / f"a.{suffix}").read_bytes() == (tmp_path / f"b.{suffix}").read_bytes()


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A catalogue of a folder; another ending, no document and a folder that is none are said."""
    folder = tmp_path / "j"
    folder.mkdir()
    for number, document in enumerate(DOCUMENTS):
        (folder / f"{number}.json").write_bytes(to_json(document))
    (folder / "notes.json").write_text(json.dumps({}), encoding="utf-8")
    ask = ["catalogue", str(folder), "--profile", "party24", "--out"]

    assert 0 == main([*ask, str(tmp_path / "x" / "a.xlsx")])
    assert "3 documents" in (said := capsys.readouterr().err)
    assert "notes.json: passed over" in said
    assert 4 == openpyxl.load_workbook(tmp_path / "x" / "a.xlsx").worksheets[0].max_row
    assert UsageError.exit_code == main([*ask, str(tmp_path / "a.ods")])
    assert "neither .csv nor .xlsx" in capsys.readouterr().err
    (tmp_path / "empty").mkdir()
    assert UsageError.exit_code == main(
        ["catalogue", str(tmp_path / "empty"), "--profile", "state7", "--out", str(tmp_path / "b.csv")]
    )
    assert not (tmp_path / "b.csv").exists()
