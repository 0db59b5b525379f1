"""Cuts raw lines into units: words to read, numbers and symbols to keep, and what is transparent between them."""

from __future__ import annotations

import functools
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
    """A piece of a raw line, half-open in code points.

    ``tail`` is a sign after it: behind a word it may be part of a letter, behind a number it says that it is one.
    """

    line: int
    start: int
    end: int
    text: str
    kind: Kind
    tail: str = ""
    context: str = "inside"


_TOKEN: Final = regex.compile(r"\S+")
# Never part of a letter at the edges of a token.
_LEADING: Final = '“”"„‘([{<«-–—•+.,;:…/_*'
_TRAILING: Final = '“”".,;:…-–—/_)]}>»*'
# After a token: punctuation, or a piece of its last letter.
_AMBIGUOUS: Final = "’'‘?!)°|"
_NUMERIC: Final = regex.compile(r"\d[\d.,:/%×–-]*")
_OPAQUE: Final = regex.compile(r"\S+@\S+\.\w+|\w+://\S+|www\.\S+|\S+\.(?:vn|com|org|net)\b\S*", regex.IGNORECASE)
# Where a link of marked-up text leads: [Tết Mậu Thân](tet-mau-than).
_LINK: Final = regex.compile(r"\]\([^()\s]+\)")
# A point within a token parts abbreviations (TP.HCM, TP.Huế) and initials (V.Lênin); elsewhere it may be a ruined letter.
_PIECES: Final = regex.compile(r"(?:[^-–—/,;:“”\"….()]|(?<!\p{Lu}{2})(?!(?<=(?<!\p{L})\p{Lu})\.\p{Lu}+\p{Ll})\.|\.(?!\p{Lu}))+")
_SENTENCE_END: Final = regex.compile(r"[.!?:…]\W*$")
_CAPITALS: Final = 0.6
_SHORT: Final = 3
# A word in capitals so long is no abbreviation.
_LONG: Final = 8
_BREAK: Final = regex.compile(r"[:;,.|]\s*$")
# Abbreviations joined as printed (NN&PTNT, T.Ư); between other letters the sign is a ruined letter.
_JOINED: Final = regex.compile(r"\p{Lu}{2,}&\p{Lu}{2,}|\p{Lu}(?:\.\p{Lu})+")
# The letter of a point (điểm a, b, ...) is no word.
_LIST_MARK: Final = regex.compile(r"\s*\(?[^\s\d]\)\.?(?=\s)")
# A number that a line begins with and that a sign follows counts points; one before a slash or a percent sign is no word either.
_LIST_NUMBER: Final = regex.compile(r"\s*\d{1,2}[.)](?=\s)")
_AFTER_NUMBER: Final = ("/", "%")
# Units of area and volume; points of points (điểm b.1).
_CODE: Final = regex.compile(r"(?:[kcdm]?m|ha)[23]|\p{Ll}\.\d{1,2}")
# Signs between a word and the number of a document: what is left of "số".
_RUIN: Final = regex.compile(r"(?<=\p{L}\s)([)\"”“$§]{1,2})\s$")
# Signs that are never a word alone: rules, bullets, stains.
_STAIN: Final = regex.compile(r"[|}{\]\[\\~^=<>«»_•*'‘’°!?-]+")


def units_of(number: int, line: str, symbols: Sequence[tuple[int, int]], *, sentence: bool) -> list[Unit]:
    """The units of a raw line, left to right; ``symbols`` are the spans of document symbols in it."""
    units: list[Unit] = []
    mark = _LIST_MARK.match(line)
    at = mark.end() if mark else 0
    for start, end in [*symbols, (len(line), len(line))]:
        for token in _TOKEN.finditer(line, at, start):
            units += _units_of_token(number, line, token.start(), token.end())
        if start < end and (ruin := _RUIN.search(line, at, start)):
            units.append(Unit(number, ruin.start(1), ruin.end(1), ruin[1], Kind.WORD))
        if start < end:
            units.append(Unit(number, start, end, line[start:end], Kind.SYMBOL))
        at = max(at, end)
    if _LIST_NUMBER.match(line) and units[0].kind is Kind.NUMBER:
        units[0] = units[0]._replace(tail=line[units[0].end])
    return _in_context(line, units, sentence=sentence)


