"""Repairs inside Unicode text: decomposed letters, look-alikes of Ư, Đ and ă."""

from __future__ import annotations

import unicodedata
from typing import Final

import regex

from ocr_pipeline.legacy_encodings.decoding import Piece
from ocr_pipeline.legacy_encodings.spelling import ACCENTED, Spelling

_PARTS: Final = regex.compile(r"(?P<base>\p{L}) ?(?P<marks>\p{M}+)|.", regex.DOTALL)
# The glyph names of Ư and ƣ are mixed up by a common converter; Vietnamese has no use for Ƣ.
_ALWAYS: Final = {"\N{LATIN CAPITAL LETTER OI}": "Ư", "\N{LATIN SMALL LETTER OI}": "ư"}
_LOOKALIKES: Final = {
    "\N{LATIN CAPITAL LETTER A WITH CARON}": "Ă",
    "\N{LATIN SMALL LETTER A WITH CARON}": "ă",
    "\N{LATIN CAPITAL LETTER ETH}": "Đ",
    "\N{LATIN CAPITAL LETTER AFRICAN D}": "Đ",
    "\N{LATIN SMALL LETTER ETH}": "đ",
    "\N{LATIN SMALL LETTER D WITH TAIL}": "đ",
}
STRANGE_FORMS: Final = frozenset(_ALWAYS) | frozenset(_LOOKALIKES)
"""Characters that may stand for a letter of Vietnamese by their shape or name."""
_WORD: Final = regex.compile(r"[\p{L}]+")
_LETTERS_AT_END: Final = regex.compile(r"\p{L}*$")
_ACRONYM_LENGTH = 8


def mend(text: str, spelling: Spelling, *, vietnamese: bool) -> tuple[Piece, ...]:
    """A stretch of Unicode text with its letters composed and its look-alikes as the letters they stand for.

    ``vietnamese`` says that the line is Vietnamese beyond doubt: only then is Đ believed inside an abbreviation, for
    Icelandic has Ð as well.
    """
    if text.isascii():
        return (Piece(text, text),)
    pieces = _parted([_composed(part) for part in _PARTS.finditer(text)], spelling)
    read = "".join(p.read for p in pieces)
    if not _LOOKALIKES.keys() & set(read):
        return tuple(pieces)
    believed = _believed(read, spelling, vietnamese)
    return tuple(Piece(p.seen, _LOOKALIKES[p.read] if p.read in _LOOKALIKES and believed else p.read) for p in pieces)


def _composed(part: regex.Match[str]) -> Piece:
    seen = part.group()
    if part["marks"]:
        composed = unicodedata.normalize("NFC", _ALWAYS.get(part["base"], part["base"]) + part["marks"])
        return Piece(seen, composed if composed in ACCENTED else seen)
    return Piece(seen, _ALWAYS.get(seen, seen))


def _parted(pieces: list[Piece], spelling: Spelling) -> list[Piece]:
    """With the space behind the mark that it stands before, where it parts two words and does not tear one."""
    result = list(pieces)
    for i, piece in enumerate(pieces):
        if " " in piece.seen and len(piece.read) == 1:
            left = _LETTERS_AT_END.search("".join(p.read for p in pieces[: i + 1])).group()
            right = _WORD.match("".join(p.read for p in pieces[i + 1 :]))
            if right and spelling.known(left) and not spelling.known(left + right.group()):
                result[i] = Piece(piece.seen, piece.read + " ")
    return result


def _believed(read: str, spelling: Spelling, vietnamese: bool) -> bool:
    """Whether every word with a look-alike of Đ or ă is a word with that letter."""
    for found in _WORD.finditer(read):
        word = found.group()
        if _LOOKALIKES.keys() & set(word):
            meant = "".join(_LOOKALIKES.get(c, c) for c in word)
            abbreviation = vietnamese and len(meant) <= _ACRONYM_LENGTH and sum(map(str.isupper, meant)) * 2 > len(meant)
            if not (spelling.known(meant) or abbreviation):
                return False
    return True
