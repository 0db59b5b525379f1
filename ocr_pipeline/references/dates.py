"""Dates in every written form: ISO where they are whole and possible, EDTF with the precision they have."""

from __future__ import annotations

import datetime
import functools
from typing import Final, NamedTuple

import regex

from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.document import DateMention, Span
from ocr_pipeline.references.places import Places
from ocr_pipeline.symbols.flow import flow

_DIGITS: Final = str.maketrans("OoIl|", "00111")
_SPACE: Final = r"\s{0,3}"


class Written(NamedTuple):
    """A date as written: its place, and what it says. ``iso`` is null where partial or impossible."""

    start: int
    end: int
    iso: str | None
    edtf: str | None


@functools.cache
def _months(dictionaries: Dictionaries) -> dict[str, int]:
    return {word: int(number) for word, number in dictionaries.rows("months.tsv")}


@functools.cache
def _patterns(dictionaries: Dictionaries) -> tuple[regex.Pattern[str], regex.Pattern[str], regex.Pattern[str]]:
    """Whole dates, months, and years with their ranges."""
    words = "|".join(sorted(_months(dictionaries), key=len, reverse=True))
    day, month, year = r"[\dOoIl|]{1,2}", rf"[\dOoIl|]{{1,2}}|{words}", r"(?:1[89]|2[0Oo])[\dOoIl]{2}"
    s = _SPACE
    whole = regex.compile(
        rf"(?<![\d/\p{{L}}])(?:(?:[Nn]gày{s})?(?P<day>{day}){s}(?:(?P<sep>[-/.]){s}(?P<month>{day}){s}[-/.]{s}(?P<year>{year})"
        rf"|[Tt]h[áaăẳắâ]ng{s}(?P<month>{month}){s},?{s}năm{s}(?P<year>{year})))(?![\d/])"
    )
    partial = regex.compile(
        rf"(?<![\d/\p{{L}}])(?:[Nn]gày{s}[….]{{0,10}}{s})?[Tt]h[áaăẳắâ]ng{s}(?P<month>{month})(?:{s}[/-]{s}|{s},?{s}năm{s})"
        rf"(?P<year>{year})(?![\d/])"
    )
    years = regex.compile(
        r"(?<![\p{L}\d])(?:(?P<period>giai đoạn|thời kỳ|nhiệm kỳ|từ năm|các năm|năm học|Giai đoạn|Thời kỳ|Nhiệm kỳ)\s{1,2}"
        rf"(?P<from>{year}){s}(?:-|–|đến(?:\s+năm)?){s}(?P<to>{year})|[Nn]ăm\s{{1,2}}(?P<year>{year}))(?![\d/-])"
    )
    return whole, partial, years


def date_at(flowing: str, at: int, dictionaries: Dictionaries) -> Written | None:
    """The whole date that begins at an offset of a flow."""
    found = _patterns(dictionaries)[0].match(flowing[at : at + 60])
    if not found:
        return None
    written = _whole(found, dictionaries)
    return written._replace(start=at + written.start, end=at + written.end)


def last_date(flowing: str, start: int, end: int, dictionaries: Dictionaries) -> Written | None:
    """The last whole date between two offsets."""
    found = list(_patterns(dictionaries)[0].finditer(flowing, start, end))
    return _whole(found[-1], dictionaries) if found else None


def _whole(found: regex.Match[str], dictionaries: Dictionaries) -> Written:
    day, year = (int(found[name].translate(_DIGITS)) for name in ("day", "year"))
    month = _month(found["month"], dictionaries)
    try:
        iso = datetime.date(year, month, day).isoformat()
    except ValueError:
        iso = None
    return Written(found.start(), found.end(), iso, iso)


def _month(text: str, dictionaries: Dictionaries) -> int:
    return _months(dictionaries).get(text) or int(text.translate(_DIGITS))


def find_dates(text: str, *, dictionaries: Dictionaries | None = None) -> tuple[DateMention, ...]:
    """The dates of a text in order: whole, month and year, year, periods.

    A whole date that does not exist has neither ISO nor EDTF: it is for a person to look at, never put right by guess.

    >>> [d.iso for d in find_dates("ngày 5 tháng 9 năm 2026, 30-4-2025, ngày 31/02/2025")]
    ['2026-09-05', '2025-04-30', None]
    """
    dictionaries = dictionaries or Dictionaries.load()
    flowing = flow(text)
    whole, partial, years = _patterns(dictionaries)
    written = [_whole(found, dictionaries) for found in whole.finditer(flowing)]
    written += [w for f in partial.finditer(flowing) if (w := _month_of(f, dictionaries))]
    written += [_years(found) for found in years.finditer(flowing)]
    places = Places(text)
    kept: list[Written] = []
    for date in sorted(written, key=lambda w: (w.start, -w.end)):
        if not kept or date.start >= kept[-1].end:
            kept.append(date)
    return tuple(_mention(date, text, places) for date in kept)


def _month_of(found: regex.Match[str], dictionaries: Dictionaries) -> Written | None:
    month = _month(found["month"], dictionaries)
    year = found["year"].translate(_DIGITS)
    edtf = f"{year}-{month:02d}" if 1 <= month <= 12 else None
    return Written(found.start(), found.end(), None, edtf)


def _years(found: regex.Match[str]) -> Written:
    if found["year"]:
        return Written(found.start(), found.end(), None, found["year"].translate(_DIGITS))
    first, last = found["from"].translate(_DIGITS), found["to"].translate(_DIGITS)
    return Written(found.start(), found.end(), None, f"{first}/{last}" if first <= last else None)


def _mention(date: Written, text: str, places: Places) -> DateMention:
    page, line = places.of(date.start)
    span = Span(date.start, date.end)
    return DateMention(iso=date.iso, edtf=date.edtf, surface=text[span.start : span.end], page=page, line=line, span=span)
