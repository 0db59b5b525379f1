"""Reads a damaged symbol: the known parts and whole tails that it may have been, each with a cost."""

from __future__ import annotations

import functools
from typing import Final, Literal, NamedTuple

import regex
from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.symbols.tables import SymbolTables, symbol_tables

# What the text around says of Đ: it is written, it was lost everywhere, or too little is there to tell.
Marks = Literal["kept", "lost", "unknown"]
_LOST_BAR: Final[dict[Marks, float]] = {"kept": 0.85, "unknown": 0.25, "lost": 0.08}
# Any change that no table lists; a letter lost, a stray one. Where marks are written, letters are seldom lost, and what
# recognisers of another language make of Đ costs so much more.
_OTHER, _LOST, _STRAY = 3.0, 2.0, 2.0
_LOST_IN_GOOD, _FOREIGN = 3.0, 1.0
_FOREIGN_BARS: Final = frozenset("PpBbEO")
# Signs that specks leave inside a symbol.
_SPECKS: Final = frozenset("'’`´.,_^°*\"“”+")
_SPECK: Final = 0.3
# An organ that no table knows costs more than a known one that is read without damage, less than a repair in doubt; a type
# that no table knows costs more, for the list of types is closed; a unit behind its organ in the symbol of a letter costs
# less, for they are many. Each letter from the sixth on makes it less likely that so long an unknown organ resembles a
# known one by chance.
_UNKNOWN, _UNKNOWN_CODE, _UNKNOWN_UNIT, _LONG = 1.0, 1.7, 0.6, 0.2
# Between organs of state symbols stands a dash; between the parts of a Party symbol a slash.
_MALFORMED: Final = 0.7
_SKELETON: Final = str.maketrans("0QGCĐPBƯV1L|/T!58ÊÔŒ$§", "OOOODDDUUIIIIIISDEOOSD", "- ")
_SPLIT: Final = regex.compile(r"([-/,&.])")
# A unit behind a point: VPCP-V.I.
_UNIT: Final = regex.compile(r"[A-ZĐ]{1,4}")
_NEAREST, _SHORT_TAIL = 24, 9
# The dearest repair of a part, and the dearest that a noun alone can decide.
_MOST, _TOLD = 2.6, 0.95
# Units of state organs are too many to tell short ones from damaged ones.
_SHORT, _MOST_SHORT = 3, 0.45
# The dash between a code and an organ that was lost: TTBTC; what a known code is worth against an organ in the same place.
_LOST_DASH, _CODE = 0.8, 0.3


# What letters are taken for, each with its cost.
_Confusions = dict[str, list[tuple[str, float]]]


class Reading(NamedTuple):
    """A tail that the printed one may have been, and what that costs (0: as it stands)."""

    tail: str
    cost: float


class Seen(NamedTuple):
    """What is to be read: the tail, the sign before it, the codes that the noun allows, the year, the marks of the text."""

    tail: str
    sign: str
    codes: frozenset[str]
    year: int | None
    marks: Marks


