"""Reads a damaged symbol: the known parts and whole tails that it may have been, each with a cost."""

from __future__ import annotations

import functools
from typing import Final, NamedTuple

import regex
from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.symbols.tables import SymbolTables, symbol_tables

# Any change that no table lists; a letter lost, a stray one.
_OTHER, _LOST, _STRAY = 3.0, 2.0, 2.0
# Signs that specks leave inside a symbol.
_SPECKS: Final = frozenset("'’`´.,_^°*\"“”")
_SPECK = 0.3
# An organ that no table knows costs more than a known one that is read without damage, less than a repair in doubt.
_UNKNOWN = 1.0
_SKELETON: Final = str.maketrans("0QGCĐPBƯV1L|/T!58ÊÔ", "OOOODDDUUIIIIIISDEO", "- ")
_SPLIT: Final = regex.compile(r"([-/,&])")
_NEAREST = 24


class Reading(NamedTuple):
    """A tail that the printed one may have been, and what that costs (0: as it stands)."""

    tail: str
    cost: float


class Repairer:
    """Readings of tails, from the tables of one folder."""

    def __init__(self, tables: SymbolTables) -> None:
        self._tables = tables
        self._by_letter: dict[str, list[tuple[str, float]]] = {}
        self._confusions = tables.confusions
        self._longest = max(len(printed) for printed, _ in tables.confusions)
        self._longest_seen = max(len(seen) for _, seen in tables.confusions)
        self._parts = {part: _skeleton(part) for part in (*tables.codes, *tables.bodies)}
        self._tails = {tail: _skeleton(tail) for tail in tables.tails}

    def distance(self, printed: str, seen: str, limit: float = 4.0) -> float:
        """The cost of ``printed`` having become ``seen``; more than ``limit`` is not worked out."""
        if printed == seen:
            return 0.0
        if abs(len(printed) - len(seen)) > 4:
            return limit + 1
        rows = len(seen) + 1
        table = [[limit + 1.0] * rows for _ in range(len(printed) + 1)]
        table[0][0] = 0.0
        for i in range(len(printed) + 1):
            if min(table[i]) > limit and i and min(table[i - 1]) > limit:
                return limit + 1
            for j in range(rows):
                if table[i][j] <= limit:
                    self._extend(table, i, j, printed, seen)
        return table[-1][-1]

    def _extend(self, table: list[list[float]], i: int, j: int, printed: str, seen: str) -> None:
        cost = table[i][j]
        left, right = printed[i : i + 1], seen[j : j + 1]
        if left and right:
            _lower(table, i + 1, j + 1, cost + (0.0 if left == right else _OTHER))
        if left:
            _lower(table, i + 1, j, cost + self._confusions.get((left, ""), _LOST))
        if right:
            _lower(table, i, j + 1, cost + (_SPECK if right in _SPECKS else _STRAY))
        for a in range(1, min(self._longest, len(printed) - i) + 1):
            for b in range(1, min(self._longest_seen, len(seen) - j) + 1):
                known = self._confusions.get((printed[i : i + a], seen[j : j + b]))
                if known is not None:
                    _lower(table, i + a, j + b, cost + known)

    def part(self, seen: str, *, first: bool, codes: frozenset[str]) -> list[Reading]:
        """What one part may be; ``codes`` are those that the noun before the number allows."""
        tables = self._tables
        plain = tables.aliased(seen)
        known = tables.is_body(plain) or (first and tables.is_code(plain))
        told = [code for code in codes if first and self.distance(code, seen) <= _TOLD]
        if told and plain not in codes:
            # The noun decides between letters that are often taken for one another: HD and HĐ, DA and ĐA.
            return [Reading(code, self.distance(code, seen) * 0.5) for code in told]
        if known:
            return [Reading(seen if plain == seen else plain, 0.0 if plain == seen else 0.2)]
        near = len(seen) > 1
        readings = [r for r in (self._near(seen, first=first, codes=codes) if near else []) if r.cost <= _MOST]
        if tables.is_acronym(seen):
            readings.append(Reading(seen, _UNKNOWN))
        return readings

    def _near(self, seen: str, *, first: bool, codes: frozenset[str]) -> list[Reading]:
        near = process.extract(_skeleton(seen), self._parts, scorer=Levenshtein.distance, limit=_NEAREST, score_cutoff=3)
        readings = []
        for _, _, part in near:
            if not first and part not in self._tables.bodies:
                continue
            cost = self.distance(part, seen)
            if cost <= _MOST:
                bonus = 0.5 if part in codes and first else 0.0
                readings.append(Reading(part, max(0.05, cost - bonus)))
        return readings

    def whole(self, seen: str, codes: frozenset[str]) -> list[Reading]:
        """Known tails that the whole may be, separators damaged too: KHITU is KH/TU."""
        near = process.extract(_skeleton(seen), self._tails, scorer=Levenshtein.distance, limit=_NEAREST * 2, score_cutoff=3)
        readings = []
        for _, _, tail in near:
            cost = self.distance(tail, seen)
            if cost <= _MOST + 1:
                code = _SPLIT.split(tail)[0]
                bonus = 0.6 if code in codes else -1.5 if codes and self._tables.is_code(code) else 0.0
                readings.append(Reading(tail, max(0.05, cost - bonus - self._tables.weight(tail))))
        return readings

    def readings(self, seen: str, codes: frozenset[str]) -> list[Reading]:
        """The tails that a printed one may be, cheapest first."""
        pieces = _SPLIT.split(seen)
        combined = [Reading("", 0.0)]
        for k, piece in enumerate(pieces):
            listed = k > 0 and pieces[k - 1] == "," and self._tables.is_acronym(piece)
            sure = [Reading(piece, 0.0)] if k % 2 or listed else []
            options = sure or self.part(piece, first=k == 0, codes=codes)
            combined = [Reading(a.tail + b.tail, a.cost + b.cost) for a in combined for b in options]
            combined = sorted(combined, key=lambda r: r.cost)[:8]
        best = {r.tail: r.cost for r in reversed(combined)}
        if not combined or combined[0].cost > 0.25:
            for reading in self.whole(seen, codes):
                best[reading.tail] = min(reading.cost, best.get(reading.tail, reading.cost))
        return sorted((Reading(tail, cost) for tail, cost in best.items()), key=lambda r: (r.cost, r.tail))


# The dearest repair of a part, and the dearest that a noun alone can decide.
_MOST = 2.6
_TOLD = 0.7


def _lower(table: list[list[float]], i: int, j: int, cost: float) -> None:
    if cost < table[i][j]:
        table[i][j] = cost


def _skeleton(text: str) -> str:
    """Letters that are taken for one another as one: a coarse key to find the near ones."""
    return text.upper().translate(_SKELETON)


@functools.cache
def _repairer(dictionaries: Dictionaries) -> Repairer:
    return Repairer(symbol_tables(dictionaries))


@functools.lru_cache(maxsize=1 << 14)
def readings_of(dictionaries: Dictionaries, seen: str, codes: frozenset[str]) -> tuple[Reading, ...]:
    """The readings of a tail; the same damage comes again and again in a document."""
    return tuple(_repairer(dictionaries).readings(seen, codes))
