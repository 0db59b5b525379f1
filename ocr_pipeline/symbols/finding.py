"""Finds the numbers of documents in text, clean or damaged, and reads them."""

from __future__ import annotations

import functools
import math
from collections.abc import Generator
from typing import Final, NamedTuple

import regex

from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.document import Span
from ocr_pipeline.symbols.agreement import LocalOrgans
from ocr_pipeline.symbols.candidates import (
    Candidate,
    Tail,
    candidates,
    is_continued,
    joined_digits,
    parted_year,
    tails,
    torn_off,
    view,
)
from ocr_pipeline.symbols.flow import composed, flow
from ocr_pipeline.symbols.form import Symbol, cut, parts_of, symbol_key
from ocr_pipeline.symbols.nouns import Noun, nouns
from ocr_pipeline.symbols.repair import Marks, Reading, Seen, distance_of, readings_of
from ocr_pipeline.symbols.tables import SymbolTables, symbol_tables

# What a reading may cost: with the noun before it, with "số" alone, with neither.
_BEARABLE: Final = {2: 3.2, 1: 2.2, 0: 0.9}
# What a part that hangs on by a space or an odd sign may cost to be read as a known one.
_BEARABLE_LOOSE: Final = 0.75
# A year run into the ordinal: 352022/NĐ-CP.
_RUN_IN: Final = regex.compile(r"(\d{1,4})((?:19[89]|20[0-4])\d)")
_YEARLY: Final = frozenset({"NĐ", "TT", "TTLT", "NQLT"})
# What recognisers of another language make of "số" between a noun and its number.
_NUMBER_WORD: Final = regex.compile(r"(?<!\S)(?:[3589][056]|[60])[.:]?\s$")
_PARLIAMENT_TAIL: Final = regex.compile(r"[0OQDG]H\s?[\dIl]")
# A unit of the police: văn bản số 2916/C67-P9.
# Vehicles are registered so: 63-B8 as well as 70C-065.13.
_PLATE: Final = regex.compile(r"\d\d-[A-Z]\d(?![\p{L}\d/])")
_UNIT: Final = regex.compile(r"[A-Z]\d\d(?!\d)")
# In Vietnamese, four of ten letters d and đ have the bar; fewer than this share say that the bars were lost, if so many
# letters are there to tell.
_FEW_BARS, _ENOUGH = 0.08, 16
# What stands between the parts of a number, or between the first two of them.
_SEPARATOR: Final = regex.compile(r"(?P<gap>\s*[-/\u2010-\u2015\u2044]\s*)")
_SPACED: Final = regex.compile(r"(?P<ordinal>\d+\p{L}?)(?P<gap>\s{1,2})(?=\p{Lu})")
# An organ of so many letters that no table knows is one behind a noun, without "số".
_TELLING = 4


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


class _Read(NamedTuple):
    """A reading of a candidate, with its confidence and other numbers that it may be."""

    symbol: Symbol
    cost: float
    confidence: float
    alternatives: tuple[str, ...]


class _Case(NamedTuple):
    """A candidate with what stands before it: its noun, and the start and digits of what was torn off its ordinal."""

    candidate: Candidate
    noun: Noun
    start: int
    digits: str
    marks: Marks
    printed: str = ""

    @property
    def evidence(self) -> int:
        """2 with a noun, 1 with "số" alone, 0 with neither."""
        return 2 if self.noun.name else 1 if self.noun.numbered else 0


def find_symbols(text: str, dictionaries: Dictionaries, *, marks: Marks | None = None) -> tuple[SymbolMatch, ...]:
    """The numbers of documents in a text, in order; spans are into the text, line ends inside a number are allowed.

    Digits are kept; only the letters and strokes that recognisers write for digits are read as such, inside a number.
    ``marks`` says whether the text that a stretch was cut from writes Đ, where the stretch is too short to tell.

    >>> [m.symbol.number for m in find_symbols("Quyét dinh s6 204-OP/TW", Dictionaries.load())]
    ['204-QĐ/TW']
    """
    plain = composed(text)
    matches = [found.match for found in scan(plain.text, flow(plain.text), dictionaries, marks)]
    if not plain.starts:
        return tuple(matches)
    spans = [plain.span(*match.span) for match in matches]
    return tuple(m._replace(span=s, raw=text[s.start : s.end]) for m, s in zip(matches, spans, strict=True))


