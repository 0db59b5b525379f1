"""What a person should look at in a document: fields, words and references, each with its place and other readings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import regex

from ocr_pipeline.corrections import field_names, field_value
from ocr_pipeline.document import Document, Edit, Line, Mention, Page, Review, Span, Word
from ocr_pipeline.offsets import OffsetMap
from ocr_pipeline.orthography import fold

# A word that the recogniser read less surely than this is doubtful; most words of a good scan are above 0.9.
_WORD_BELOW: Final = 0.70
_MOST_ALTERNATIVES: Final = 9
# Without these a document can neither be found nor cited; that they are missing is a doubt of its own.
_WANTED: Final = ("number", "date")
_FIELD_WEIGHT: Final = 3.0
_WORD: Final = regex.compile(r"[^\W_]+")
# The printed symbol behind a number that is blank or written by hand: /CT-UBND, -NQ/TU.
_SYMBOL: Final = regex.compile(r"[-–/]\s*\p{Lu}[\p{L}\d]*(?:\s*[-–/]\s*\p{L}[\p{L}\d]*)*(?=\s*$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """One thing to look at: a field, or the ``span`` of a line's text (null: the whole line).

    ``reason`` is a code, ``alternatives`` are texts that may be right in its place, ``draft`` is what is known of an empty
    field, to begin typing with; ``confidence`` from 0.0 to 1.0.
    """

    page: int
    line: int | None
    span: Span | None = None
    field: str | None = None
    reason: str
    detail: str = ""
    alternatives: tuple[str, ...] = ()
    draft: str = ""
    confidence: float = 0.5

    @property
    def weight(self) -> float:
        """What it counts in the queue: a field more than a word, a wild guess more than a near certainty."""
        return (1.0 - self.confidence) * (_FIELD_WEIGHT if self.field else 1.0)


def doubts_of(document: Document, *, below: float, every_field: bool = False) -> tuple[Doubt, ...]:
    """The doubts of a document, fields first, then in the order of the text.

    ``below``: an edit or a field with a lower confidence is doubtful. ``every_field`` makes each field one, as a check of
    a sample wants it.
    """
    fields = list(_field_doubts(document, below))
    if every_field:
        told = {d.field for d in fields}
        fields += [_plain_field(document, name) for name in field_names(document.metadata) if name not in told]
    order = {name: i for i, name in enumerate(field_names(document.metadata))}
    return (*sorted(fields, key=lambda d: order.get(d.field or "", len(order))), *_text_doubts(document, below))


# --- fields


def _field_doubts(document: Document, below: float) -> Iterator[Doubt]:
    reviews = [r for r in document.review if r.field and r.field not in ("references", "dates")]
    told = set()
    for review in reviews:
        name = _form_field(document, review)
        told.add(name)
        yield Doubt(
            page=review.page, line=review.line, field=name, reason=review.reason, detail=review.detail,
            alternatives=_field_alternatives(document, review, name), draft=_draft(document, review, name), confidence=0.3,
        )  # fmt: skip
    for name, evidence in document.evidence.items():
        if evidence.confidence < below and name not in told and name != "signers":
            yield Doubt(
                page=evidence.page, line=evidence.line, field=name, reason="low-confidence", detail=evidence.raw,
                confidence=evidence.confidence,
            )  # fmt: skip
            told.add(name)
    for name in _WANTED:
        if name not in told and name not in document.evidence and field_value(document.metadata, name) is None:
            yield Doubt(page=1, line=None, field=name, reason="missing", confidence=0.6)


def _field_alternatives(document: Document, review: Review, name: str) -> tuple[str, ...]:
    """Other values of the field; of a number only whole ones, digits without their symbol would be none."""
    found = _others(review.alternatives, field_value(document.metadata, name))
    return tuple(a for a in found if name != "number" or any(c.isalpha() for c in a))


def _draft(document: Document, review: Review, name: str) -> str:
    """The printed symbol for an empty number, year and month for an empty date."""
    facts = document.metadata
    if name == "date" and facts.date is None and facts.date_partial:
        return f"{facts.date_partial}-"
    if name != "number" or facts.number is not None or not review.line:
        return ""
    page = next((p for p in document.pages if p.number == review.page), None)
    symbol = _SYMBOL.search(page.lines[review.line - 1].text) if page else None
    return regex.sub(r"\s", "", symbol[0]).replace("–", "-") if symbol else ""


def _form_field(document: Document, review: Review) -> str:
    """The field of the form that a review entry means; a signer's name is told by what was read in its place."""
    if review.field != "signer":
        return review.field or ""
    names = [s.name for s in document.metadata.signers]
    number = next((i for i, name in enumerate(names, 1) if name is None or name in review.alternatives), 1)
    return f"signers.{number}.name"