def _in_context(line: str, units: Sequence[Unit], *, sentence: bool) -> list[Unit]:
    """The units with how a word at their place is written: as its neighbours in capitals, beginning a sentence, or inside."""
    capitals = [False, *(in_capitals(unit.text) for unit in units), False]
    found = []
    for k, unit in enumerate(units):
        neighbours = capitals[k] + capitals[k + 2]
        left = line[units[k - 1].end if k else 0 : unit.start].rstrip()
        if (capitals[k + 1] and (neighbours or _is_long_enough(unit.text))) or neighbours == 2:
            context = "capitals"
        elif k:
            context = "start" if _SENTENCE_END.search(left) else "inside"
        elif left:
            context = "start"
        else:
            context = "start" if sentence else "line"
        found.append(unit if context == unit.context else unit._replace(context=context))
    return found


def column_start(line: str, units: Sequence[Unit]) -> int | None:
    """The unit that begins another column of a line: behind a sign, nothing but capitals (``Nơi nhận: TRƯỞNG BAN``)."""
    start = len(units)
    while start and units[start - 1].kind is Kind.WORD and units[start - 1].context == "capitals":
        start -= 1
    # It takes two words, or a long one: abbreviations are no heading.
    heading = len(units) - start > 1 or (start < len(units) and len(units[start].text) >= _LONG)
    return start if heading and start and _BREAK.search(line, 0, units[start].start) else None


def _is_long_enough(text: str) -> bool:
    """Whether a word in capitals is so without neighbours in capitals: of three letters, none may be small (NGi is Nội)."""
    letters = sum(map(str.isalpha, text))
    return letters > _SHORT or (letters == _SHORT and text.isupper())


@functools.lru_cache(maxsize=1 << 14)
def in_capitals(text: str) -> bool:
    """Whether a word of two letters and more is mostly in capitals.

    >>> in_capitals("TUYEN"), in_capitals("SOi"), in_capitals("So"), in_capitals("K")
    (True, True, False, False)
    """
    letters = [c for c in text if c.isalpha()]
    return len(letters) >= 2 and sum(c.isupper() for c in letters) > _CAPITALS * len(letters)


def _units_of_token(number: int, line: str, start: int, end: int) -> list[Unit]:
    return [unit._replace(line=number, start=start + unit.start, end=start + unit.end) for unit in _cut(line[start:end])]


# Documents repeat their words.
@functools.lru_cache(maxsize=1 << 14)
def _cut(token: str) -> tuple[Unit, ...]:
    """The units of a token, in offsets of its own."""
    if link := _LINK.search(token):
        return (*_cut(token[: link.start()]), Unit(0, link.start(), link.end(), link.group(), Kind.OPAQUE))
    if _OPAQUE.search(token):
        return (Unit(0, 0, len(token), token, Kind.OPAQUE),)
    core = token.lstrip(_LEADING)
    start = len(token) - len(core)
    core = core.rstrip(_TRAILING + _AMBIGUOUS) or core.rstrip(_TRAILING)
    end = start + len(core)
    if not core or _STAIN.fullmatch(core):
        return ()
    tail = token[end : end + 1]
    if (kind := _kind_of(core)) is not Kind.WORD:
        bracketed = tail == ")" and token[:start].endswith("(")
        return (Unit(0, start, end, core, kind, tail if bracketed or tail in _AFTER_NUMBER else ""),)
    units = [_piece(core[p.start() : p.end()], start + p.start()) for p in _PIECES.finditer(core)]
    units = [unit for unit in units if unit.text]
    if units and tail and tail in _AMBIGUOUS and units[-1].end == end and units[-1].kind is Kind.WORD:
        units[-1] = units[-1]._replace(tail=tail)
    return tuple(units)


def _kind_of(core: str) -> Kind:
    """What a token is as a whole; a word may consist of several."""
    if _NUMERIC.fullmatch(core):
        return Kind.NUMBER
    if _is_kept(core):
        return Kind.OPAQUE
    symbol = words_of(core) == ("<sym>",) and ("/" in core or (core[0].isdigit() and "-" in core))
    return Kind.SYMBOL if symbol else Kind.WORD


def _is_kept(text: str) -> bool:
    return bool(_JOINED.fullmatch(text) or _CODE.fullmatch(text))


def _piece(text: str, start: int) -> Unit:
    """A part of a token between hyphens, slashes and the like, without the full stops at its edges."""
    start += len(text) - len(text.lstrip(_LEADING))
    text = text.strip(_LEADING)
    kind = Kind.NUMBER if _NUMERIC.fullmatch(text) else Kind.OPAQUE if _is_kept(text) else Kind.WORD
    return Unit(0, start, start + len(text), text, kind)