@functools.lru_cache(maxsize=1 << 13)
def parse_symbol(text: str, dictionaries: Dictionaries) -> Symbol | None:
    """The number that a text is, in its canonical form; None where it is none.

    >>> parse_symbol("57 - NQ / TƯ", Dictionaries.load()).number
    '57-NQ/TW'
    """
    bare = view(" ".join(flow(composed(text).text).split()))
    candidate = next(candidates(bare, 0), None)
    if candidate is None or candidate.start or len(candidate.tail) + candidate.tail_start != len(bare):
        return None
    nothing = Noun(0, None, frozenset(), "", clean=False, numbered=True, other=False)
    case = _Case(candidate, nothing, 0, candidate.digits, "kept", candidate.digits)
    tail = next(tails(candidate), None)
    read = _read(case, tail, dictionaries) if tail and tail.end == len(candidate.tail) else None
    return read.symbol if read else None


def scan(text: str, flowing: str, dictionaries: Dictionaries, marks: Marks | None = None) -> list[Found]:
    """The numbers in a text whose flow is given, each with its noun."""
    results: list[Found] = []
    bare, marks = view(flowing), marks or marks_of(flowing)
    search = candidates(bare, 0)
    candidate = next(search, None)
    while candidate is not None:
        case = _case(flowing, bare, candidate, marks, dictionaries)
        match = _match(text, case, dictionaries) if case else None
        if match and case:
            results.append(Found(match, case.noun))
        candidate = _next(search, match.span.end if match else None)
    return _agreed(text, results, marks, dictionaries)


def _agreed(text: str, results: list[Found], marks: Marks, dictionaries: Dictionaries) -> list[Found]:
    """Unknown organs read as those that the text names soundly elsewhere, where they are near."""
    tables = symbol_tables(dictionaries)
    local = LocalOrgans([(_tail_of(f.match.symbol), f.match.confidence) for f in results], tables)
    return [_agreed_one(text, found, local, marks, dictionaries) for found in results]


def _agreed_one(text: str, found: Found, local: LocalOrgans, marks: Marks, dictionaries: Dictionaries) -> Found:
    symbol = found.match.symbol
    tail = _tail_of(symbol)
    for part in parts_of(tail):
        costs = [(distance_of(dictionaries, other, part, marks), other) for other in local.candidates(part)]
        best = min(costs, default=None)
        if best and local.bearable(best[0]):
            number = symbol.number[: len(symbol.number) - len(tail)] + tail.replace(part, best[1])
            changed = parse_symbol(number, dictionaries)
            if changed:
                return found._replace(match=_changed(text, found.match, changed))
    return found


def _changed(text: str, match: SymbolMatch, symbol: Symbol) -> SymbolMatch:
    raw = text[match.span.start : match.span.end]
    others = tuple(a for a in (match.symbol.number, *match.alternatives) if a != symbol.number)
    return match._replace(
        symbol=symbol, confidence=min(match.confidence, 0.85), alternatives=others, repaired=_repaired(raw, symbol)
    )


def _next(search: Generator[Candidate, int | None, None], at: int | None) -> Candidate | None:
    try:
        return search.send(at)
    except StopIteration:
        return None


def marks_of(flowing: str) -> Marks:
    """Whether a text writes Đ, has lost it, or is too short to tell.

    >>> marks_of("Nghị định của Chính phủ"), marks_of("Nghi dinh")
    ('kept', 'unknown')
    """
    barred = flowing.count("đ") + flowing.count("Đ")
    plain = flowing.count("d") + flowing.count("D")
    if barred > _FEW_BARS * (barred + plain):
        return "kept"
    return "lost" if barred + plain >= _ENOUGH else "unknown"


def _case(flowing: str, bare: str, candidate: Candidate, marks: Marks, dictionaries: Dictionaries) -> _Case | None:
    """The candidate with its noun; digits that stand apart between "số" and the rest belong to it."""
    known, forms = nouns(dictionaries), symbol_tables(dictionaries).forms
    word = _NUMBER_WORD.search(flowing, max(0, candidate.start - 6), candidate.start) if marks != "kept" else None
    if word:
        noun = known.before(flowing, word.start())
        if noun.name and not noun.numbered:
            noun = noun._replace(numbered=True)
            return _Case(candidate, noun, candidate.start, candidate.digits, marks, candidate.digits)
    torn = torn_off(bare, candidate.start)
    if torn:
        noun = known.before(flowing, torn.start())
        parted = parted_year(candidate)
        digits = joined_digits(torn.group().strip(), parted)
        if (noun.numbered or (noun.name and noun.clean)) and len(digits) <= 5:
            return None if noun.other else _Case(parted, noun, torn.start(), digits, marks, digits)
    noun = known.before(flowing, candidate.start)
    printed = flowing[candidate.start : candidate.start + len(candidate.digits)]
    case = _Case(candidate, noun, candidate.start, candidate.digits, marks, printed)
    is_form = not noun.name and not forms.isdisjoint(parts_of(candidate.tail))
    return None if noun.other or is_form or not _plausible(bare, case) else case


