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
_ACRONYM: Final = regex.compile(r"[A-ZĐƯÔƠÊÂĂ]{2,14}\d{0,2}|[A-ZĐƯÔƠÊÂĂ]\d{1,2}|[A-ZĐ]{1,6}(?:Tr|Th|gV|rH)[A-ZĐ]{0,6}")
_PARLIAMENT: Final = regex.compile(r"(?:QH|UBTVQH|HĐNN|QHK)\d{1,2}")
_SYSTEMS: Final[dict[str, System]] = {"party": "party", "state": "state", "mass-organisation": "mass-organisation"}


class SymbolTables:
    """The tables of one folder, parsed."""

    def __init__(self, dictionaries: Dictionaries) -> None:
        rules: dict[str, Any] = dictionaries.toml("symbols.toml")
        types = dictionaries.rows("doc_types.tsv")
        self.codes: dict[str, list[tuple[str, str]]] = {}
        for code, name, system, *_ in types:
            if code != "-":
                self.codes.setdefault(code, []).append((name, system))
        self.bodies = {symbol: system for symbol, system, _ in dictionaries.rows("issuer_symbols.tsv")}
        self.tails = {tail: int(count) for tail, count in dictionaries.rows("symbols.tsv")}
        self.tails |= {tail: 1 for tail in rules["historic"]["tails"] if tail not in self.tails}
        self.historic = frozenset(rules["historic"]["tails"])
        self.aliases: dict[str, str] = rules["aliases"]
        self.confusions = {(printed, seen): float(cost) for printed, seen, cost in dictionaries.rows("symbol_confusions.tsv")}

    def is_code(self, part: str) -> bool:
        """Whether the part is the code of a type."""
        return part in self.codes

    def is_body(self, part: str) -> bool:
        """Whether the part is a known organ."""
        return part in self.bodies or bool(_PARLIAMENT.fullmatch(part))

    def is_acronym(self, part: str) -> bool:
        """Whether the part may be an organ that no table knows."""
        return bool(_ACRONYM.fullmatch(part))

    def aliased(self, part: str) -> str:
        """The part as the rules write it: TƯ is TW, TTG is TTg."""
        return self.aliases.get(part, part)

    def weight(self, tail: str) -> float:
        """How usual a tail is, as a small discount on the cost of reading it."""
        return 0.06 * math.log1p(self.tails.get(tail, 0))

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


@functools.cache
def symbol_tables(dictionaries: Dictionaries) -> SymbolTables:
    """The tables of one folder, read once."""
    return SymbolTables(dictionaries)
