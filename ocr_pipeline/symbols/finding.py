"""Finds the numbers of documents in text, clean or damaged, and reads them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final, NamedTuple

import regex

from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.document import Span
from ocr_pipeline.symbols.flow import flow
from ocr_pipeline.symbols.form import Symbol, cut, parts_of, symbol_key
from ocr_pipeline.symbols.nouns import Noun, nouns
from ocr_pipeline.symbols.repair import Reading, readings_of
from ocr_pipeline.symbols.tables import SymbolTables, symbol_tables

_UPPER = r"A-ZĐƯÔƠÊÂĂÐ"
_PART = rf"[{_UPPER}\d][\p{{L}}\d'’|!$§]{{0,17}}(?![\p{{L}}\d])"
# A separator, and the second one that a recogniser makes of its ends.
_SIGN = r"[-/](?:\s?[-~'’_./])?"
# Every repetition is bounded: the time grows with the length of the text alone.
_CANDIDATE: Final = regex.compile(
    r"(?:(?<=[Ss][ốôồ])|(?<=[\s(\[“\"'‘«:.,;_*|>-])|^)(?<!\d[-/.,:])(?<!\p{L}[-/])"
    r"(?P<ordinal>[\dOolIS|]{1,6}(?:\.\d{1,2}(?=\s?[-/]))?)(?P<suffix>[a-eđA-EĐ](?=\s?[-/]))?"
    rf"(?P<year>\s?{_SIGN}\s?(?:19|2[0Oo])[\dOolI]\s?[\dOolI](?!\d))?"
    rf"(?P<sign>\s{{0,2}}(?:{_SIGN}|\|)\s{{0,2}}|[Il!]?(?=[{_UPPER}]{{2}}))"
    rf"(?P<tail>{_PART}(?:\s?(?:{_SIGN}|&)\s?{_PART}|,[A-ZĐ]{{2,4}}(?![\p{{L}}\d])|(?<=Q.)\s\d{{1,2}}(?![\d/.,-])|\s[A-ZĐ]{{1,2}}(?=[-/])"
    r"|\s(?:W|LT|Tg|ND|ĐND)(?![\p{L}\d])){0,7})"
)
# Digits that a number has lost to its left: what was found is only the end of one.
_TORN: Final = regex.compile(r"(?<![\d\p{L}/.-])[\dIl]{1,3}\s$")
_CONTINUED: Final = regex.compile(r"\d\s?[-/]\s?[-/]?\s?$")
_DIGITS: Final = str.maketrans("OoIl|S", "001115")
_WORD_AFTER: Final = regex.compile(
    r"(?<=[A-ZĐ]{2}|TTg)(?:ngày|của|về|và|quy|được|thì|ban|năm|do|có|tại|là|để|hướng|đã|sửa|ngay|cua|ctia|cia)\p{Ll}{0,4}$"
)
_SPACED: Final = regex.compile(r"\s+")
_DOUBLED: Final = regex.compile(r"([-/])[-~'’_./]")
_SPACED_DASH: Final = regex.compile(r"\s-\s(?P<part>[^\s/-]+)$")
_TAIL_CUT: Final = regex.compile(r"\s?[-/,&]\s?|\s")
# What a reading may cost: with the noun before it, with "số" alone, with neither.
_BEARABLE = {2: 3.2, 1: 2.2, 0: 0.9}


class SymbolMatch(NamedTuple):
    """A number found in text. ``repaired`` is ``raw`` with its letters right and its spacing as printed."""

    span: Span
    raw: str
    symbol: Symbol
    confidence: float
    alternatives: tuple[str, ...]
    repaired: str


class Found(NamedTuple):
    """A match with the noun before it."""

    match: SymbolMatch
    noun: Noun


def find_symbols(text: str, dictionaries: Dictionaries) -> tuple[SymbolMatch, ...]:
    """The numbers of documents in a text, in order; spans are into the text, line ends inside a number are allowed.

    Digits are kept; only O, o, l, I, S and | inside a number are read as digits.

    >>> [m.symbol.number for m in find_symbols("Quyét dinh s6 204-OP/TW", Dictionaries.load())]
    ['204-QĐ/TW']
    """
    return tuple(found.match for found in scan(text, flow(text), dictionaries))


def parse_symbol(text: str, dictionaries: Dictionaries) -> Symbol | None:
    """The number that a text is, in its canonical form; None where it is none.

    >>> parse_symbol("57 - NQ / TƯ", Dictionaries.load()).number
    '57-NQ/TW'
    """
    plain = " ".join(flow(text).split())
    found = _CANDIDATE.match(plain)
    if not found or found.end() != len(plain):
        return None
    read = _read(found, found["tail"], frozenset(), 2, dictionaries)
    return read[0] if read else None


def scan(text: str, flowing: str, dictionaries: Dictionaries) -> list[Found]:
    """The numbers in a text whose flow is given, each with its noun."""
    tables = symbol_tables(dictionaries)
    results: list[Found] = []
    at = 0
    while found := _CANDIDATE.search(flowing, at):
        start, noun = _before(flowing, found.start(), dictionaries)
        match = None if noun.other else _match(text, found, start, noun, tables, dictionaries)
        if match:
            results.append(Found(match, noun))
        at = match.span.end if match else max(found.end("ordinal"), found.start() + 1)
    return results


def _before(flowing: str, at: int, dictionaries: Dictionaries) -> tuple[int, Noun]:
    """Where the number begins, and its noun: digits that stand apart between "số" and the rest belong to it."""
    known = nouns(dictionaries)
    noun = known.before(flowing, at)
    torn = None if noun.name or noun.numbered else _TORN.search(flowing, max(0, at - 5), at)
    if torn:
        whole = known.before(flowing, torn.start())
        if whole.numbered:
            return torn.start(), whole
    return at, noun


def _match(
    text: str, found: regex.Match[str], start: int, noun: Noun, tables: SymbolTables, dictionaries: Dictionaries
) -> SymbolMatch | None:
    evidence = 2 if noun.name else 1 if noun.numbered else 0
    if not _plausible(found, noun):
        return None
    for tail in _tails(found["tail"]):
        read = _read(found, tail, noun.codes, evidence, dictionaries, torn=found.string[start : found.start()].strip())
        if read and not _runs_on(tail, tables) and _acceptable(found, tail, read[0], noun, tables):
            symbol, confidence, alternatives = read
            span = Span(start, found.start("tail") + len(tail))
            raw = text[span.start : span.end]
            return SymbolMatch(span, raw, symbol, confidence, alternatives, _repaired(raw, symbol))
    return None


def _plausible(found: regex.Match[str], noun: Noun) -> bool:
    """A number has a digit, or a noun before it; a lost separator needs a noun."""
    ordinal = found["ordinal"]
    sure = noun.name is not None and noun.numbered
    if not any(c.isdigit() for c in ordinal) and (not sure or ordinal in ("I", "O", "S", "l")):
        return False
    if sum(c.isalpha() for c in found["tail"][:4]) * 2 < min(4, len(found["tail"])):
        return False
    if _CONTINUED.search(found.string, max(0, found.start() - 6), found.start()):
        return False
    return bool(found["sign"].strip()) or noun.name is not None or noun.numbered


def _tails(tail: str) -> Iterator[str]:
    """The tail, then shorter ones: what follows a spaced separator may be the sentence going on."""
    glued = _WORD_AFTER.search(tail)
    if glued:
        tail = tail[: glued.start()]
    yield tail
    for end in reversed([m.start() for m in _TAIL_CUT.finditer(tail)]):
        yield tail[:end]


def _read(
    found: regex.Match[str], tail: str, codes: frozenset[str], evidence: int, dictionaries: Dictionaries, torn: str = ""
) -> tuple[Symbol, float, tuple[str, ...]] | None:
    """The symbol, its confidence, and other numbers that it may be."""
    readings = readings_of(dictionaries, _plain(tail), codes)
    if not readings or readings[0].cost > _BEARABLE[evidence]:
        return None
    tables = symbol_tables(dictionaries)
    best = readings[0]
    others = [r for r in readings[1:4] if r.cost - best.cost < 1.0]
    symbols = [_symbol(found, torn, reading, tables) for reading in (best, *others)]
    if symbols[0] is None:
        return None
    alternatives = tuple(s.number for s in symbols[1:] if s and s.number != symbols[0].number)
    return symbols[0], _confidence(best, readings, evidence, found), alternatives


def _plain(text: str) -> str:
    """Without white space and with one sign for a torn one."""
    return _DOUBLED.sub(r"\1", _SPACED.sub("", text))


def _confidence(best: Reading, readings: tuple[Reading, ...], evidence: int, found: regex.Match[str]) -> float:
    margin = readings[1].cost - best.cost if len(readings) > 1 else 3.0
    clean = found["ordinal"].replace(".", "").isdigit()
    surely = 1.0 / (1.0 + math.exp(-2.5 * margin)) if best.cost else 1.0
    return round(surely * (1.0 - 0.06 * best.cost) * (1.0 if clean else 0.95) * (0.99 if evidence else 0.95), 4)


def _symbol(found: regex.Match[str], torn: str, reading: Reading, tables: SymbolTables) -> Symbol | None:
    ordinal = (torn + found["ordinal"]).translate(_DIGITS) + (found["suffix"] or "")
    year = _plain(found["year"] or "")
    year = year[:1] + year[1:].translate(_DIGITS)
    sign = _plain(found["sign"])
    if sign not in ("-", "/"):
        sign = "-" if "/" in reading.tail and not year else "/"
    tail = regex.sub(r"[^-/,&]+", lambda m: tables.aliased(m.group()), reading.tail)
    number = f"{ordinal}{year}{sign}{tail}"
    cut_number = cut(number)
    if cut_number is None:
        return None
    parts = parts_of(tail)
    code = parts[0] if tables.is_code(parts[0]) else None
    body = tail[len(code) + 1 :] if code else tail
    return Symbol(number, symbol_key(number), ordinal, cut_number.year, code, body or None, tables.system(tail, sign))


def _acceptable(found: regex.Match[str], tail: str, symbol: Symbol, noun: Noun, tables: SymbolTables) -> bool:
    """Whether the form and what stands before it make it the number of a document, and of nothing else."""
    parts = parts_of(cut_tail(symbol))
    if not found["sign"].strip() and not tables.is_code(parts[0]):
        return False
    if len(parts) == 1:
        return _single(parts[0], symbol, noun, tables)
    if tables.is_code(parts[0]):
        known = all(tables.is_body(part) for part in parts[1:])
        return known or bool(noun.name or noun.numbered or found["year"]) or len(parts) > 2
    if noun.name:
        return True
    return tables.is_body(parts[0]) and (noun.numbered or all(tables.is_body(p) for p in parts)) and "/" in symbol.number


def _runs_on(tail: str, tables: SymbolTables) -> bool:
    """Whether the last part, behind a dash with spaces, is the sentence going on and no known organ."""
    spaced = _SPACED_DASH.search(tail)
    return bool(spaced) and not tables.is_body(tables.aliased(spaced["part"]))


def cut_tail(symbol: Symbol) -> str:
    """What stands behind the ordinal and year."""
    parts = cut(symbol.number)
    return parts.tail if parts else ""


def _single(part: str, symbol: Symbol, noun: Noun, tables: SymbolTables) -> bool:
    """A symbol of one part: QH15 after a year, historic forms, or any known part after a noun."""
    if symbol.year:
        return bool(noun.name) or (tables.is_body(part) and (noun.numbered or any(c.isdigit() for c in part)))
    if part in tables.historic:
        return bool(noun.name or noun.numbered)
    return bool(noun.name) and (tables.is_code(part) or tables.is_body(part) or (noun.numbered and tables.is_acronym(part)))


def _repaired(raw: str, symbol: Symbol) -> str:
    """The number with the white space of the raw text around its separators."""
    letters = symbol.number.replace("TW", "TƯ") if "TƯ" in raw else symbol.number
    gaps = list(regex.finditer(r"\s*[-/\u2010-\u2015\u2044]\s*", raw))
    signs = [m.start() for m in regex.finditer(r"[-/]", letters)]
    if len(gaps) != len(signs):
        return letters
    out, at = [], 0
    for gap, sign in zip(gaps, signs, strict=True):
        spaced = regex.sub(r"\S+", letters[sign], gap.group())
        out += [letters[at:sign], spaced]
        at = sign + 1
    return "".join([*out, letters[at:]])
