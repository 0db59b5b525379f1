"""Reads a stretch without spaces in one encoding: where a code may be a letter or itself, by what reads better."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from itertools import product
from typing import Final, NamedTuple

import regex

from ocr_pipeline.legacy_encodings.spelling import ACCENTED, Spelling
from ocr_pipeline.legacy_encodings.tables import Encoding, Table

# A letter of Unicode has no business in text of another encoding; a capital that the fonts lacked, little.
_FOREIGN_LETTER, _RARE_LETTER = 10.0, 2.0
_ORDINARY: Final = frozenset("“”‘’–—…•\N{NO-BREAK SPACE}")
# Doubtful codes of one stretch that are tried both ways; nats against a mark that ends a sentence in its middle.
_CHOICES, _RUNS_ON = 5, 4.0


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
    """What stands for a letter in this document; ``always``, or only where it reads better so."""

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
    for i in doubtful[_CHOICES:]:
        del choices[i][1:]
    best = Reading((), float("inf"))
    for chosen in product(*choices):
        pieces = tuple(piece for piece, _ in chosen)
        cost = spelling.cost("".join(p.read for p in pieces), False) + sum(cost for _, cost in chosen)
        if cost < best.cost:
            best = Reading(pieces, cost)
    return best


def _cut(text: str, table: Table, substitutions: Mapping[str, Substitution]) -> list[str]:
    pieces: list[str] = []
    at = 0
    while at < len(text):
        found = None if text[at] in substitutions else table.pattern.match(text, at)
        end = found.end() if found else at + 1
        pieces.append(text[at:end])
        at = end
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


def readable(encoding: Encoding, text: str) -> bool:
    """Whether a stretch may hold codes of the encoding at all; VIQR has ASCII only, the others have more."""
    return text.isascii() if encoding == Encoding.VIQR else not text.isascii()
