"""Whose numbers are counted together: an organ of the centre has one series, each province and commune its own."""

from __future__ import annotations

import functools
from typing import Final

import regex

from ocr_pipeline.citations.archive import Held
from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.orthography import fold
from ocr_pipeline.references.identity import place_of
from ocr_pipeline.symbols import parse_symbol
from ocr_pipeline.symbols.form import parts_of

# The series of the centre, and that of a local organ of which no place is known.
CENTRE: Final = ""
UNKNOWN: Final = "?"
_CENTRAL: Final = regex.compile(r"CP|TTg|CTN|HĐBT|HĐCP|SL|(?:UBTV)?QH\d*|HĐNN\d*|.*TW|VPCP|TANDTC|VKSNDTC|TTCP|NHNN|BHXH")
_PROVINCIAL: Final = regex.compile(r"TU|[A-ZĐ]+TU|UBND|UB|HĐND|S[A-ZĐ&]{2,}")
_LOCAL: Final = regex.compile(r"UBND|UB|HĐND|[HQĐ]U|ThU|[A-ZĐ]*(?:TU|HU|QU|ĐU)|S[A-ZĐ&]{2,}")


class Scopes:
    """Tells the series of a number, from its symbol, its issuer and the document that cites it."""

    def __init__(self, dictionaries: Dictionaries) -> None:
        self._dictionaries = dictionaries
        rows = dictionaries.rows("organ_symbols.tsv")
        self._central = frozenset(symbol for symbol, issuer, _ in rows if issuer != "-" and "{" not in issuer)
        self._provinces = frozenset(fold(row[0]) for row in dictionaries.rows("places.tsv"))

    def province(self, held: Held) -> str | None:
        """The province of a document: of its issuer, its superior or its place line."""
        places = [place_of(held.issuer), place_of(held.parent), fold(held.place or "").removeprefix("tp.").strip()]
        known = [place for place in places if place in self._provinces]
        return known[0] if known else None

    def own(self, held: Held, number: str) -> str:
        """The series of a document's own number."""
        if self._is_central(number):
            return CENTRE
        return place_of(held.issuer) or place_of(held.parent) or self.province(held) or UNKNOWN

    def cited(self, number: str, issuer: str | None, province: str | None) -> str:
        """The series of a number cited: an organ of a province that is not named is the citing document's."""
        if self._is_central(number):
            return CENTRE
        place = place_of(issuer)
        if place:
            return place
        bodies = self._bodies(number)
        if not any(_LOCAL.fullmatch(body) for body in bodies):
            return CENTRE
        provincial = any(_PROVINCIAL.fullmatch(body) for body in bodies)
        return province if province and provincial else UNKNOWN

    def _is_central(self, number: str) -> bool:
        bodies = self._bodies(number)
        return any(body in self._central or _CENTRAL.fullmatch(body) for body in bodies)

    @functools.lru_cache(maxsize=1 << 16)  # noqa: B019 - one object for each folder of dictionaries
    def _bodies(self, number: str) -> tuple[str, ...]:
        symbol = parse_symbol(number, self._dictionaries)
        if symbol is None:
            return ()
        return tuple(parts_of(symbol.body)) if symbol.body else tuple(filter(None, [symbol.code]))


@functools.cache
def scopes(dictionaries: Dictionaries) -> Scopes:
    """The rules of one folder."""
    return Scopes(dictionaries)
