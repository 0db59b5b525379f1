"""What a person should look at among the citations and dates of a document."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.document import DateMention, Mention, Reference, Review
from ocr_pipeline.references.agreement import term_told
from ocr_pipeline.references.rules import ReferenceRules, reference_rules
from ocr_pipeline.symbols.form import cut

# A number that is read less surely than this is doubtful, also without another reading.
_SURE: Final = 0.75


def find_doubts(
    references: Sequence[Reference], dates: Sequence[DateMention], *, dictionaries: Dictionaries | None = None
) -> tuple[Review, ...]:
    """Numbers with two possible readings, dates that do not exist, years, dates and terms that contradict one another.

    >>> from ocr_pipeline.references.dates import find_dates
    >>> [d.reason for d in find_doubts((), find_dates("ngày 31/02/2025"))]
    ['impossible-date']
    """
    rules = reference_rules(dictionaries or Dictionaries.load())
    reviews = [review for reference in references for review in _of_reference(reference, rules)]
    reviews += [_date(date) for date in dates if date.edtf is None]
    return tuple(sorted(reviews, key=lambda r: (r.page, r.line or 0)))


def _of_reference(reference: Reference, rules: ReferenceRules) -> Iterator[Review]:
    for mention in reference.mentions:
        if mention.confidence < _SURE:
            detail = f"{mention.surface!r} is read as {mention.number}"
            yield _review(mention, "doubtful-number", detail, mention.alternatives)
        year = _year(mention.number)
        if year and mention.date and mention.date[:4] != year:
            yield _review(mention, "year-mismatch", f"{mention.number} is dated {mention.date}", ())
        told = term_told(mention.issuer, mention.date, rules.terms) if mention.issuer and mention.date else None
        if told:
            yield _review(mention, "term-mismatch", f"{mention.issuer} on {mention.date}", (told,))
    dated = {m.date for m in reference.mentions if m.date}
    if len(dated) > 1:
        yield _review(reference.mentions[0], "two-dates", f"{reference.number} is dated {', '.join(sorted(dated))}", ())


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