def _plain_field(document: Document, name: str) -> Doubt:
    evidence = document.evidence.get("signers" if name.startswith("signers") else name)
    page, line = (evidence.page, evidence.line) if evidence else (1, None)
    return Doubt(page=page, line=line, field=name, reason="sample", confidence=0.9)


def _others(alternatives: Sequence[str], value: str | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(a for a in alternatives if a and a != value))[:_MOST_ALTERNATIVES]


# --- text


def _text_doubts(document: Document, below: float) -> Iterator[Doubt]:
    words = _Vocabulary(document)
    edits: dict[tuple[int, int], list[Edit]] = {}
    for edit in document.edits:
        edits.setdefault((edit.page, edit.line), []).append(edit)
    mentions = _mentions(document)
    for page in document.pages:
        for number, line in enumerate(page.lines, 1):
            if line.zone in ("seal", "noise"):
                continue
            place = (page.number, number)
            found = [*_edit_doubts(page, number, line, edits.get(place, ()), below)]
            found += _reference_doubts(document, page, number, line, mentions.get(place, ()))
            found += _word_doubts(page, number, line, found, words)
            yield from sorted(found, key=lambda d: d.span or Span(0, 0))


def _mentions(document: Document) -> dict[tuple[int, int], list[Mention]]:
    placed: dict[tuple[int, int], list[Mention]] = {}
    for mention in (m for r in document.references for m in r.mentions):
        placed.setdefault((mention.page, mention.line), []).append(mention)
    return placed


def _edit_doubts(page: Page, number: int, line: Line, edits: Sequence[Edit], below: float) -> Iterator[Doubt]:
    offsets = OffsetMap(edits)
    for edit in edits:
        if edit.confidence >= below:
            continue
        span = Span(offsets.to_text(edit.span.start), offsets.to_text(edit.span.end, end=True))
        yield Doubt(
            page=page.number, line=number, span=span, reason="low-margin", detail=f"{edit.before} → {edit.after}",
            alternatives=_others((edit.before,), edit.after), confidence=edit.confidence,
        )  # fmt: skip


def _reference_doubts(document: Document, page: Page, number: int, line: Line, mentions: Sequence[Mention]) -> Iterator[Doubt]:
    for review in document.review:
        if (review.page, review.line) != (page.number, number) or review.field not in ("references", "dates"):
            continue
        mention = next((m for m in mentions if m.number in review.detail or m.surface in review.detail), None)
        span = _number_span(line, mention) if mention else _date_span(document, line, review)
        yield Doubt(
            page=page.number, line=number, span=span, reason=review.reason, detail=review.detail,
            alternatives=review.alternatives if span and mention and review.reason == "doubtful-number" else (),
            confidence=mention.confidence if mention and mention.confidence < 1.0 else 0.5,
        )  # fmt: skip


def _number_span(line: Line, mention: Mention) -> Span | None:
    """The number where it stands in its line as it is written; else the whole mention, as far as it is on the line."""
    at = line.text.find(mention.number)
    if at >= 0:
        return Span(at, at + len(mention.number))
    if line.span is None:
        return None
    start, end = mention.span.start - line.span.start, mention.span.end - line.span.start
    return Span(max(start, 0), min(end, len(line.text)))


def _date_span(document: Document, line: Line, review: Review) -> Span | None:
    for date in document.dates:
        if line.span and line.span.start <= date.span.start < line.span.end and date.surface in review.detail:
            return Span(date.span.start - line.span.start, min(date.span.end - line.span.start, len(line.text)))
    return None


def _word_doubts(page: Page, number: int, line: Line, told: Sequence[Doubt], words: _Vocabulary) -> Iterator[Doubt]:
    for word in line.words:
        text = line.text[word.start : word.end]
        if word.confidence >= _WORD_BELOW or not _WORD.search(text) or any(_meets(d.span, word) for d in told):
            continue
        yield Doubt(
            page=page.number, line=number, span=Span(word.start, word.end), reason="low-confidence", detail=text,
            alternatives=words.like(text), confidence=word.confidence,
        )  # fmt: skip


def _meets(span: Span | None, word: Word) -> bool:
    return span is not None and span.start < word.end and word.start < span.end


class _Vocabulary:
    """The document's own words: what is doubtful in one place is often printed clearly in another."""

    def __init__(self, document: Document) -> None:
        self._words: dict[str, dict[str, int]] = {}
        for line in (line for page in document.pages for line in page.lines):
            for word in line.words:
                if word.confidence >= _WORD_BELOW:
                    text = line.text[word.start : word.end]
                    counts = self._words.setdefault(fold(text), {})
                    counts[text] = counts.get(text, 0) + 1

    def like(self, text: str) -> tuple[str, ...]:
        """Words of the document with the same letters under other marks, the most frequent first."""
        counts = self._words.get(fold(text), {})
        return _others(sorted(counts, key=lambda word: (-counts[word], word))[:3], text)
