"""Roman numbers of headings at the beginning of lines, put right by the headings before and after them.

A recogniser makes ``HI.`` of III., ``1V.`` of IV., and ``1.`` of I.; which number a heading has is told by its place.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import regex

from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.document import Edit, Span

TABLE: Final = "heading_numbers.tsv"
_HEADING: Final = regex.compile(r"\s*(?P<number>[^\s.,]{1,5})(?P<sign>[.,]|\s?[-–])(?P<gap>\s?)(?P<title>\p{Lu}{2}.*)")
# Of the letters of a heading so many are capitals, and it has at least so many letters.
_CAPITALS, _LETTERS = 0.85, 6
_CONFIDENCE: Final = 0.95


class _Heading(NamedTuple):
    """What stands before the sign of a heading, and whether white follows; lines from 0."""

    line: int
    start: int
    end: int
    number: str
    sign: str
    gap: str


@functools.cache
def _likes(dictionaries: Dictionaries) -> dict[str, frozenset[str]]:
    return {number: frozenset(like.split(" ")) for number, like in dictionaries.rows(TABLE)}


def heading_edits(lines: Sequence[str], dictionaries: Dictionaries, *, of_ink: Sequence[bool] = ()) -> Iterator[Edit]:
    """The edits of headings that do not have the number of their place, line by line.

    ``of_ink`` says of each line whether it was recognised from an image: there a space that was lost is put in too.

    >>> lines = ["1. MỤC ĐÍCH, YÊU CẦU", "II. NỘI DUNG", "HI. TỔ CHỨC THỰC HIỆN"]
    >>> [(e.before, e.after) for e in heading_edits(lines, Dictionaries.load())]
    [('1', 'I'), ('HI', 'III')]
    """
    likes = _likes(dictionaries)
    order = list(likes)
    headings = list(_headings(lines))
    place = 0
    for k, heading in enumerate(headings):
        following = headings[k + 1].number if k + 1 < len(headings) else ""
        number = _number(heading.number, following, place, order, likes)
        place = order.index(number) + 1 if number else 0
        if not number:
            continue
        sign = "." if heading.sign == "," else heading.sign
        lost = bool(of_ink and of_ink[heading.line]) and not heading.gap
        before, after = heading.number + heading.sign, number + sign + " " * lost
        if heading.number != number and before[len(heading.number) :] == after[len(number) :]:
            before, after = heading.number, number
        if before != after:
            span = Span(heading.start, heading.start + len(before))
            yield Edit(
                page=1, line=heading.line + 1, span=span, before=before, after=after, rule="heading", confidence=_CONFIDENCE
            )


def _headings(lines: Sequence[str]) -> Iterator[_Heading]:
    for number, line in enumerate(lines):
        found = _HEADING.fullmatch(line)
        letters = [c for c in found["title"] if c.isalpha()] if found else []
        if found and len(letters) >= _LETTERS and sum(c.isupper() for c in letters) >= _CAPITALS * len(letters):
            start, end = found.span("number")
            yield _Heading(number, start, end, found["number"], found["sign"], found["gap"])


def _number(read: str, following: str, place: int, order: Sequence[str], likes: dict[str, frozenset[str]]) -> str:
    """The number of a heading behind so many others, by what was read and what follows; nothing where it has none."""
    expected, after = (order[k] if k < len(order) else "" for k in (place, place + 1))
    if not expected or read == expected:
        return read if read in likes else ""
    continued = bool(after) and (following == after or (following in likes[after] and following not in likes))
    if read in likes[expected]:
        # A one, and a number that is one of its own, need the next heading as a witness; the last of a row has none.
        repeated = place > 0 and read == order[place - 1]
        if read not in likes and (place or read != "1"):
            return expected
        if continued or (repeated and place > 1 and not following):
            return expected
    if read in likes:
        return read
    # Of two signs or more, some are like one number alone, wherever they stand.
    alike = [number for number in order if read in likes[number]] if len(read) > 1 else []
    return alike[0] if len(alike) == 1 else ""
