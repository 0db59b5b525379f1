"""Letters of points (điểm a, b, c, d, đ, e ...) at the beginning of lines, put right by the points around them.

Before a bracket recognisers make ``©`` of c, ``8`` of g, and one letter of d and đ. No sentence tells them apart, but the
order of the points does: after ``b)`` comes ``c)``.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import regex

from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.document import Edit, Span

TABLE: Final = "point_letters.tsv"
_MARK: Final = regex.compile(r"\s*(\S{1,2})\)(?=\s)")
_CONFIDENCE: Final = 0.95


class _Mark(NamedTuple):
    """What stands before a bracket at the beginning of a line; lines from 0."""

    line: int
    at: int
    text: str


class _Letters(NamedTuple):
    """Each letter with what may be read for it; ``order`` is that of the points."""

    order: str
    like: dict[str, frozenset[str]]

    def after(self, letter: str) -> str:
        """The letter of the next point; nothing behind the last."""
        return self.order[self.order.index(letter) + 1 :][:1]

    def may_be(self, read: str, letter: str) -> bool:
        """Whether what was read is the letter, or looks like it."""
        return bool(letter) and (read == letter or read in self.like[letter])


@functools.cache
def _letters(dictionaries: Dictionaries) -> _Letters:
    rows = {letter: frozenset(like.split(" ")) - {"-"} for letter, like in dictionaries.rows(TABLE)}
    return _Letters("".join(rows), rows)


def point_edits(
    lines: Sequence[str], dictionaries: Dictionaries, *, marked: bool = True, of_ink: Sequence[bool] = ()
) -> Iterator[Edit]:
    """The edits of letters that are not those of their points, line by line.

    ``marked`` says whether the text has the marks of Vietnamese: where it has none, the second of two d is đ. ``of_ink``
    says of each line whether it was recognised from an image: there the last point, if it is a đ behind c, is a d.

    >>> lines = ["a) Sở Nội vụ", "b) Sở Tài chính", "©) Văn phòng"]
    >>> [(e.before, e.after) for e in point_edits(lines, Dictionaries.load())]
    [('©', 'c')]
    """
    letters = _letters(dictionaries)
    marks = [_Mark(n, found.start(1), found[1]) for n, line in enumerate(lines) if (found := _MARK.match(line))]
    before, number = "", 0
    for k, mark in enumerate(marks):
        following = marks[k + 1].text if k + 1 < len(marks) else ""
        letter = "" if mark.text == str(number + 1) else _letter(mark.text, before, following, letters, marked)
        if letter == "đ" and before == "c" and following != "e" and of_ink and of_ink[mark.line]:
            letter = "d"
        if letter and letter != mark.text:
            span = Span(mark.at, mark.at + len(mark.text))
            yield Edit(
                page=1, line=mark.line + 1, span=span, before=mark.text, after=letter, rule="point", confidence=_CONFIDENCE
            )
        if not letter and mark.text.isdecimal():
            number = int(mark.text)
        before = letter


def _letter(read: str, before: str, following: str, letters: _Letters, marked: bool) -> str:
    """The letter of a point, by the points before and after it; nothing where it is none."""
    expected = letters.after(before) if before else letters.order[0]
    if read in letters.like:
        # A letter of its own is another one only where both neighbours say so.
        if not before or not letters.may_be(read, expected):
            return read
        told = letters.may_be(following, letters.after(expected)) or (not marked and read == before)
        return expected if told else read
    if before and letters.may_be(read, expected):
        return expected
    found = [letter for letter in letters.order if letters.may_be(read, letter)]
    if read.isalnum() or not found:
        return ""
    continued = [letter for letter in found if following and following == letters.after(letter)]
    return (continued or [expected if expected in found else found[0]])[0]
