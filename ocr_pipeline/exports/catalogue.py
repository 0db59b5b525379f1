"""The catalogue of an archive: a document a row, in the columns of a profile, and what of it needs checking.

The columns of each profile are a table in ``dictionaries/catalogues``. A cell is never guessed: what is for the archivist
to say is left blank, what was not read is blank and to be checked, what is doubtful is marked.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from ocr_pipeline.archive import Filed
from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.document import Document, Review
from ocr_pipeline.exports.catalogue_values import VALUES, Value
from ocr_pipeline.exports.forms import Column, Profile, checks, profile
from ocr_pipeline.passages import secrecy_of

_CUT: Final = "…"


class Doubt(NamedTuple):
    """Why a cell needs checking: a reason code, what was seen, and the page of the file."""

    reason: str
    detail: str
    page: int | None


class Cell(NamedTuple):
    """A value in its type, and what is doubtful about it."""

    value: Value
    doubts: tuple[Doubt, ...] = ()


class Row(NamedTuple):
    """A document: its place in the catalogue, its file, a cell a column, and the doubts that are of no column."""

    sequence: int
    file: str
    cells: tuple[Cell, ...]
    doubts: tuple[Doubt, ...]


class CheckRow(NamedTuple):
    """A line of the sheet of what needs checking."""

    sequence: int
    file: str
    page: int | None
    heading: str
    reason: str
    value: Value
    detail: str


def catalogue_row(filed: Filed, sequence: int, form: Profile, *, review_below: float, dictionaries: Dictionaries) -> Row:
    """A document as a row; what was read with less confidence than ``review_below`` is doubtful."""
    document = filed.document
    cells = tuple(_cell(document, column, sequence, form, review_below) for column in form.columns)
    return Row(sequence, document.source.path, cells, tuple(_other_doubts(document, dictionaries)))


def check_rows(row: Row, form: Profile, dictionaries: Dictionaries) -> Iterator[CheckRow]:
    """What of a row needs checking, a line a doubt."""
    reasons = checks(dictionaries).reasons
    for column, cell in zip(form.columns, row.cells, strict=True):
        for doubt in cell.doubts:
            yield CheckRow(row.sequence, row.file, doubt.page, column.heading, _worded(doubt, reasons), cell.value, doubt.detail)
    for doubt in row.doubts:
        yield CheckRow(row.sequence, row.file, doubt.page, "", _worded(doubt, reasons), None, doubt.detail)


def _worded(doubt: Doubt, reasons: dict[str, str]) -> str:
    return reasons.get(doubt.reason, f"{reasons['other']} ({doubt.reason})")


def comment_of(cell: Cell, dictionaries: Dictionaries) -> str:
    """The doubts of a cell in words, a line each."""
    reasons = checks(dictionaries).reasons
    return "\n".join(_worded(d, reasons) + (f": {d.detail}" if d.detail else "") for d in cell.doubts)


def _cell(document: Document, column: Column, sequence: int, form: Profile, review_below: float) -> Cell:
    if column.value == "input":
        return Cell(None)
    if column.value == "sequence":
        return Cell(sequence)
    if column.value == "constant":
        return Cell(column.constant)
    if column.value == "digitised":
        scanned = any(page.text_source == "ocr" for page in document.pages)
        return Cell(column.constant) if scanned else Cell(None, (Doubt("no-scan", "", None),))
    value = VALUES[column.value](document, form.type_codes)
    doubts = list(_doubts(document, column, value, review_below))
    if isinstance(value, str):
        value, cut = _within(value, column.limit)
        doubts += [Doubt("cut", cut, None)] if cut else []
    return Cell(value, tuple(doubts))


def _within(value: str, limit: int) -> tuple[str, str]:
    """The value cut to its limit at the end of a word, and the whole where it was cut."""
    if not limit or len(value) <= limit:
        return value, ""
    room = limit - len(_CUT)
    end = value.rfind(" ", 0, room + 1)
    return value[: end if end > room // 2 else room].rstrip(" ,;:-") + _CUT, value


def _doubts(document: Document, column: Column, value: Value, review_below: float) -> Iterator[Doubt]:
    """What the reading says of a column's fields; that it is missing only where nothing says why."""
    found = []
    for entry in document.review:
        if entry.field in column.fields:
            found.append(Doubt(entry.reason, _seen(document, entry), _source_page(document, entry.page)))
    for field in column.fields:
        evidence = document.evidence.get(field)
        if evidence and evidence.confidence < review_below and not found:
            found.append(Doubt("low-confidence", evidence.raw, _source_page(document, evidence.page)))
    if not found and column.needed and value in (None, ""):
        found.append(Doubt("missing", "", document.source.first_page))
    if not found and column.kind == "date" and isinstance(value, str):
        found.append(Doubt("partial", value, document.source.first_page))
    yield from dict.fromkeys(found)


def _seen(document: Document, entry: Review) -> str:
    """What stands on the page, and what else it may be."""
    evidence = document.evidence.get(entry.field or "")
    seen = evidence.raw if evidence and evidence.source == "read" else entry.detail
    return " | ".join((seen, *entry.alternatives))


def _other_doubts(document: Document, dictionaries: Dictionaries) -> Iterator[Doubt]:
    secrecy = secrecy_of(document, dictionaries)
    if secrecy:
        yield Doubt("secret", secrecy, document.source.first_page)
    for page in document.pages:
        if page.problem:
            yield Doubt("page-problem", page.problem, page.source_page)


def _source_page(document: Document, page: int) -> int:
    return document.source.first_page + page - 1


def catalogue(
    documents: Iterator[Filed], name: str, *, review_below: float, dictionaries: Dictionaries | None = None
) -> Iterator[Row]:
    """The rows of a catalogue in the order of the documents."""
    dictionaries = dictionaries or Dictionaries.load()
    form = profile(name, dictionaries)
    for sequence, filed in enumerate(documents, 1):
        yield catalogue_row(filed, sequence, form, review_below=review_below, dictionaries=dictionaries)
