"""Dates as people type them, and the days that they cover."""

from __future__ import annotations

import calendar
import datetime as dt
from typing import Final

import regex

from ocr_pipeline.errors import UsageError

_ISO: Final = regex.compile(r"(?P<year>\d{4})(?:-(?P<month>\d{1,2})(?:-(?P<day>\d{1,2}))?)?")
_VIETNAMESE: Final = regex.compile(r"(?:(?:(?P<day>\d{1,2})[/.-])?(?P<month>\d{1,2})[/.-])?(?P<year>\d{4})")


def days_of(date: str | None) -> tuple[str | None, str | None]:
    """The first and the last day, in ISO form, of a day, month or year; None twice where the text is none of these.

    >>> days_of("2024-02"), days_of("22/12/2024"), days_of(None)
    (('2024-02-01', '2024-02-29'), ('2024-12-22', '2024-12-22'), (None, None))
    """
    found = _ISO.fullmatch(date or "") or _VIETNAMESE.fullmatch(date or "")
    if not found:
        return None, None
    year, month, day = (int(found[name]) if found[name] else None for name in ("year", "month", "day"))
    assert year is not None
    try:
        first = dt.date(year, month or 1, day or 1)
        last_month = month or 12
        last = first if day else dt.date(year, last_month, calendar.monthrange(year, last_month)[1])
    except ValueError:
        return None, None
    return first.isoformat(), last.isoformat()


def asked_days(date: str | None) -> tuple[str | None, str | None]:
    """The same for a date that a person gave; UsageError where it is none."""
    first, last = days_of(date.strip() if date else None)
    if date and first is None:
        raise UsageError(f"{date!r} is no date", remedy="Write it as 2024, 2024-12, 2024-12-22 or 22/12/2024.")
    return first, last
