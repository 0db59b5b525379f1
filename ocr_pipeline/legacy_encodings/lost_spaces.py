"""Spaces that a converter lost between words, where only one place for them makes words that stand side by side."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

import regex

from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.legacy_encodings.pairs import Pairs
from ocr_pipeline.legacy_encodings.spelling import Spelling
from ocr_pipeline.legacy_encodings.words import Word
from ocr_pipeline.orthography import is_syllable

# How often two words must have been counted side by side; letters of the shortest and the longest run
# and of the longest syllable.
_SURE, _SHORTEST, _LONGEST, _SYLLABLE = 500, 5, 40, 7
# One may be a slip of the pen: two different ones show that spaces were lost.
_FEWEST = 2
_NUMBER: Final = regex.compile(r"(?<![\p{L}])(?:Số|số|SỐ)(?=\d{1,5}[-/][\p{Lu}\d])")


class Space(NamedTuple):
    """Where a space was lost: an offset into the text of a stretch."""

    stretch: int
    at: int


def lost_spaces(words: Iterable[Word], texts: Mapping[int, str], dictionaries: Dictionaries) -> list[Space]:
    """The spaces that a text has lost, none where there are too few to tell; ``texts`` are its stretches by number."""
    spelling, pairs = Spelling.load(dictionaries), Pairs.load(dictionaries)
    parted = [(word, parts) for word in words if (parts := _parts(word.text, spelling, pairs))]
    numbers = [Space(number, at) for number, text in texts.items() for at in number_starts(text)]
    if len({parts for _, parts in parted}) + len(numbers) < _FEWEST:
        return []
    inside = [Space(word.stretch, word.start + sum(map(len, parts[:i]))) for word, parts in parted for i in range(1, len(parts))]
    return inside + numbers


def number_starts(text: str) -> Iterator[int]:
    """Where a number follows ``số`` without a space.

    >>> list(number_starts("Quyết định số31-QĐ/TW"))
    [13]
    """
    return (found.end() for found in _NUMBER.finditer(text))


def _parts(word: str, spelling: Spelling, pairs: Pairs) -> tuple[str, ...]:
    """The words that a run of letters is, in lower case; nothing where it is one, or may be cut in two ways."""
    if not _SHORTEST <= len(word) <= _LONGEST or word.isascii() or spelling.known(word):
        return ()
    ways = _ways(word.lower(), (), spelling, pairs)
    first, second = next(ways, ()), next(ways, ())
    return () if second else first


def _ways(rest: str, parts: tuple[str, ...], spelling: Spelling, pairs: Pairs) -> Iterator[tuple[str, ...]]:
    if not rest:
        yield parts
    for end in range(1, min(len(rest), _SYLLABLE) + 1):
        syllable = rest[:end]
        if spelling.known(syllable) and is_syllable(syllable) and (not parts or pairs.count(parts[-1], syllable) >= _SURE):
            yield from _ways(rest[end:], (*parts, syllable), spelling, pairs)