def _plausible(bare: str, case: _Case) -> bool:
    """A number has a digit, or a noun before it; a lost separator needs a noun."""
    candidate, noun = case.candidate, case.noun
    printed = case.printed
    digits = sum(c.isdigit() for c in printed)
    if not digits and (not (noun.name and noun.numbered) or len(printed) < 2):
        return False
    if digits and not printed[0].isdigit() and not (noun.numbered or noun.name):
        return False
    few = sum(c.isalpha() for c in candidate.tail[:4]) * 2 < min(4, len(candidate.tail))
    unit = noun.name and _UNIT.match(candidate.tail)
    if few and not unit and not (candidate.year and _PARLIAMENT_TAIL.match(candidate.tail)):
        return False
    if not noun.numbered and (is_continued(bare, candidate.start) or (not noun.clean and _PLATE.match(bare, candidate.start))):
        return False
    return bool(candidate.sign.strip("IlJ! ")) or noun.name is not None or noun.numbered


def _match(text: str, case: _Case, dictionaries: Dictionaries) -> SymbolMatch | None:
    tables = symbol_tables(dictionaries)
    for tail in tails(case.candidate):
        read = _read(case, tail, dictionaries)
        if read and not _runs_on(tail, read, tables) and _acceptable(case, read.symbol, tables):
            span = Span(case.start, case.candidate.tail_start + tail.end)
            raw = text[span.start : span.end]
            return SymbolMatch(span, raw, read.symbol, read.confidence, read.alternatives, _repaired(raw, read.symbol))
    return None


def _read(case: _Case, tail: Tail, dictionaries: Dictionaries) -> _Read | None:
    tables, candidate = symbol_tables(dictionaries), case.candidate
    year = int(candidate.year[1:]) if candidate.year else None
    seen = Seen(tail.plain, "-" if candidate.sign[:1] == "-" else "/", case.noun.codes, year, case.marks)
    readings = readings_of(dictionaries, seen)
    if not readings or readings[0].cost > _BEARABLE[case.evidence]:
        return None
    best = readings[0]
    others = [r for r in readings[1:4] if r.cost - best.cost < 1.0]
    symbols = [_symbol(case, reading, tables) for reading in (best, *others)]
    if symbols[0] is None:
        return None
    alternatives = tuple(s.number for s in symbols[1:] if s and s.number != symbols[0].number)
    return _Read(symbols[0], best.cost, _confidence(case, readings), alternatives)


def _confidence(case: _Case, readings: tuple[Reading, ...]) -> float:
    best = readings[0]
    margin = readings[1].cost - best.cost if len(readings) > 1 else 3.0
    surely = 1.0 / (1.0 + math.exp(-2.5 * margin)) if best.cost else 1.0
    torn = case.start != case.candidate.start
    digits = 0.93 if torn else 1.0 if case.printed.replace(".", "").isdecimal() else 0.95
    return round(surely * (1.0 - 0.06 * best.cost) * digits * (0.99 if case.evidence else 0.95), 4)


def _symbol(case: _Case, reading: Reading, tables: SymbolTables) -> Symbol | None:
    candidate, digits, year = case.candidate, case.digits, case.candidate.year
    parts = parts_of(reading.tail)
    if not parts:
        return None
    if len(digits) == 5 and not case.printed[:1].isdigit():
        # A stroke before four digits is mostly none of them.
        digits = digits[1:]
    run_in = _RUN_IN.fullmatch(digits) if not year and len(digits) > 4 else None
    if run_in and (parts[0] in _YEARLY or (len(digits) > 5 and tables.is_body(parts[0]))):
        digits, year = run_in[1], f"/{run_in[2]}"
    sign = candidate.sign[:1]
    if sign not in ("-", "/"):
        sign = "-" if "/" in reading.tail and not year else "/"
    tail = regex.sub(r"[^-/,&]+", lambda m: tables.aliased(m.group()), reading.tail)
    number = f"{digits}{candidate.suffix}{year}{sign}{tail}"
    cut_number = cut(number)
    if cut_number is None:
        return None
    code = parts[0] if tables.is_code(parts[0]) else None
    body = tail[len(code) + 1 :] if code else tail
    ordinal = digits + candidate.suffix
    return Symbol(number, symbol_key(number), ordinal, cut_number.year, code, body or None, tables.system(tail, sign))