class Repairer:
    """Readings of tails, from the tables of one folder."""

    def __init__(self, tables: SymbolTables) -> None:
        self._tables = tables
        self._longest = max(len(printed) for printed, _ in tables.confusions)
        self._parts = {part: skeleton(part) for part in (*tables.codes, *tables.bodies, *tables.parliaments)}
        self._tails = {tail: skeleton(tail) for tail in tables.tails}
        self._costs = {marks: self._confusions(marks) for marks in _LOST_BAR}

    def _confusions(self, marks: Marks) -> _Confusions:
        table: _Confusions = {}
        for (printed, seen), cost in {**self._tables.confusions, ("Đ", "D"): _LOST_BAR[marks]}.items():
            foreign = marks == "kept" and printed == "Đ" and seen in _FOREIGN_BARS
            table.setdefault(printed, []).append((seen, cost + _FOREIGN * foreign))
        return table

    def distance(self, printed: str, seen: str, marks: Marks, limit: float = 4.0) -> float:
        """The cost of ``printed`` having become ``seen``; more than ``limit`` is not worked out."""
        if printed == seen:
            return 0.0
        if abs(len(printed) - len(seen)) > 4:
            return limit + 1
        width = len(seen) + 1
        table = [[limit + 1.0] * width for _ in range(len(printed) + 1)]
        table[0][0] = 0.0
        for i in range(len(printed) + 1):
            known = self._known_at(printed, i, marks)
            for j in range(width):
                if table[i][j] <= limit:
                    _extend(table, (i, j), (printed, seen), known, _LOST_IN_GOOD if marks == "kept" else _LOST)
        return table[-1][-1]

    def _known_at(self, printed: str, i: int, marks: Marks) -> list[tuple[int, str, float]]:
        """What the letters from an offset on are taken for: how many letters, what is seen, the cost."""
        costs = self._costs[marks]
        spans = range(1, min(self._longest, len(printed) - i) + 1)
        return [(n, seen, cost) for n in spans for seen, cost in costs.get(printed[i : i + n], ())]

    def part(self, piece: str, seen: Seen, *, first: bool) -> list[Reading]:
        """What one part may be."""
        tables = self._tables
        plain = tables.aliased(piece)
        known = tables.is_body(plain) or (first and tables.is_code(plain)) or (not first and tables.is_department(plain))
        told = [code for code in seen.codes if first and self.distance(code, piece, "unknown") <= _TOLD]
        if told and plain not in seen.codes:
            # The noun decides between letters that are often taken for one another: HD and HĐ, DA and ĐA.
            if seen.marks == "kept" and plain in [tables.printed.get(code) for code in told]:
                return [Reading(plain, 0.1), *(Reading(code, 0.4) for code in told)]
            return [Reading(code, self.distance(code, piece, "unknown") * 0.5) for code in told]
        if first and seen.marks != "kept" and plain in tables.barred and plain not in seen.codes:
            return [Reading(tables.barred[plain], 0.2), Reading(plain, 0.6)]
        if known:
            return [Reading(plain, 0.0 if plain == piece else 0.2)]
        readings = [*self._near(piece, seen, first=first), *self._parted(piece, seen, first=first)] if len(piece) > 1 else []
        if tables.is_acronym(piece):
            readings.append(Reading(piece, self._unknown(seen, first=first) + _LONG * max(0, len(piece) - 5)))
        return readings

    def _unknown(self, seen: Seen, *, first: bool) -> float:
        """The cost of a part being what no table knows: units of organs are many, types are few."""
        if first:
            return _UNKNOWN_CODE if seen.sign == "-" and "/" in seen.tail else _UNKNOWN
        return _UNKNOWN_UNIT if seen.sign == "/" and self._tables.is_body(_SPLIT.split(seen.tail)[0]) else _UNKNOWN

    def _near(self, piece: str, seen: Seen, *, first: bool) -> list[Reading]:
        near = process.extract(skeleton(piece), self._parts, scorer=Levenshtein.distance, limit=_NEAREST, score_cutoff=3)
        readings = []
        for _, _, part in near:
            if not first and not self._tables.is_body(part):
                continue
            cost = self.distance(part, piece, seen.marks)
            if cost <= _MOST:
                code = first and self._tables.is_code(part)
                told = seen.marks != "kept" or not seen.codes or part in seen.codes
                bonus = (0.5 if part in seen.codes and first else 0.0) + (_CODE if code and told else 0.0)
                bonus += self._tables.part_weight(part, seen.year)
                readings.append(Reading(part, max(0.05, cost - bonus)))
        short = not first and seen.sign == "/" and len(piece) <= _SHORT
        return [r for r in readings if r.cost <= (_MOST_SHORT if short else _MOST)]

    def _parted(self, piece: str, seen: Seen, *, first: bool) -> list[Reading]:
        """A code and an organ run together: TTBTC is TT-BTC."""
        tables = self._tables
        cuts = [k for k in range(2, len(piece) - 1) if tables.is_code(piece[:k])] if first and seen.sign == "/" else []
        return [Reading(f"{piece[:k]}-{piece[k:]}", _LOST_DASH) for k in cuts if tables.is_body(tables.aliased(piece[k:]))]

    def whole(self, seen: Seen) -> list[Reading]:
        """Known tails that the whole may be, separators damaged too: KHITU is KH/TU."""
        most = 3 if len(seen.tail) > _SHORT_TAIL else 2
        near = process.extract(skeleton(seen.tail), self._tails, scorer=Levenshtein.distance, limit=_NEAREST, score_cutoff=most)
        readings = []
        for _, _, tail in near:
            cost = self.distance(tail, seen.tail, seen.marks)
            if cost <= _MOST + 1:
                code = _SPLIT.split(tail)[0]
                bonus = 0.6 if code in seen.codes else -1.5 if seen.codes and self._tables.is_code(code) else 0.0
                cost += _malformed(tail, seen.sign) - bonus - self._tables.weight(tail)
                readings.append(Reading(tail, max(0.05, cost)))
        return readings

    def readings(self, seen: Seen) -> list[Reading]:
        """The tails that a printed one may be, cheapest first."""
        pieces = _SPLIT.split(seen.tail)
        combined = [Reading("", 0.0)]
        for k, piece in enumerate(pieces):
            listed = (k > 0 and pieces[k - 1] == "," and self._tables.is_acronym(piece)) or _is_pointed(pieces, k)
            sure = [Reading(piece, 0.0)] if k % 2 or listed else []
            options = sure or self.part(piece, seen, first=k == 0)
            combined = [Reading(a.tail + b.tail, a.cost + b.cost) for a in combined for b in options]
            combined = sorted(combined, key=lambda r: r.cost)[:8]
        best = {r.tail: r.cost for r in reversed(combined)}
        if not combined or combined[0].cost > 0.25:
            for reading in self.whole(seen):
                best[reading.tail] = min(reading.cost, best.get(reading.tail, reading.cost))
        return sorted((Reading(tail, cost) for tail, cost in best.items()), key=lambda r: (r.cost, r.tail))


