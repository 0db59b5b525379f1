"""What a person should look at among the citations and dates of a document."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from ocr_pipeline.document import DateMention, Mention, Reference, Review
from ocr_pipeline.symbols.form import cut

# A number that is read less surely than this is doubtful, also without another reading.
_SURE: Final = 0.75


def find_doubts(references: Sequence[Reference], dates: Sequence[DateMention]) -> tuple[Review, ...]:
    """Numbers with two possible readings, dates that do not exist, years and dates that contradict one another.

    >>> from ocr_pipeline.references.dates import find_dates
    >>> [d.reason for d in find_doubts((), find_dates("ngày 31/02/2025"))]
    ['impossible-date']
    """
    reviews = [review for reference in references for review in _of_reference(reference)]
    reviews += [_date(date) for date in dates if date.edtf is None]
    return tuple(sorted(reviews, key=lambda r: (r.page, r.line or 0)))


def _of_reference(reference: Reference) -> Iterator[Review]:
    for mention in reference.mentions:
        if mention.confidence < _SURE:
            detail = f"{mention.surface!r} is read as {mention.number}"
            yield _review(mention, "doubtful-number", detail, mention.alternatives)
        year = _year(mention.number)
        if year and mention.date and mention.date[:4] != year:
            yield _review(mention, "year-mismatch", f"{mention.number} is dated {mention.date}", ())
    told = {(m.doc_type, m.date) for m in reference.mentions if m.date}
    if len({date for _, date in told}) > 1:
        dates = ", ".join(sorted({date for _, date in told if date}))
        yield _review(reference.mentions[0], "two-dates", f"{reference.number} is dated {dates}", ())


def _year(number: str) -> str | None:
    parts = cut(number)
    return str(parts.year) if parts and parts.year else None


def _review(mention: Mention, reason: str, detail: str, alternatives: tuple[str, ...]) -> Review:
    return Review(
        page=mention.page,
        line=mention.line,
        field="references",
        reason=reason,
        detail=detail,
        bbox=mention.bbox,
        alternatives=alternatives,
    )


def _date(date: DateMention) -> Review:
    return Review(page=date.page, line=date.line, field="dates", reason="impossible-date", detail=f"{date.surface!r} is no date")
