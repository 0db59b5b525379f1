"""Finds pages by words, and documents by what they cite."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.errors import UsageError
from ocr_pipeline.orthography import fold, unify
from ocr_pipeline.search.days import asked_days
from ocr_pipeline.search.snippets import Snippet, snippet
from ocr_pipeline.search.store import opened
from ocr_pipeline.search.terms import Term, joined, number_key, terms_of

# A query that matches more pages is not ranked; so many of them are put in order by day.
_RANKED: Final = 2000
_COLUMNS: Final = "d.id, d.file, d.number, d.doc_type, d.issuer, d.date, d.title, p.page, p.source_page, p.text"
_PAGES: Final = "FROM pages p JOIN documents d ON d.key = p.document"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What the documents must be.

    Numbers in any written form, the type by name or code, words of the issuer's name, the days, months or years from
    which and up to which they date, the number of a document that they cite.
    """

    number: str | None = None
    doc_type: str | None = None
    issuer: str | None = None
    first_day: str | None = None
    last_day: str | None = None
    cited: str | None = None


class Hit(NamedTuple):
    """A page that was found. ``exact``: with the letters of the query, not only without their marks."""

    document_id: str
    file: str
    number: str | None
    doc_type: str | None
    issuer: str | None
    date: str | None
    title: str | None
    page: int
    source_page: int
    exact: bool
    snippet: Snippet


class Citing(NamedTuple):
    """A document that cites the one asked for, how it names it, and where first."""

    document_id: str
    file: str
    number: str | None
    doc_type: str | None
    issuer: str | None
    date: str | None
    title: str | None
    cited_number: str
    cited_type: str | None
    cited_date: str | None
    cited_issuer: str | None
    relation: str
    page: int
    mentions: int


def search(
    database: Path,
    query: str,
    filters: Filters | None = None,
    *,
    limit: int = 20,
    dictionaries: Dictionaries | None = None,
) -> list[Hit]:
    """The best pages, exact ones first; without words in the query, the first pages of the documents that the filters let by.

    UsageError where neither query nor filters say what to look for.
    """
    dictionaries, filters = dictionaries or Dictionaries.load(), filters or Filters()
    terms = terms_of(query, dictionaries)
    where, values = _conditions(filters, dictionaries)
    if not terms and not where:
        raise UsageError("the query has no word to look for", remedy="Type words, a number, or a filter such as --type.")
    with opened(database) as connection:
        if not terms:
            rows = _filtered(connection, where, values, limit)
            return [_hit(row, True, terms) for row in rows]
        return _found(connection, terms, where, values, limit)


def _filtered(connection: sqlite3.Connection, where: str, values: Sequence[Any], limit: int) -> list[tuple[Any, ...]]:
    sql = f"SELECT {_COLUMNS} FROM documents d JOIN pages p ON p.document = d.key AND p.page = 1 WHERE 1{where}"
    return connection.execute(f"{sql} ORDER BY d.first_day DESC, d.file LIMIT ?", (*values, limit)).fetchall()


class _Tier(NamedTuple):
    """One way to match a query: the column, and the terms as asked or as one phrase."""

    column: str
    terms: tuple[Term, ...]

    @property
    def expression(self) -> str:
        """All terms, in the query language of FTS5; keys hold letters and digits alone, so that nothing needs escaping."""
        parts = []
        for term in self.terms:
            words = f'{self.column} : "{getattr(term, self.column)}"'
            parts.append(f'(numbers : "{term.number}" OR {words})' if term.is_number else words)
        return f"({' AND '.join(parts)})"


def _tiers(terms: tuple[Term, ...]) -> list[_Tier]:
    """With all letters before without marks; words that stand together, as asked, before those that are anywhere on the page."""
    together = joined(terms)
    ways = [together, terms] if together != terms else [terms]
    return [_Tier(column, way) for column in ("exact", "folded") for way in ways]


def _found(connection: sqlite3.Connection, terms: tuple[Term, ...], where: str, values: Sequence[Any], limit: int) -> list[Hit]:
    """The hits of each tier by rank, until there are enough."""
    hits: list[Hit] = []
    seen: list[int] = []
    for tier in _tiers(terms):
        rows = _matches(connection, tier, terms, where, values, seen, limit - len(hits))
        hits += [_hit(row, tier.column == "exact", tier.terms) for _, *row in rows]
        seen += [key for key, *_ in rows]
        if len(hits) >= limit:
            break
    return hits


