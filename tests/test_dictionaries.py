"""Tables of symbols, references and metadata: form, order, sources, and that their words mean something to one another."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import regex

from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.metadata.issuers import known_organs
from ocr_pipeline.references.rules import reference_rules
from ocr_pipeline.symbols import parse_symbol
from ocr_pipeline.symbols.form import parts_of
from ocr_pipeline.symbols.issuer_names import issuer_names
from ocr_pipeline.symbols.tables import symbol_tables

DICTIONARIES = Dictionaries.load()
FOLDER = Path(__file__).parent.parent / "dictionaries"
# Each table with the columns that it is sorted by, and those that name a row once.
TABLES = {
    "cited_documents.tsv": ([0], [0]),
    "doc_types.tsv": ([1], [0, 1]),
    "handwriting_fonts.tsv": ([0], [0]),
    "issuer_names.tsv": ([0], [0]),
    "issuer_symbols.tsv": ([0], [0]),
    "months.tsv": ([0], [0]),
    "organ_symbols.tsv": ([0], [0]),
    "organ_words.tsv": ([0], [0]),
    "places.tsv": ([0], [0]),
    "surnames.tsv": ([0], [0]),
    "symbol_confusions.tsv": ([0, 1], [0, 1]),
    "symbol_departments.tsv": ([0], [0]),
    "symbols.tsv": ([0], [0]),
}
RULES = ["metadata.toml", "references.toml", "relations.toml", "symbols.toml"]


@pytest.mark.parametrize("name", [*TABLES, *RULES, "point_letters.tsv", "heading_numbers.tsv", "slips.toml"])
def test_tables_are_plain_text_with_their_sources(name: str) -> None:
    """UTF-8 in NFC, line feeds, no blanks at line ends, and the first lines say where the words come from."""
    data = (FOLDER / name).read_bytes()
    text = data.decode("utf-8")
    comment = " ".join(line for line in text.split("\n")[:8] if line.startswith("#"))

    assert unicodedata.normalize("NFC", text) == text
    assert b"\r" not in data
    assert text.endswith("\n")
    assert [line for line in text.split("\n") if line.startswith("#") and line != line.rstrip()] == []
    assert regex.search(r"\b[Ss]ources?\b|wording: office practice", comment)


@pytest.mark.parametrize("name", TABLES)
def test_tables_are_sorted_and_say_a_thing_once(name: str) -> None:
    """Every row has the columns of the header, rows are in the order that the comment states, no row comes twice."""
    order, key = TABLES[name]
    lines = [line for line in (FOLDER / name).read_text(encoding="utf-8").split("\n")[:-1] if not line.startswith("#")]
    rows = [line.split("\t") for line in lines[1:]]

    assert {len(row) for row in rows} == {len(lines[0].split("\t"))}
    assert rows == sorted(rows, key=lambda row: [row[column] for column in order])
    assert len({tuple(row[column] for column in key) for row in rows}) == len(rows)
    assert all(cell == cell.strip() for row in rows for cell in row)


def _patterns(table: Any) -> Iterator[dict[str, Any]]:
    if isinstance(table, dict):
        if "pattern" in table:
            yield table
        for value in table.values():
            yield from _patterns(value)
    elif isinstance(table, list):
        for value in table:
            yield from _patterns(value)


@pytest.mark.parametrize("name", RULES)
def test_every_pattern_has_examples_and_counter_examples(name: str) -> None:
    """A pattern that nothing shows right and wrong cannot be changed safely; each compiles by itself."""
    for table in _patterns(DICTIONARIES.toml(name)):
        assert regex.compile(table["pattern"])
        assert table["examples"], table["pattern"]
        assert table["rejects"], table["pattern"]


def test_numbered_organs_match_their_examples() -> None:
    """Committees with the number of what they are there for are organs; other organs have none."""
    rule, tables = DICTIONARIES.toml("symbols.toml")["numbered"], symbol_tables(DICTIONARIES)

    assert all(tables.is_body(part) for part in rule["examples"])
    assert not any(tables.is_body(part) for part in rule["rejects"] if part not in tables.bodies)


def test_documents_without_number_match_their_examples() -> None:
    """A law named without its number is matched whole; a lawyer and "this law" are not laws named."""
    rule = DICTIONARIES.toml("references.toml")["unnumbered"]
    pattern = reference_rules(DICTIONARIES).unnumbered

    assert [e for e in rule["examples"] if not pattern.fullmatch(e)] == []
    assert [e for e in rule["rejects"] if (found := pattern.match(e)) and found["title"] and found.end() == len(e)] == []


def test_tails_are_made_of_known_parts() -> None:
    """A whole tail that damaged symbols are read as has parts that the other tables know, or is a historic form."""
    tables = symbol_tables(DICTIONARIES)
    unknown = [
        tail
        for tail in tables.tails
        if tail not in tables.historic and not all(tables.is_code(p) or tables.is_body(p) for p in parts_of(tail))
    ]

    assert unknown == []


def test_codes_of_types_are_read_in_numbers() -> None:
    """Every code with an organ of its system makes a number, and the number has the code."""
    wrong = []
    for code, _, system, _ in DICTIONARIES.rows("doc_types.tsv"):
        if code == "-":
            continue
        text = f"12-{code}/TU" if system == "party" else f"12/{code}-UBND"
        symbol = parse_symbol(text, DICTIONARIES)
        if symbol is None or symbol.code != code:
            wrong.append((text, symbol))

    assert wrong == []


def test_confusions_have_bearable_costs() -> None:
    """A confusion costs less than any change, more than nothing, and does not change a letter into itself."""
    rows = DICTIONARIES.rows("symbol_confusions.tsv")

    assert all(0.0 < float(cost) < 3.0 for *_, cost in rows)
    assert all(printed != recognised for printed, recognised, _ in rows)
    assert all(printed for printed, _, _ in rows)


def test_known_names_are_read_as_themselves() -> None:
    """A known name that stands as printed ends where it ends, and nothing of it is repaired."""
    names = issuer_names(DICTIONARIES)
    wrong = []
    for (name,) in DICTIONARIES.rows("issuer_names.tsv"):
        found = names.at(f"{name} về việc", 0)
        if not found or found.end != len(name) or found.repairs:
            wrong.append(name)

    assert wrong == []


def test_often_cited_documents_are_whole() -> None:
    """Each is a number in its own form, with a known type, a day that exists, and the year of the number where it bears one."""
    types = {row[1] for row in DICTIONARIES.rows("doc_types.tsv")}
    for number, kind, day, issuer, count in DICTIONARIES.rows("cited_documents.tsv"):
        symbol = parse_symbol(number, DICTIONARIES)
        assert symbol is not None
        assert symbol.number == number
        assert kind in types
        assert symbol.year in (None, date.fromisoformat(day).year)
        assert issuer
        assert int(count) > 0


def test_terms_follow_one_another() -> None:
    """Terms of the Central Committee are in order of their days and numerals, and the days exist."""
    terms = reference_rules(DICTIONARIES).terms
    days = [date.fromisoformat(day) for _, day in terms]

    assert days == sorted(days)
    assert len({numeral for numeral, _ in terms}) == len(terms)


def test_inferred_organs_are_complete() -> None:
    """An issuer that a symbol tells has no place left open where the place is known."""
    organs = known_organs(DICTIONARIES)
    for symbol, *_ in DICTIONARIES.rows("organ_symbols.tsv"):
        for name in organs.inferred(symbol, "Quảng Ninh"):
            assert name is None or "{" not in name
