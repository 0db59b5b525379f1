"""The words of stretches, and how to write another word in the place of one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

import regex

from ocr_pipeline.legacy_encodings.decoding import Piece

Pieces = tuple[Piece, ...]

_WORD: Final = regex.compile(r"\p{L}+")


class Word(NamedTuple):
    """A run of letters in the text of a stretch; ``follows`` the word before it with nothing but a space between."""

    stretch: int
    start: int
    end: int
    text: str
    follows: bool


def plain(text: str) -> Pieces:
    """A stretch that reads as it stands."""
    return tuple(Piece(c, c) for c in text)


def text_of(pieces: Sequence[Piece]) -> str:
    """What the pieces read."""
    return "".join(piece.read for piece in pieces)


def words_of(line: Iterable[tuple[int, str]]) -> Iterator[Word]:
    """The words of the stretches of one line, given with their numbers."""
    before: str | None = None
    for number, text in line:
        end = 0
        for found in _WORD.finditer(text):
            start = found.start()
            follows = before == "" if not end else text[end:start] == "\N{NO-BREAK SPACE}"
            yield Word(number, start, found.end(), found.group(), follows and start == (end + 1 if end else 0))
            end = found.end()
        before = text[end:]


def written(pieces: Pieces, start: int, end: int, text: str) -> Pieces:
    """The pieces with other text in the place of an interval of what they read.

    >>> text_of(written(plain("(khơng)"), 1, 6, "không"))
    '(không)'
    """
    before: list[Piece] = []
    inside: list[Piece] = []
    after: list[Piece] = []
    at = 0
    for piece in pieces:
        into = before if at + len(piece.read) <= start else after if at >= end else inside
        into.append(piece)
        at += len(piece.read)
    whole, first = text_of(inside), len(text_of(before))
    new = whole[: start - first] + text + whole[end - first :]
    return (*before, Piece("".join(p.seen for p in inside), new), *after)
