"""The part of a page that shows why it was found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import regex

from ocr_pipeline.document import Span
from ocr_pipeline.passages import WORD, word_keys
from ocr_pipeline.search.terms import Term
from ocr_pipeline.symbols import symbol_key

_LENGTH: Final = 180
_CONTROL: Final = regex.compile(r"[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]")
_LONGEST_NUMBER: Final = 8


class Snippet(NamedTuple):
    """A stretch of a page's text, and what of it was searched for, as spans into ``text``."""

    text: str
    marks: tuple[Span, ...]

    def marked(self, before: str = "[", after: str = "]") -> str:
        """The text with its marks written into it."""
        written, end = "", 0
        for start, stop in self.marks:
            written += self.text[end:start] + before + self.text[start:stop] + after
            end = stop
        return written + self.text[end:]


def snippet(text: str, terms: Sequence[Term], length: int = _LENGTH) -> Snippet:
    """The stretch of about ``length`` characters with the most of the terms, the first of them where several have."""
    text = printable(text)
    words = [found.span() for found in WORD.finditer(text)]
    keys = [word_keys(text[start:end]).folded for start, end in words]
    found = sorted(hit for number, term in enumerate(terms) for hit in _places(text, words, keys, term, number))
    if not found:
        return _cut(text, 0, length, ())
    best = max(range(len(found)), key=lambda k: (_worth(found, k, length), -k))
    last = max(j for j in range(best, len(found)) if found[j].span.end - found[best].span.start <= length or j == best)
    room = max(length - (found[last].span.end - found[best].span.start), 0)
    start = max(found[best].span.start - room // 3, 0) if len(text) > length else 0
    return _cut(text, start, length, [hit.span for hit in found])


class _Hit(NamedTuple):
    span: Span
    term: int


def _worth(found: Sequence[_Hit], first: int, length: int) -> int:
    """How many different terms a stretch that begins with a hit holds."""
    end = found[first].span.start + length
    held = set()
    for hit in found[first:]:
        if hit.span.end > end:
            break
        held.add(hit.term)
    return len(held)


def _places(text: str, words: Sequence[tuple[int, int]], keys: Sequence[str], term: Term, number: int) -> Iterator[_Hit]:
    wanted = term.folded.split()
    for at, key in enumerate(keys):
        size = len(wanted) if wanted[:1] == [key] and keys[at : at + len(wanted)] == wanted else 0
        if term.number and not size and key[:1].isdecimal():
            size = _number_at(text, words[at : at + _LONGEST_NUMBER], key, term.number)
        if size:
            yield _Hit(Span(words[at][0], words[at + size - 1][1]), number)


def _number_at(text: str, words: Sequence[tuple[int, int]], ordinal: str, key: str) -> int:
    """How many of the words are the number with this key, 0 for none; nq57 is the key of 57-NQ too."""
    for size in range(2, len(words) + 1):
        written = symbol_key(text[words[0][0] : words[size - 1][1]])
        if key in (written, written[len(ordinal) :] + ordinal):
            return size
        if len(written) > len(key):
            break
    return 0


def _cut(text: str, start: int, length: int, marks: Sequence[Span]) -> Snippet:
    """From the beginning of a word, with dots where something is left out; marks that are cut through are left out."""
    start = 0 if start == 0 else text.rfind(" ", 0, start) + 1
    end = len(text) if start + length >= len(text) else max(text.rfind(" ", start, start + length), start + length // 2)
    before, after = "… " if start else "", " …" if end < len(text) else ""
    shift = len(before) - start
    inside = [Span(a + shift, b + shift) for a, b in _apart(marks) if a >= start and b <= end]
    return Snippet(f"{before}{text[start:end]}{after}", tuple(inside))


def _apart(marks: Sequence[Span]) -> Iterator[Span]:
    """The marks without those that overlap an earlier one."""
    end = -1
    for mark in sorted(marks, key=lambda m: (m.start, -m.end)):
        if mark.start >= end:
            yield mark
            end = mark.end


def printable(text: str) -> str:
    """The text without control characters: what a document says must not steer a terminal."""
    return _CONTROL.sub(" ", text)