def _is_pointed(pieces: list[str], k: int) -> bool:
    """Whether a part is a unit before or behind a point."""
    return "." in pieces[max(0, k - 1) : k + 2] and (k == 0 or _UNIT.fullmatch(pieces[k]) is not None)


def _extend(
    table: list[list[float]], at: tuple[int, int], texts: tuple[str, str], known: list[tuple[int, str, float]], lost: float
) -> None:
    """The costs that follow from one cell: a letter kept, changed, lost or added, and the known confusions."""
    (i, j), (printed, seen) = at, texts
    cost = table[i][j]
    if i < len(printed):
        _lower(table, i + 1, j, cost + lost)
        if j < len(seen):
            _lower(table, i + 1, j + 1, cost + (0.0 if printed[i] == seen[j] else _OTHER))
    if j < len(seen):
        _lower(table, i, j + 1, cost + (_SPECK if seen[j] in _SPECKS else _STRAY))
    for length, letters, price in known:
        if seen.startswith(letters, j):
            _lower(table, i + length, j + len(letters), cost + price)


def _malformed(tail: str, sign: str) -> float:
    """A state symbol with a second slash is rare."""
    return _MALFORMED if sign == "/" and "/" in tail and not tail.startswith(("TTLT", "NQLT", "L/")) else 0.0


def _lower(table: list[list[float]], i: int, j: int, cost: float) -> None:
    if cost < table[i][j]:
        table[i][j] = cost


def skeleton(text: str) -> str:
    """Letters that are taken for one another as one: a coarse key to find the near ones."""
    return text.upper().translate(_SKELETON)


@functools.cache
def _repairer(dictionaries: Dictionaries) -> Repairer:
    return Repairer(symbol_tables(dictionaries))


@functools.lru_cache(maxsize=1 << 14)
def readings_of(dictionaries: Dictionaries, seen: Seen) -> tuple[Reading, ...]:
    """The readings of a tail; the same damage comes again and again in a document."""
    return tuple(_repairer(dictionaries).readings(seen))


@functools.lru_cache(maxsize=1 << 12)
def distance_of(dictionaries: Dictionaries, printed: str, seen: str, marks: Marks) -> float:
    """The cost of one part having become another."""
    return _repairer(dictionaries).distance(printed, seen, marks)
