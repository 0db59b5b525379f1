"""What the documents of an archive say of the ones they cite: each distinct statement once, with how many say it."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from ocr_pipeline.archive import Skipped
from ocr_pipeline.citations.archive import Cited, Held
from ocr_pipeline.citations.scopes import UNKNOWN, Scopes
from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.symbols import symbol_key
from ocr_pipeline.symbols.form import cut

_RELATIONS: Final = ("khác", "căn cứ", "thực hiện", "theo", "hướng dẫn thi hành", "sửa đổi, bổ sung", "thay thế", "bãi bỏ")


class Statement(NamedTuple):
    """A document as others cite it; ``year`` is that of the citing document where no date is stated, else 0."""

    key: str
    number: str
    doc_type: str | None
    date: str | None
    issuer: str | None
    scope: str
    year: int


class File(NamedTuple):
    """A document of the archive: where it lies, what it is, and which statement is its own."""

    path: str
    id: str
    number: str | None
    doc_type: str | None
    date: str | None
    title: str | None
    statement: int


class Citation(NamedTuple):
    """One document cites another: indices of file and statement, the relation, how often and on which page first."""

    source: int
    statement: int
    relation: str
    mentions: int
    page: int


class Statements:
    """The statements of an archive, its files, and its citations in columns: two million of them fit into memory."""

    def __init__(self, dictionaries: Dictionaries) -> None:
        self.rows: list[Statement] = []
        self.files: list[File] = []
        self.skipped: list[Skipped] = []
        self.cited_by = array("L")
        self.first_source = array("L")
        self._index: dict[Statement, int] = {}
        self._columns = tuple(array(code) for code in "LLBHH")
        self._scopes = Scopes(dictionaries)

    def add_all(self, archive: Iterable[Held | Skipped]) -> None:
        """Every document of an archive, and what it cites."""
        for entry in archive:
            if isinstance(entry, Skipped):
                self.skipped.append(entry)
            else:
                self._add(entry)

    def _add(self, held: Held) -> None:
        source, province = len(self.files), self._scopes.province(held)
        self.files.append(
            File(held.path, held.id, held.number, held.doc_type, held.date, held.title, self._of(self._own(held, source)))
        )
        for cited in held.cited:
            scope = self._scopes.cited(cited.number, cited.issuer, province)
            statement = self._of(_stated(cited, scope, held))
            if not self.cited_by[statement]:
                self.first_source[statement] = source
            self.cited_by[statement] += 1
            values = (source, statement, _RELATIONS.index(cited.relation), min(cited.mentions, 65535), min(cited.page, 65535))
            for column, value in zip(self._columns, values, strict=True):
                column.append(value)

    def _own(self, held: Held, source: int) -> Statement:
        """What a document says of itself; one without number is known by its place in the archive alone."""
        if held.number is None:
            return Statement(f"#{source}", "", held.doc_type, held.date, held.issuer, UNKNOWN, 0)
        scope = self._scopes.own(held, held.number)
        return Statement(symbol_key(held.number), held.number, held.doc_type, held.date, held.issuer, scope, 0)

    def _of(self, statement: Statement) -> int:
        index = self._index.setdefault(statement, len(self.rows))
        if index == len(self.rows):
            self.rows.append(statement)
            self.cited_by.append(0)
            self.first_source.append(0)
        return index

    def known(self, number: str, doc_type: str, date: str, issuer: str | None) -> int:
        """The statement of a document that the table of often cited ones has."""
        scope = self._scopes.cited(number, issuer, None)
        return self._of(Statement(symbol_key(number), number, doc_type, date, issuer, scope, 0))

    def citations(self) -> Iterator[Citation]:
        """The citations, in the order of the files and of the places in them."""
        for source, statement, relation, mentions, page in zip(*self._columns, strict=True):
            yield Citation(source, statement, _RELATIONS[relation], mentions, page)


def _stated(cited: Cited, scope: str, held: Held) -> Statement:
    year = int(held.date[:4]) if held.date and not cited.date else 0
    return Statement(cited.key, cited.number, cited.doc_type, cited.date, cited.issuer, scope, year)


def year_of(number: str) -> int | None:
    """The year that a number bears: 30/2020/NĐ-CP."""
    parts = cut(number)
    return parts.year if parts else None
