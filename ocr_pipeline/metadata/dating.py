"""The date of the letterhead: whole, partial where the day is blank or doubtful, never repaired by guess."""

from __future__ import annotations

import contextlib
import datetime as dt
import itertools
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import regex

from ocr_pipeline.document import Review
from ocr_pipeline.metadata.handwriting import printed_digits
from ocr_pipeline.metadata.marks import Marks
from ocr_pipeline.metadata.pieces import Piece

_ASCII_DIGITS = regex.compile("[0-9]+")
# The year is printed on every form: its height is what the others are compared with.
_LEAST_FOR_YEAR = 0.70
_YEARS = range(1930, 2100)
_MONTH_WORDS = {
    "gieng": 1, "mot": 1, "hai": 2, "ba": 3, "tu": 4, "nam": 5, "sau": 6, "bay": 7,
    "tam": 8, "chin": 9, "muoi": 10, "muoi mot": 11, "muoi hai": 12, "chap": 12,
}  # fmt: skip


class PrintedDate(NamedTuple):
    """ISO date, or EDTF of what is sure of it; both null where nothing is."""

    iso: str | None
    partial: str | None
    review: Review | None


def read_date(piece: Piece, marks: Marks, printed_height: float | None) -> PrintedDate:
    """What the date line says: a day that is blank, handwritten or impossible leaves month and year."""
    found = marks.search("month_and_year", piece.text) or marks.search("numeric_date", piece.text)
    if found is None:
        return PrintedDate(None, None, _review(piece, "unreadable-date"))
    year = _value(piece, found.span("year"), None, least=_LEAST_FOR_YEAR)
    if year is None or year not in _YEARS:
        return PrintedDate(None, None, _review(piece, "unreadable-date"))
    month = _MONTH_WORDS.get(found["month"].strip()) or _value(piece, found.span("month"), printed_height)
    if month is None or month not in range(1, 13):
        blank = not any(c.isalnum() for c in found["month"])
        return PrintedDate(
            None, f"{year:04d}", _review(piece, "blank-month" if blank else "handwritten-date", _guessed(piece, year))
        )
    day = _value(piece, found.span("day"), printed_height)
    try:
        return PrintedDate(dt.date(year, month, day or 0).isoformat(), None, None)
    except ValueError:
        blank = not any(c.isalnum() for c in found["day"])
        reason = "blank-day" if blank else "handwritten-day"
        return PrintedDate(None, f"{year:04d}-{month:02d}", _review(piece, reason, _guessed(piece, year, month)))


def _value(piece: Piece, span: tuple[int, int], printed_height: float | None, least: float = 0.0) -> int | None:
    start, end = span
    text = piece.text[start:end]
    start += len(text) - len(text.lstrip())
    end -= len(text) - len(text.rstrip())
    if least:
        sure = _ASCII_DIGITS.fullmatch(piece.text[start:end]) and piece.confidence(start, end) >= least
        return int(piece.text[start:end]) if sure else None
    digits = printed_digits(piece, start, end, printed_height) if start < end else None
    return int(digits) if digits else None


def _guessed(piece: Piece, year: int, month: int | None = None) -> Iterator[str]:
    """The days that the reader of handwriting holds possible, the likeliest first."""
    months = [month] if month else map(int, piece.guesses("month"))
    for number, day in itertools.product(months, map(int, piece.guesses("day"))):
        with contextlib.suppress(ValueError):
            yield dt.date(year, number, day).isoformat()


def _review(piece: Piece, reason: str, guesses: Iterable[str] = ()) -> Review:
    return Review(
        page=piece.page, line=piece.number, field="date", reason=reason,
        detail=f"the date line reads {piece.text!r}", bbox=piece.box(), alternatives=tuple(dict.fromkeys(guesses)),
    )  # fmt: skip
