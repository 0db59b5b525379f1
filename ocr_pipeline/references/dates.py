"""Dates in every written form: ISO where they are whole and possible, EDTF with the precision they have.

Strokes that recognisers make of 1, and O and Ø for 0, are read as digits inside a date; a day or month that does not
exist is never put right by guess.
"""

from __future__ import annotations

import datetime
import functools
from typing import Final, NamedTuple

import regex

from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.document import DateMention, Span
from ocr_pipeline.references.places import Places
from ocr_pipeline.symbols.flow import composed, flow

_STROKES: Final = "IilJL|!\\]\\[ÌìÍíÎîÏïĨĩ"
_LIKE: Final = rf"[\dOoØø§{_STROKES}]"
_DIGITS: Final = str.maketrans(dict.fromkeys("IilJL|!][ÌìÍíÎîÏïĨĩ", "1") | dict.fromkeys("OoØø", "0") | {"§": "8", " ": None})
_S: Final = r"\s{0,3}"
_SIGN: Final = r"[-/.⁄]"
_YEAR: Final = rf"(?:1\s?[89]|2\s?[0OoØ])\s?{_LIKE}\s?{_LIKE}(?!\d)"
_QUARTERS: Final = {"i": 33, "ii": 34, "iii": 35, "iv": 36, "1": 33, "2": 34, "3": 35, "4": 36}
# What can be read in one go: a date is shorter than this.
_LONGEST: Final = 90


class Written(NamedTuple):
    """A date as written: its place, and what it says. ``iso`` is null where partial or impossible."""

    start: int
    end: int
    iso: str | None
    edtf: str | None


class DatePatterns:
    """The forms of dates, with the words of one folder for days and months."""

    def __init__(self, dictionaries: Dictionaries) -> None:
        self.numbers = {word: int(number) for word, number in dictionaries.rows("months.tsv")}
        words = "|".join(sorted(self.numbers, key=len, reverse=True))
        numeral = rf"{_LIKE}(?:\s?{_LIKE})?|H"
        sure = r"[Tt]h[áaăắẳâàảãạ]ng", r"[Nn][ăaáắặâ]m"
        # A damaged "ngày" in front allows damaged words behind it, and digits torn apart.
        damaged = r"[Tt]h?[\p{L}&]{2,5}", r"[Nn][\p{L}&]{1,4}"
        day, torn = r"[\dOoIl|]{1,2}", numeral
        led = rf"(?P<led>[NnTM]g\p{{L}}{{0,3}}[yvỳýỷỹỵ]{_S})"
        forms = [
            (
                rf"{led}(?:m[ồùo]ng{_S})?(?P<day>{torn}|{words}){_S}{damaged[0]}{_S}(?P<month>{torn}|{words}){_S},?"
                rf"{_S}{damaged[1]}{_S}(?P<year>{_YEAR})"
            ),
            rf"(?P<day>{day}){_S}{sure[0]}{_S}(?P<month>{torn}|{words}){_S},?{_S}{sure[1]}{_S}(?P<year>{_YEAR})",
            rf"{led}(?P<day>{torn}){_S}{_SIGN}{_S}(?P<month>{torn}){_S}{_SIGN}?{_S}(?P<year>{_YEAR})",
            rf"(?P<day>{day}){_S}{_SIGN}{_S}(?P<month>{day}){_S}{_SIGN}{_S}(?P<year>{_YEAR})",
        ]
        self.whole = regex.compile(rf"(?:(?<![\d/\p{{L}}])|(?<=\p{{Lu}})(?=ngày))(?|{'|'.join(forms)})(?![\d/])")
        self.month = regex.compile(
            rf"(?<![\d/\p{{L}}])(?:[Nn]gày{_S}[….\s]{{0,16}}{_S})?{sure[0]}{_S}(?P<month>{numeral}|{words})"
            rf"(?:{_S}[/-]{_S}|{_S},?{_S}{sure[1]}{_S})(?P<year>{_YEAR})(?![\d/])"
        )
        self.quarter = regex.compile(
            rf"(?<!\p{{L}})[Qq]u[ýí]{_S}(?P<quarter>I{{1,3}}V?|IV|[1-4])(?:/|{_S}{sure[1]}{_S})(?P<year>{_YEAR})"
        )
        self.day = regex.compile(
            rf"(?<!\p{{L}})[Nn]gày{_S}(?P<day>\d{{1,2}}){_S}(?:{_SIGN}|{sure[0]}){_S}(?P<month>\d{{1,2}})(?!{_S}{_SIGN}{_S}\d|\d)"
        )
        self.years = regex.compile(
            r"(?<![\p{L}\d])(?:(?P<period>[Gg]iai đoạn|[Tt]hời kỳ|[Nn]hiệm kỳ|[Tt]ừ năm|[Cc]ác năm|[Nn]ăm học)\s{1,2}"
            rf"(?P<from>{_YEAR}){_S}(?:-|–|đến(?:\s+năm)?){_S}(?P<to>{_YEAR})|[Nn]ăm\s{{1,2}}(?P<year>{_YEAR}))(?![\d/-])"
        )

    def number(self, text: str) -> int:
        """Day or month in digits, damaged ones too, or in words; 0 where one stroke alone may be 1 or 11."""
        known = self.numbers.get(text)
        digits = "11" if text == "H" else text.translate(_DIGITS)
        lone = len(text) == 1 and text != "H" and not text.isdecimal()
        return known or (0 if lone or not digits.isdecimal() else int(digits))


