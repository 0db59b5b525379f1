"""What is known of symbols: types, organs, whole tails with their frequency, what recognisers make of letters."""

from __future__ import annotations

import functools
import math
from typing import Any, Final

import regex

from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.document import System
from ocr_pipeline.symbols.form import parts_of

# A provincial department or a people's organ of a level: letters that any list of organs leaves out.
_ACRONYM: Final = regex.compile(r"[A-ZĐƯÔƠÊÂĂ]{2,14}\d{0,2}|[A-ZĐƯÔƠÊÂĂ]\d{1,2}|[A-ZĐ]{1,6}(?:Tr|Th|Ng|Nh|gV|rH)[A-ZĐ]{0,6}")
_PARLIAMENT: Final = regex.compile(r"(?:QH|UBTVQH|HĐNN|QHK)\d{1,2}")
_TERM: Final = regex.compile(r"(?:UBTV)?QH(\d{1,2})")
# The first year of each National Assembly from the eighth on (public facts); a term ends when the next begins.
_TERMS: Final = {8: 1987, 9: 1992, 10: 1997, 11: 2002, 12: 2007, 13: 2011, 14: 2016, 15: 2021, 16: 2026, 17: 2031}
_SYSTEMS: Final[dict[str, System]] = {"party": "party", "state": "state", "mass-organisation": "mass-organisation"}


class SymbolTables:
    """The tables of one folder, parsed."""

    def __init__(self, dictionaries: Dictionaries) -> None:
        rules: dict[str, Any] = dictionaries.toml("symbols.toml")
        self.codes: dict[str, list[tuple[str, str]]] = {}
        for code, name, system, *_ in dictionaries.rows("doc_types.tsv"):
            if code != "-":
                self.codes.setdefault(code, []).append((name, system))
        rows = dictionaries.rows("issuer_symbols.tsv")
        self.bodies = {symbol: system for symbol, system, _ in rows}
        self._counts = {symbol: int(count) for symbol, _, count in rows}
        self.departments = frozenset(row[0] for row in dictionaries.rows("symbol_departments.tsv"))
        self.parliaments = [f"{organ}{number}" for number in _TERMS for organ in ("QH", "UBTVQH")]
        self.tails = {tail: int(count) for tail, count in dictionaries.rows("symbols.tsv")}
        self.tails |= {tail: 1 for tail in rules["historic"]["tails"] if tail not in self.tails}
        self.historic = frozenset(rules["historic"]["tails"])
        self._numbered = regex.compile(rules["numbered"]["pattern"])
        self.aliases: dict[str, str] = rules["aliases"]
        self.barred: dict[str, str] = rules["barred"]
        self.forms = frozenset(rules["forms"]["parts"])
        self.printed: dict[str, str] = rules["printed"]
        self.confusions = {(printed, seen): float(cost) for printed, seen, cost in dictionaries.rows("symbol_confusions.tsv")}

    def is_code(self, part: str) -> bool:
        """Whether the part is the code of a type."""
        return part in self.codes

    def is_body(self, part: str) -> bool:
        """Whether the part is a known organ."""
        if _PARLIAMENT.fullmatch(part):
            return _existed(part)
        return part in self.bodies or self._numbered.fullmatch(part) is not None

    def is_department(self, part: str) -> bool:
        """Whether the part is a known unit of an organ: BTC-TCT, UBND-KTTH."""
        return part in self.departments

    def is_acronym(self, part: str) -> bool:
        """Whether the part may be an organ that no table knows."""
        return bool(_ACRONYM.fullmatch(part))

    def aliased(self, part: str) -> str:
        """The part as the rules write it: TƯ is TW, TTG is TTg."""
        return self.aliases.get(part, part)

    def weight(self, tail: str) -> float:
        """How usual a tail is, as a small discount on the cost of reading it."""
        return 0.06 * math.log1p(self.tails.get(tail, 0))

    def part_weight(self, part: str, year: int | None) -> float:
        """The same for a part; a National Assembly that did not sit in the year of the number costs more."""
        term = _TERM.fullmatch(part)
        if term and year:
            first = _TERMS.get(int(term[1]))
            after = _TERMS.get(int(term[1]) + 1, 9999)
            return 0.5 if first and first <= year <= after else -1.0
        return 0.06 * math.log1p(self._counts.get(part, 0))

    def system(self, tail: str, sign: str) -> System | None:
        """The system that a tail belongs to: its organs tell, else the order of the separators does."""
        for part in reversed(parts_of(tail)):
            known = _SYSTEMS.get(self.bodies.get(part, ""))
            if known or _PARLIAMENT.fullmatch(part):
                return known or "state"
        if sign == "-" and "/" in tail:
            return "party"
        return "state" if sign == "/" and tail else None

    def names(self, code: str, system: System | None) -> list[str]:
        """The names of the types that a code may stand for in a system."""
        rows = self.codes.get(code, [])
        return [name for name, kind in rows if not system or kind in (system, "both")] or [name for name, _ in rows]


def _existed(parliament: str) -> bool:
    """QH1 and QH155 are read wrongly: numbers of laws have borne the term since the eighth."""
    term = _TERM.fullmatch(parliament)
    return term is None or int(term[1]) in _TERMS


@functools.cache
def symbol_tables(dictionaries: Dictionaries) -> SymbolTables:
    """The tables of one folder, read once."""
    return SymbolTables(dictionaries)
