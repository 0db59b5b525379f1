"""Cuts raw lines into units: words to read, numbers and symbols to keep, and what is transparent between them."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Final, NamedTuple

import regex

from ocr_pipeline.restoration.language_model import words_of


class Kind(Enum):
    """What a unit is to the decoder."""

    WORD = "word"
    NUMBER = "number"
    SYMBOL = "symbol"
    OPAQUE = "opaque"


class Unit(NamedTuple):
    """A piece of a raw line, half-open in code points; ``tail`` is a sign after it that may be part of a letter."""

    line: int
    start: int
    end: int
    text: str
    kind: Kind
    tail: str = ""
    starts_sentence: bool = False


_TOKEN: Final = regex.compile(r"\S+")
# Never part of a letter at the edges of a token.
_LEADING: Final = '“”"„‘([{<«-–—•+.,;:…/_*'
_TRAILING: Final = '“”".,;:…-–—/_)]}>»*'
# After a token: punctuation, or a piece of its last letter.
_AMBIGUOUS: Final = "’'‘?!)°|"
_NUMERIC: Final = regex.compile(r"\d[\d.,:/%×–-]*")
_OPAQUE: Final = regex.compile(r"\S+@\S+\.\w+|\w+://\S+|www\.\S+|\S+\.(?:vn|com|org|net)\b\S*", regex.IGNORECASE)
_PIECES: Final = regex.compile(r"[^-–—/,;:“”\"…()]+")
_SENTENCE_END: Final = regex.compile(r"[.!?:…]\W*$")
_WORDLESS: Final = regex.compile(r"[^\p{L}\p{N}]+")


def units_of(number: int, line: str, symbols: Sequence[tuple[int, int]], *, sentence: bool) -> list[Unit]:
    """The units of a raw line, left to right; ``symbols`` are the spans of document symbols in it."""
    units: list[Unit] = []
    at = 0
    for start, end in [*symbols, (len(line), len(line))]:
        for token in _TOKEN.finditer(line, at, start):
            units += _units_of_token(number, line, token.start(), token.end())
        if start < end:
            units.append(Unit(number, start, end, line[start:end], Kind.SYMBOL))
        at = max(at, end)
    return [u._replace(starts_sentence=_starts(line, u.start, first=not k, sentence=sentence)) for k, u in enumerate(units)]


def _starts(line: str, start: int, *, first: bool, sentence: bool) -> bool:
    before = line[:start].rstrip()
    return (sentence and first) or bool(before and _SENTENCE_END.search(before)) or bool(first and before)


def _units_of_token(number: int, line: str, start: int, end: int) -> list[Unit]:
    token = line[start:end]
    if _OPAQUE.search(token):
        return [Unit(number, start, end, token, Kind.OPAQUE)]
    core = token.lstrip(_LEADING)
    start += len(token) - len(core)
    core = core.rstrip(_TRAILING + _AMBIGUOUS) or core.rstrip(_TRAILING)
    end = start + len(core)
    if not core:
        return []
    if _NUMERIC.fullmatch(core):
        return [Unit(number, start, end, core, Kind.NUMBER)]
    if words_of(core) == ("<sym>",) and any(c.isdigit() for c in core) and "/" in core:
        return [Unit(number, start, end, core, Kind.SYMBOL)]
    tail = line[end : end + 1]
    units = [Unit(number, start + p.start(), start + p.end(), p.group(), _kind(p.group())) for p in _PIECES.finditer(core)]
    if units and tail and tail in _AMBIGUOUS and units[-1].end == end and units[-1].kind is Kind.WORD:
        units[-1] = units[-1]._replace(tail=tail)
    return units


def _kind(piece: str) -> Kind:
    return Kind.NUMBER if _NUMERIC.fullmatch(piece) else Kind.WORD
