"""Writes a catalogue as CSV that Excel opens, and as XLSX with doubtful cells marked.

Text of documents must not become a formula: in XLSX every text is written as text, in CSV a text that begins like a
formula gets an apostrophe before it.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

import regex
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.errors import UsageError
from ocr_pipeline.exports.catalogue import Cell, CheckRow, Row, check_rows, comment_of
from ocr_pipeline.exports.catalogue_values import Value
from ocr_pipeline.exports.files import write_atomically
from ocr_pipeline.exports.forms import Profile, checks

SUFFIXES: Final = (".csv", ".xlsx")
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
# What XML 1.0 cannot hold, and what Excel takes in one cell.
_FORBIDDEN: Final = regex.compile(r"[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]")
_LONGEST: Final = 32_767
_DATE: Final = "dd/mm/yyyy"
_DOUBTFUL: Final = "FFF2CC"
_AUTHOR: Final = "ocr_pipeline"
# One moment for all files, so that the same catalogue is the same bytes.
_MOMENT: Final = dt.datetime(2000, 1, 1)
_MODIFIED: Final = regex.compile(rb"(<dcterms:modified[^>]*>)[^<]*")
_MODIFIED_THEN: Final = rb"\g<1>2000-01-01T00:00:00Z"
_CHECK_WIDTHS: Final = (8, 34, 8, 26, 36, 40, 60)


def write_catalogue(rows: Iterable[Row], form: Profile, path: Path, dictionaries: Dictionaries) -> tuple[int, int]:
    """Write ``path`` as its suffix says, and return how many rows it has and how many doubts they hold.

    CSV has no second sheet: what needs checking goes to ``<stem>.kiem-tra.csv`` beside it. UsageError for another
    suffix, OutputError where it cannot be written.
    """
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise UsageError(f"{path.name} is neither .csv nor .xlsx", remedy="Name the catalogue with one of these endings.")
    return (_write_csv if suffix == ".csv" else _write_xlsx)(rows, form, path, dictionaries)


# --- CSV


def _write_csv(rows: Iterable[Row], form: Profile, path: Path, dictionaries: Dictionaries) -> tuple[int, int]:
    table = [[column.heading for column in form.columns]]
    listed = [list(checks(dictionaries).headings)]
    for row in rows:
        table.append([_csv_text(cell.value) for cell in row.cells])
        listed += [[_csv_text(value) for value in line] for line in check_rows(row, form, dictionaries)]
    write_atomically(path, _csv_bytes(table))
    write_atomically(path.with_name(f"{path.stem}.kiem-tra.csv"), _csv_bytes(listed))
    return len(table) - 1, len(listed) - 1


def _csv_bytes(table: Sequence[Sequence[str]]) -> bytes:
    """UTF-8 with its mark, without which Excel takes it for another encoding."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(table)
    return text.getvalue().encode("utf-8-sig", "replace")


def _csv_text(value: Value) -> str:
    if isinstance(value, dt.date):
        return value.strftime("%d/%m/%Y")
    text = _clean(value) if isinstance(value, str) else "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _clean(text: str) -> str:
    return _FORBIDDEN.sub(" ", text)[:_LONGEST]


# --- XLSX


def _write_xlsx(rows: Iterable[Row], form: Profile, path: Path, dictionaries: Dictionaries) -> tuple[int, int]:
    book = _Workbook(form, checks(dictionaries).sheet, checks(dictionaries).headings)
    for row in rows:
        comments = [comment_of(cell, dictionaries) for cell in row.cells]
        book.add(row.cells, comments)
        for line in check_rows(row, form, dictionaries):
            book.add_check(line)
    write_atomically(path, book.data())
    return book.rows, book.checks


class _Workbook:
    """A workbook of two sheets, written row by row."""

    def __init__(self, form: Profile, check_sheet: str, check_headings: Sequence[str]) -> None:
        self._form = form
        self._book = Workbook(write_only=True)
        self._book.properties.creator = _AUTHOR
        self._book.properties.created = self._book.properties.modified = _MOMENT
        self._sheet = self._begun(form.title, [column.width for column in form.columns])
        self._checks = self._begun(check_sheet, _CHECK_WIDTHS)
        self.rows = self.checks = 0
        self._sheet.append([self._heading(self._sheet, c.heading, c.note) for c in form.columns])
        self._checks.append([self._heading(self._checks, heading) for heading in check_headings])

    def _begun(self, title: str, widths: Sequence[int]) -> Any:
        """A sheet whose heading stays in sight; widths are in characters."""
        sheet = self._book.create_sheet(title)
        for number, width in enumerate(widths, 1):
            sheet.column_dimensions[get_column_letter(number)].width = width
        sheet.freeze_panes = "A2"
        return sheet

    def add(self, cells: Sequence[Cell], comments: Sequence[str]) -> None:
        """A row of the catalogue."""
        made = [self._cell(self._sheet, c.value, n) for c, n in zip(cells, comments, strict=True)]
        self._sheet.append(made)
        self.rows += 1

    def add_check(self, line: CheckRow) -> None:
        """A row of the sheet of what needs checking."""
        self._checks.append([self._cell(self._checks, value) for value in line])
        self.checks += 1

    def _heading(self, sheet: Any, text: str, note: str = "") -> Any:
        cell = self._cell(sheet, text)
        cell.font = Font(bold=True)
        cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
        if note:
            cell.comment = _comment(note)
        return cell

    def _cell(self, sheet: Any, value: Value, comment: str = "") -> Any:
        """A cell of the value's own type; text is text, whatever it begins with."""
        cell = WriteOnlyCell(sheet, value=_clean(value) if isinstance(value, str) else value)
        cell.alignment = Alignment(vertical="top", wrap_text=True)
        if isinstance(value, str):
            cell.data_type = "s"
            cell.quotePrefix = value.startswith(_FORMULA)
        elif isinstance(value, dt.date):
            cell.number_format = _DATE
        if comment:
            cell.fill = PatternFill("solid", start_color=_DOUBTFUL)
            cell.comment = _comment(comment)
        return cell

    def data(self) -> bytes:
        """The finished file."""
        buffer = io.BytesIO()
        self._book.save(buffer)
        return _timeless(buffer.getvalue())


def _comment(text: str) -> Any:
    return Comment(_clean(text)[:1000], _AUTHOR, height=90, width=320)


def _timeless(data: bytes) -> bytes:
    """The same archive with one time for all its members, and in its properties."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as made, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as written:
        for name in made.namelist():
            written.writestr(
                zipfile.ZipInfo(name, _MOMENT.timetuple()[:6]),
                _MODIFIED.sub(_MODIFIED_THEN, made.read(name)),
                zipfile.ZIP_DEFLATED,
            )
    return out.getvalue()
