"""Names of persons: titles before them, family names that are known, and which damage may be put right.

The letters of a name are never guessed. Only the family name comes from a closed table: where exactly one of it fits
what was read, and the rest of the name is sure, it is written as the table has it, for a person to confirm.
"""

from __future__ import annotations

import functools
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

import regex
from rapidfuzz.distance import Levenshtein

from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.metadata.marks import Marks
from ocr_pipeline.metadata.pieces import Piece
from ocr_pipeline.orthography import fold, is_syllable, unify

# Least confidence of a name's words; of one whose syllables are not Vietnamese, or whose family name is put right.
_LEAST_CONFIDENCE, _SURE = 0.70, 0.90
# Of each word of a name that begins with no family name that is known.
_SURE_UNFAMILIAR = 0.95
# A family name so long may have one wrong letter, where no other is as near.
_LONG = 5
_EDGES = " .,:;|'`*-_~“”\"‘’«»<>"
_NAME = regex.compile(r"\p{Lu}[\p{Ll}\p{M}’']*(?:[ -]\p{Lu}[\p{Ll}\p{M}’']*){1,5}")
_NAME_CAPITALS = regex.compile(r"\p{Lu}+(?: \p{Lu}+){1,4}")
_UNFAMILIAR = regex.compile(r"\p{Lu}[\p{Ll}\p{M}]*(?:[’'](?:\p{Lu}[\p{Ll}\p{M}]+)?)?(?:[ -]\p{Lu}[’']?\p{L}?[\p{Ll}\p{M}]+){1,4}")
# No Vietnamese letter: a speck beside one (Văñ).
_MARKED_CONSONANT = regex.compile(r"[b-df-hj-np-tv-xz]\p{M}", regex.IGNORECASE)
_ITEMS = ("-", "–", "+", "•")
_TITLE_SEPARATORS = regex.compile(r"[.,\s]+")


class PersonName(NamedTuple):
    """A name and the titles before it; ``sure`` whether it may be taken, ``repaired`` whether its family name was."""

    titles: str | None
    name: str
    sure: bool
    repaired: bool


class Surnames:
    """Family names, and names of places that begin like one."""

    def __init__(self, dictionaries: Dictionaries) -> None:
        self._places = frozenset(fold(row[0]) for row in dictionaries.rows("places.tsv"))
        names = [row[0] for row in dictionaries.rows("surnames.tsv")]
        self._known = frozenset(map(unify, names))
        self._folded: dict[str, list[str]] = defaultdict(list)
        for name in names:
            self._folded[fold(name)].append(name)

    def is_place(self, name: str) -> bool:
        """Hà Nội and Cao Bằng begin with family names as well."""
        return fold(name) in self._places

    def knows(self, word: str) -> bool:
        """Whether a family name is known as it is written: Trân is a damaged Trần."""
        return unify(word) in self._known

    def folds_to(self, word: str) -> bool:
        """Whether a family name is known but for its marks."""
        return fold(word) in self._folded

    def only(self, word: str) -> str | None:
        """The one family name that differs in its marks alone, else the one that differs in one letter."""
        flat = "".join(c for c in fold(word) if c.isalpha())
        same = self._folded.get(flat, [])
        if same or len(flat) < _LONG:
            return same[0] if len(same) == 1 else None
        near = [n for key, names in self._folded.items() if Levenshtein.distance(key, flat, score_cutoff=1) <= 1 for n in names]
        return near[0] if len(near) == 1 else None


def read_name(piece: Piece, marks: Marks, surnames: Surnames) -> PersonName | None:
    """Titles and name of a line that is a person's name; one in capitals must begin with a family name as it is written."""
    words, titles = piece.text.strip(_EDGES).split(), []
    while words and _is_title(words, marks):
        count = 2 if " ".join(words[:2]).rstrip(".,") in marks.titles else 1
        titles += words[:count]
        words = words[count:]
    name = " ".join(words)
    if not 2 <= len(words) <= 6 or marks.is_role(name) or surnames.is_place(name):
        return None
    if _NAME_CAPITALS.fullmatch(name):
        if not surnames.knows(words[0]):
            return None
        name = " ".join(w[0] + w[1:].lower() for w in words)
    if not _NAME.fullmatch(name):
        return None
    return _judged(piece, " ".join(titles) or None, name, surnames)


def read_unfamiliar_name(piece: Piece, marks: Marks, surnames: Surnames) -> PersonName | None:
    """A name whose family name no table knows, where a name must stand; many of smaller peoples (A Blong, K'Breh Sơn)."""
    words = piece.text.strip(_EDGES).split()
    name = " ".join(words)
    if piece.text.startswith(_ITEMS) or not 2 <= len(words) <= 5 or marks.is_role(name) or surnames.is_place(name):
        return None
    if not _UNFAMILIAR.fullmatch(name):
        return None
    sure = not piece.measured or all(word.confidence >= _SURE_UNFAMILIAR for word in piece.words())
    return PersonName(None, name, sure, False)


def _judged(piece: Piece, titles: str | None, name: str, surnames: Surnames) -> PersonName | None:
    """The name where its family name is known or can be told; whether it is sure."""
    family, rest = name.split(" ", 1) if " " in name else (name.split("-")[0], "")
    if surnames.knows(family):
        native = all(is_syllable(w) for w in name.replace("-", " ").split())
        least = _LEAST_CONFIDENCE if native else _SURE
        spoilt = _MARKED_CONSONANT.search(unicodedata.normalize("NFD", name)) is not None
        return PersonName(titles, name, not piece.measured or (piece.confidence() >= least and not spoilt), False)
    only = surnames.only(family) if piece.measured and rest else None
    if only and _is_rest_sure(piece, rest):
        return PersonName(titles, f"{only} {rest}", True, True)
    return PersonName(titles, name, False, False) if surnames.folds_to(family) else None


def _is_rest_sure(piece: Piece, rest: str) -> bool:
    """Whether the words behind the family name are Vietnamese and were recognised surely."""
    start = len(piece.text.rstrip(_EDGES)) - len(rest)
    return all(map(is_syllable, rest.replace("-", " ").split())) and piece.confidence(start) >= _SURE


def _is_title(words: Sequence[str], marks: Marks) -> bool:
    if " ".join(words[:2]).rstrip(".,") in marks.titles:
        return True
    parts = [p for p in _TITLE_SEPARATORS.split(words[0]) if p]
    return bool(parts) and all(p in marks.titles for p in parts)


@functools.cache
def known_surnames(dictionaries: Dictionaries) -> Surnames:
    """The table of one folder."""
    return Surnames(dictionaries)