def _runs_on(tail: Tail, read: _Read, tables: SymbolTables) -> bool:
    """Whether the last part is the sentence going on: behind a dash with spaces, a space or an odd sign, and no known organ."""
    last = parts_of(read.symbol.number)[-1]
    known = tables.is_body(last) or tables.is_department(last)
    if tail.loose:
        return not known or read.cost > _BEARABLE_LOOSE
    bare = len(parts_of(tail.plain)) == 2 and tables.is_code(parts_of(tail.plain)[0])
    return tail.spaced is not None and not known and not (bare and tail.spaced.isupper())


def _acceptable(case: _Case, symbol: Symbol, tables: SymbolTables) -> bool:
    """Whether the form and what stands before it make it the number of a document, and of nothing else."""
    noun, year = case.noun, symbol.year
    parts = parts_of(_tail_of(symbol))
    if not case.candidate.sign.strip("IlJ! ") and not (year or _is_typed(parts, noun, tables)):
        return False
    if len(parts) == 1:
        printed = regex.match(rf"{parts[0]}(?![\p{{L}}\d])", case.candidate.tail) is not None
        return _single(parts[0], symbol, noun, tables) and (bool(noun.name or symbol.year) or printed)
    if tables.is_code(parts[0]):
        known = all(tables.is_body(part) for part in parts[1:])
        return known or bool(noun.name or noun.numbered or year) or len(parts) > 2
    if noun.name or (noun.numbered and _tail_of(symbol) in tables.historic):
        return True
    if noun.numbered and tables.is_code(parts[-1]) and tables.is_acronym(parts[0]):
        return True
    return tables.is_body(parts[0]) and (noun.numbered or all(tables.is_body(p) for p in parts)) and "/" in symbol.number


def _is_typed(parts: list[str], noun: Noun, tables: SymbolTables) -> bool:
    """Whether the parts name a type, first, or last behind a noun: "129 NV/NĐ"."""
    known = tables.is_body(parts[-1]) or (tables.is_code(parts[-1]) and tables.is_body(parts[0]))
    return tables.is_code(parts[0]) or (bool(noun.name) and noun.numbered and len(parts) > 1 and known)


def _tail_of(symbol: Symbol) -> str:
    """What stands behind the ordinal and year."""
    parts = cut(symbol.number)
    return parts.tail if parts else ""


def _single(part: str, symbol: Symbol, noun: Noun, tables: SymbolTables) -> bool:
    """A symbol of one part: QH15 after a year, historic forms, or any known part after a noun."""
    if symbol.year:
        return bool(noun.name) or (tables.is_body(part) and (noun.numbered or any(c.isdigit() for c in part)))
    if part in tables.historic:
        return bool(noun.name or noun.numbered)
    told = noun.numbered or (noun.clean and len(part) >= _TELLING)
    return bool(noun.name) and (tables.is_code(part) or tables.is_body(part) or (told and tables.is_acronym(part)))


def _repaired(raw: str, symbol: Symbol) -> str:
    """The number with the white space of the raw text around its separators, or instead of the first (05 TT/BYT)."""
    letters = symbol.number.replace("TW", "TƯ") if "TƯ" in raw else symbol.number
    gaps = list(_SEPARATOR.finditer(raw))
    signs = [m.start() for m in regex.finditer(r"[-/]", letters)]
    spaced = _SPACED.match(raw)
    if spaced and len(gaps) == len(signs) - 1 and letters[: signs[0]] == spaced["ordinal"]:
        gaps = [spaced, *gaps]
    if len(gaps) != len(signs):
        return letters
    out, at = [], 0
    for gap, sign in zip(gaps, signs, strict=True):
        between = gap["gap"]
        out += [letters[at:sign], regex.sub(r"\S+", letters[sign], between)]
        at = sign + 1
    return "".join([*out, letters[at:]])