@functools.cache
def date_patterns(dictionaries: Dictionaries) -> DatePatterns:
    """The patterns of one folder, compiled once."""
    return DatePatterns(dictionaries)


def date_at(flowing: str, at: int, dictionaries: Dictionaries) -> Written | None:
    """The whole date that begins at an offset of a flow."""
    found = date_patterns(dictionaries).whole.match(flowing, at, min(len(flowing), at + _LONGEST))
    return _whole(found, date_patterns(dictionaries)) if found else None


def last_date(flowing: str, start: int, end: int, dictionaries: Dictionaries) -> Written | None:
    """The last whole date between two offsets."""
    found = list(date_patterns(dictionaries).whole.finditer(flowing, start, end))
    return _whole(found[-1], date_patterns(dictionaries)) if found else None


def _whole(found: regex.Match[str], patterns: DatePatterns) -> Written:
    day, month = patterns.number(found["day"]), patterns.number(found["month"])
    try:
        iso = datetime.date(_year(found["year"]), month, day).isoformat()
    except ValueError:
        iso = None
    return Written(found.start(), found.end(), iso, iso)


def _year(text: str) -> int:
    return int(text.translate(_DIGITS))


def find_dates(text: str, *, dictionaries: Dictionaries | None = None) -> tuple[DateMention, ...]:
    """The dates of a text in order: whole, month and year, day and month, quarters, years, periods.

    A date that does not exist has neither ISO nor EDTF: it is for a person to look at, never put right by guess.

    >>> [(d.iso, d.edtf) for d in find_dates("ngày 5 tháng 9 năm 2026, tháng 6/2025, ngày 31/02/2025")]
    [('2026-09-05', '2026-09-05'), (None, '2025-06'), (None, None)]
    """
    plain = composed(text)
    flowing = flow(plain.text)
    patterns = date_patterns(dictionaries or Dictionaries.load())
    written = [_whole(found, patterns) for found in patterns.whole.finditer(flowing)]
    written += [_month(found, patterns) for found in patterns.month.finditer(flowing)]
    written += [_quarter(found) for found in patterns.quarter.finditer(flowing)]
    written += [w for found in patterns.day.finditer(flowing) if (w := _yearless(found))]
    written += [_years(found) for found in patterns.years.finditer(flowing)]
    places = Places(text)
    kept: list[Written] = []
    for date in sorted(written, key=lambda w: (w.start, -w.end)):
        if not kept or date.start >= kept[-1].end:
            kept.append(date)
    return tuple(_mention(date, plain.span(date.start, date.end), text, places) for date in kept)


def _month(found: regex.Match[str], patterns: DatePatterns) -> Written:
    month = patterns.number(found["month"])
    edtf = f"{_year(found['year'])}-{month:02d}" if 1 <= month <= 12 else None
    return Written(found.start(), found.end(), None, edtf)


def _quarter(found: regex.Match[str]) -> Written:
    """EDTF numbers the quarters of a year 33 to 36."""
    number = _QUARTERS.get(found["quarter"].lower())
    return Written(found.start(), found.end(), None, f"{_year(found['year'])}-{number}" if number else None)


def _yearless(found: regex.Match[str]) -> Written | None:
    day, month = int(found["day"]), int(found["month"])
    possible = 1 <= month <= 12 and 1 <= day <= 31
    return Written(found.start(), found.end(), None, f"XXXX-{month:02d}-{day:02d}") if possible else None


def _years(found: regex.Match[str]) -> Written:
    if found["year"]:
        return Written(found.start(), found.end(), None, str(_year(found["year"])))
    first, last = _year(found["from"]), _year(found["to"])
    return Written(found.start(), found.end(), None, f"{first}/{last}" if first <= last else None)


def _mention(date: Written, span: Span, text: str, places: Places) -> DateMention:
    page, line = places.of(span.start)
    return DateMention(iso=date.iso, edtf=date.edtf, surface=text[span.start : span.end], page=page, line=line, span=span)
