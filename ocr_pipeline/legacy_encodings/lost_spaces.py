"""Spaces that a converter lost between words, where only one place for them makes words that stand side by side."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

import regex

from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.legacy_encodings.pairs import Pairs
from ocr_pipeline.legacy_encodings.spelling import Spelling
from ocr_pipeline.legacy_encodings.words import Word
from ocr_pipeline.orthography import is_syllable

# How often two words must have been counted side by side; letters of the shortest run and of the longest syllable.
_SURE, _SHORTEST, _SYLLABLE = 500, 5, 7
# One run of words may be a slip of the pen: two different ones show that spaces were lost.
_FEWEST = 2
_NUMBER: Final = regex.compile(r"(?<![\p{L}])(?:Số|số|SỐ)(?=\d{1,5}[-/][\p{Lu}\d])")


class Parted(NamedTuple):
    """A run of words and the same with its spaces."""

    word: Word
    text: str


def part(words: Iterable[Word], dictionaries: Dictionaries) -> list[Parted]:
    """The words of a text that are several, none where there are too few to tell."""
    spelling, pairs = Spelling.load(dictionaries), Pairs.load(dictionaries)
    found = [Parted(word, text) for word in words if (text := _parted(word.text, spelling, pairs))]
    return found if len({parted.text.lower() for parted in found}) >= _FEWEST else []


def number_starts(text: str) -> Iterator[int]:
    """Where a number follows ``số`` without a space.

    >>> list(number_starts("Quyết định số31-QĐ/TW"))
    [13]
    """
    return (found.end() for found in _NUMBER.finditer(text))


def _parted(word: str, spelling: Spelling, pairs: Pairs) -> str | None:
    if len(word) < _SHORTEST or word.isascii() or spelling.known(word):
        return None
    ways = _ways(word.lower(), (), spelling, pairs)
    first, second = next(ways, None), next(ways, None)
    if first is None or second is not None:
        return None
    return _with_spaces(word, first)


def _ways(rest: str, parts: tuple[str, ...], spelling: Spelling, pairs: Pairs) -> Iterator[tuple[str, ...]]:
    if not rest:
        yield parts
    for end in range(1, min(len(rest), _SYLLABLE) + 1):
        syllable = rest[:end]
        if spelling.known(syllable) and is_syllable(syllable) and (not parts or pairs.count(parts[-1], syllable) >= _SURE):
            yield from _ways(rest[end:], (*parts, syllable), spelling, pairs)


def _with_spaces(word: str, parts: Sequence[str]) -> str:
    pieces = []
    at = 0
    for syllable in parts:
        pieces.append(word[at : at + len(syllable)])
        at += len(syllable)
    return " ".join(pieces)