def _matches(
    connection: sqlite3.Connection,
    tier: _Tier,
    terms: Sequence[Term],
    where: str,
    values: Sequence[Any],
    seen: Sequence[int],
    limit: int,
) -> list[tuple[Any, ...]]:
    """Pages but those seen already: the document that bears a number of the query, then by rank, or the newest documents.

    A very common query is not ranked: that takes as long as there are pages, and no rank tells such pages apart. Of the
    pages put in last, those of the newest documents come first.
    """
    ranked = max(_RANKED, limit)
    count = _count(connection, tier.expression, ranked + 1)
    if not count:
        return []
    numbers = [term.number for term in terms if term.is_number]
    bearers = f"SELECT document FROM own_keys WHERE word IN ({_marks(numbers)})"
    own = f"found IN (SELECT p.key {_PAGES} WHERE p.page = 1 AND d.key IN ({bearers})) DESC, " if numbers else ""
    narrowed = f" AND +rowid IN (SELECT p.key {_PAGES} WHERE 1{where})" if where else ""
    matching = f"FROM page_index WHERE page_index MATCH ? AND rowid NOT IN ({_marks(seen)}){narrowed}"
    if count > ranked:
        found = f"SELECT rowid AS found {matching} ORDER BY {own}rowid DESC LIMIT {ranked}"
        order, asked = "d.first_day DESC, d.key DESC, p.page", [*numbers, *numbers]
    else:
        found = f"SELECT rowid AS found, rank AS place {matching}"
        order, asked = "place", numbers
    sql = f"SELECT p.key, {_COLUMNS} {_PAGES} JOIN ({found}) ON found = p.key ORDER BY {own}{order} LIMIT ?"
    return connection.execute(sql, (tier.expression, *seen, *values, *asked, limit)).fetchall()


def _count(connection: sqlite3.Connection, expression: str, most: int) -> int:
    """How many pages match, counted up to ``most``."""
    sql = "SELECT count(*) FROM (SELECT 1 FROM page_index WHERE page_index MATCH ? LIMIT ?)"
    return int(connection.execute(sql, (expression, most)).fetchone()[0])


def _hit(row: Sequence[Any], exact: bool, terms: Sequence[Term]) -> Hit:
    *facts, text = row
    return Hit._make((*facts, exact, snippet(text, terms)))


def _marks(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))


def _conditions(filters: Filters, dictionaries: Dictionaries) -> tuple[str, list[Any]]:
    """The filters as SQL behind WHERE, and its values."""
    clauses: list[str] = []
    values: list[Any] = []
    if filters.number:
        clauses.append("d.key IN (SELECT document FROM own_keys WHERE word = ?)")
        values.append(_asked_number(filters.number, dictionaries))
    if filters.cited:
        clauses.append("d.key IN (SELECT document FROM citations WHERE key IN (SELECT citation FROM cited_keys WHERE word = ?))")
        values.append(_asked_number(filters.cited, dictionaries))
    if filters.doc_type:
        names = _type_keys(filters.doc_type, dictionaries)
        clauses.append(f"d.type_key IN ({_marks(names)})")
        values += names
    if filters.issuer:
        clauses.append("instr(' ' || d.issuer_key || ' ', ?)")
        values.append(f" {' '.join(fold(filters.issuer).split())} ")
    for clause, day in (
        ("d.last_day >= ?", asked_days(filters.first_day)[0]),
        ("d.first_day <= ?", asked_days(filters.last_day)[1]),
    ):
        clauses += [clause] if day else []
        values += [day] if day else []
    return "".join(f" AND {clause}" for clause in clauses), values


def _asked_number(text: str, dictionaries: Dictionaries) -> str:
    key = number_key(text, dictionaries)
    if key is None:
        raise UsageError(f"{text!r} is no number of a document", remedy="Write it as 57-NQ/TW, 30/2020/NĐ-CP or NQ 57.")
    return key


def _type_keys(asked: str, dictionaries: Dictionaries) -> list[str]:
    """The folded names of the types that a name or a code means: exactly where that is one, else without its marks."""
    rows = [(name, code) for code, name, *_ in dictionaries.rows("doc_types.tsv")]
    for same in (unify, fold):
        names = {fold(name) for name, code in rows if same(asked.strip()) in (same(name), same(code))}
        if names:
            return sorted(names)
    return [fold(asked.strip())]


def cited_by(
    database: Path, number: str, *, date: str | None = None, limit: int = 1000, dictionaries: Dictionaries | None = None
) -> list[Citing]:
    """The documents that cite a number, in any of its written forms, the newest first.

    Numbers begin anew every term or year: with ``date`` only citations that state that day, or none. UsageError where
    the text is no number.
    """
    key, (day, _) = _asked_number(number, dictionaries or Dictionaries.load()), asked_days(date)
    columns = "d.id, d.file, d.number, d.doc_type, d.issuer, d.date, d.title"
    sql = f"""SELECT {columns}, c.number, c.doc_type, c.date, c.issuer, c.relation, c.page, c.mentions
        FROM cited_keys k JOIN citations c ON c.key = k.citation JOIN documents d ON d.key = c.document
        WHERE k.word = ? AND (?2 IS NULL OR c.date IS NULL OR c.date = ?2) ORDER BY d.first_day DESC, d.file, c.key LIMIT ?3"""
    with opened(database) as connection:
        return [Citing(*row) for row in connection.execute(sql.replace("k.word = ?", "k.word = ?1"), (key, day, limit))]
