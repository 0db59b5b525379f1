"""Reads a stretch without spaces in one encoding: where a code may be a letter or itself, by what reads better."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from itertools import product
from typing import Final, NamedTuple

import regex

from ocr_pipeline.legacy_encodings.spelling import ACCENTED, Spelling
from ocr_pipeline.legacy_encodings.tables import Table

# A letter of Unicode has no business in text of another encoding; a capital that the fonts lacked, little.
_FOREIGN_LETTER, _RARE_LETTER = 10.0, 2.0
_ORDINARY: Final = frozenset("“”‘’–—…•\N{NO-BREAK SPACE}")
LONGEST: Final = 60
"""Characters of a stretch from which on it is no word and tells nothing: it is read by the table alone."""
# Doubtful codes of one stretch that are tried both ways; nats against a mark that ends a sentence in its middle.
_CHOICES, _RUNS_ON = 5, 4.0
# Nats against a letter that was dropped in a given place; against consonants that stand alone, where vowels were dropped.
_PUT_IN, _NO_VOWEL = 1.5, 6.0
_CONSONANTS: Final = regex.compile(r"[bcdghklmnpqrstvx]{1,3}[.,;:]?")


class Piece(NamedTuple):
    """Characters as they stand, and what they are read as."""

    seen: str
    read: str


class Reading(NamedTuple):
    """A stretch as read, with its cost in nats."""

    pieces: tuple[Piece, ...]
    cost: float

    @property
    def text(self) -> str:
        """The stretch in composed form."""
        return "".join(piece.read for piece in self.pieces)


class Substitution(NamedTuple):
    """What stands for a letter in this document; ``always``, or only where it reads better so.

    Of the empty string: the letter is missing from the text, and may stand anywhere.
    """

    letter: str
    always: bool


def read(
    text: str, table: Table, substitutions: Mapping[str, Substitution], spelling: Spelling, *, runs_on: bool = False
) -> Reading:
    """The best reading of a stretch in the encoding of the table."""
    choices = [_options(seen, table, substitutions) for seen in _cut(text, table, substitutions)]
    if runs_on and len(choices[-1]) > 1:
        piece, cost = choices[-1][-1]
        choices[-1][-1] = (piece, cost + _RUNS_ON)
    doubtful = [i for i, options in enumerate(choices) if len(options) > 1]
    for i in doubtful[_CHOICES if len(text) <= LONGEST else 0 :]:
        choices[i] = [min(choices[i], key=lambda option: option[1])]
    best = min((_costed(chosen, spelling) for chosen in product(*choices)), key=lambda reading: reading.cost)
    lost = substitutions.get("")
    return _restored(best, lost.letter, spelling) if lost and len(text) <= LONGEST else best


def _costed(chosen: Sequence[tuple[Piece, float]], spelling: Spelling) -> Reading:
    pieces = tuple(piece for piece, _ in chosen)
    return Reading(pieces, spelling.cost("".join(p.read for p in pieces), False) + sum(cost for _, cost in chosen))


def _restored(reading: Reading, letter: str, spelling: Spelling) -> Reading:
    """The reading, or that with a letter put in at a letter, where the converter dropped all of them."""
    text = [piece.read for piece in reading.pieces]
    plain = spelling.cost(reading.text, False)
    best, least = reading, plain - _PUT_IN + (_NO_VOWEL if _CONSONANTS.fullmatch(reading.text) else 0.0)
    for at in range(len(text) + 1):
        if any(c.isalpha() for c in text[max(0, at - 1) : at + 1]):
            cost = spelling.cost("".join([*text[:at], letter, *text[at:]]), False)
            if cost < least:
                pieces = (*reading.pieces[:at], Piece("", letter), *reading.pieces[at:])
                best, least = Reading(pieces, reading.cost - plain + cost + _PUT_IN), cost
    return best


def _cut(text: str, table: Table, substitutions: Mapping[str, Substitution]) -> list[str]:
    """The codes and other characters of a stretch; of two codes that begin at one place, the longer."""
    pieces: list[str] = []
    at = 0
    while at < len(text):
        length = 1
        if text[at] not in substitutions:
            length = next((n for n in range(table.longest, 1, -1) if text[at : at + n] in table.codes), 1)
        pieces.append(text[at : at + length])
        at += length
    return pieces


def _options(seen: str, table: Table, substitutions: Mapping[str, Substitution]) -> list[tuple[Piece, float]]:
    """The ways to read a piece, each with what it costs beside its spelling."""
    given = substitutions.get(seen)
    if given:
        as_letter = [(Piece(seen, given.letter), 0.0)]
        return as_letter if given.always else [*as_letter, (Piece(seen, seen), 0.0)]
    letter = table.codes.get(seen)
    if letter is None:
        strange = not seen.isascii() and seen not in _ORDINARY
        return [(Piece(seen, seen), _FOREIGN_LETTER if strange and seen in ACCENTED else 0.0)]
    options = [(Piece(seen, letter), _RARE_LETTER if seen in table.rare else 0.0)]
    if seen in table.otherwise:
        itself, cost = table.otherwise[seen]
        options.append((Piece(seen, itself), cost))
    return options


_MISREAD: Final = regex.compile(r"[\x80-\xff€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]{2,}")
_BACK: Final = {bytes([b]).decode("cp1252", "ignore"): b for b in range(0x80, 0xA0)} | {chr(b): b for b in range(0x80, 0x100)}


def read_utf8(text: str, spelling: Spelling) -> Reading | None:
    """The best reading of UTF-8 that was read as Windows-1252; None where it is no UTF-8."""
    pieces: list[Piece] = []
    at = 0
    for run in _MISREAD.finditer(text):
        try:
            letters = bytes(_BACK[c] for c in run.group()).decode("utf-8")
        except UnicodeDecodeError:
            return None
        pieces += [*(Piece(c, c) for c in text[at : run.start()]), Piece(run.group(), unicodedata.normalize("NFC", letters))]
        at = run.end()
    if not pieces:
        return None
    pieces += [Piece(c, c) for c in text[at:]]
    return Reading(tuple(pieces), spelling.cost("".join(p.read for p in pieces), False))
