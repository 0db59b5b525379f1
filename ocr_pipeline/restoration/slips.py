"""Small slips that no word tells: signs and spaces lost or misread in dates, headings and lists (``slips.toml``)."""

from __future__ import annotations

import functools
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import regex

from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.document import Edit, Span

TABLE: Final = "slips.toml"
_CONFIDENCE: Final = 0.95


class Slip(NamedTuple):
    """What is found, and what is written instead, in small letters where nothing is said.

    ``of_ink``: only in lines that were recognised from an image.
    """

    pattern: regex.Pattern[str]
    after: str | None
    of_ink: bool


@functools.cache
def slips(dictionaries: Dictionaries) -> tuple[Slip, ...]:
    """The slips of one folder, in order: where two overlap, the first counts."""
    rows = dictionaries.toml(TABLE)["slips"]
    return tuple(Slip(regex.compile(row["pattern"]), row.get("after"), row.get("of_ink", False)) for row in rows)


def slip_edits(lines: Sequence[str], dictionaries: Dictionaries, of_ink: Sequence[bool] = ()) -> Iterator[Edit]:
    """The edits of slips, from left to right; ``of_ink`` says of each line whether it was recognised from an image.

    >>> [(e.line, e.before, e.after) for e in slip_edits(["ngày 30⁄52024", "năm 201 1. Sở"], Dictionaries.load())]
    [(1, '30⁄52024', '30/5/2024'), (2, ' ', '')]
    """
    text = "\n".join(lines)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    found: list[tuple[Span, str]] = []
    for slip in slips(dictionaries):
        for match in slip.pattern.finditer(text):
            after = match.group().lower() if slip.after is None else match.expand(slip.after)
            span, after = _widened(text, Span(*match.span()), after)
            if slip.of_ink and not (of_ink and of_ink[bisect_right(starts, span.start) - 1]):
                continue
            # Those found before, in order, do not overlap: only neighbours can.
            place = bisect_right(found, (span, after))
            if not any(span.start < other.end and other.start < span.end for other, _ in found[max(0, place - 1) : place + 1]):
                found.insert(place, (span, after))
    for span, after in found:
        number = bisect_right(starts, span.start)
        at = Span(span.start - starts[number - 1], span.end - starts[number - 1])
        yield Edit(page=1, line=number, span=at, before=text[slice(*span)], after=after, rule="slip", confidence=_CONFIDENCE)


def _widened(text: str, span: Span, after: str) -> tuple[Span, str]:
    """A space put in is told with the sign before it, because an edit changes something that stands there."""
    if span.start < span.end:
        return span, after
    return Span(span.start - 1, span.end), text[span.start - 1] + after
