"""Applies a patch to a document: text, places, facts and doubts as they are once a person has put them right.

A correction holds only where its ``before`` still stands, or what another correction of the same place made of it:
where a later run reads something else there, the correction is a conflict, told and not applied. Applying a patch to a
document to which it was applied already changes nothing. References and dates follow the corrected text; the metadata
change only where a person changed a field.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from ocr_pipeline.composition import joined, told_by_text
from ocr_pipeline.corrections.fields import evidence_key, field_value, is_field, with_field, wrong_form
from ocr_pipeline.corrections.lines import changes, corrected_line, offsets_of, settled_line
from ocr_pipeline.corrections.patch import Correction, Patch
from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.document import Document, Edit, Evidence, Line, Mention, Page, Reference, Review, Span
from ocr_pipeline.metadata import read_outline
from ocr_pipeline.orthography import nfc

# Doubts of the text that are told again when the text has changed.
_OF_TEXT = frozenset({"references", "dates"})
Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Conflict:
    """A correction that was not applied: ``found`` stands where ``correction.before`` was to be."""

    correction: Correction
    found: str | None


@dataclass(frozen=True, slots=True)
class Applied:
    """The document as corrected, and what could not be applied."""

    document: Document
    conflicts: tuple[Conflict, ...] = ()


def apply_patch(document: Document, patch: Patch, *, dictionaries: Dictionaries | None = None) -> Applied:
    """The document with all corrections that still hold."""
    dictionaries = dictionaries or Dictionaries.load()
    places: dict[tuple[object, ...], list[Correction]] = {}
    for correction in patch.corrections:
        places.setdefault(correction.place, []).append(correction)
    conflicts: list[Conflict] = []
    seen: dict[Place, list[Span | None]] = {}
    corrected = document
    for chain in places.values():
        made = _with_field(corrected, chain, dictionaries) if chain[0].field else _with_line(corrected, chain, seen)
        if isinstance(made, Conflict):
            conflicts.append(made)
        else:
            corrected = made
    return Applied(_told_anew(document, corrected, seen, dictionaries), tuple(conflicts))


def _outcome(chain: Sequence[Correction], standing: str | None) -> Conflict | None:
    """None where the last correction holds for what stands there."""
    at = found = _composed(standing)
    for correction in chain:
        if _composed(correction.before) == at:
            at = _composed(correction.after)
    return None if _composed(chain[-1].after) in (found, at) else Conflict(chain[-1], standing)


def _composed(value: str | None) -> str | None:
    return nfc(value) if value else None


# --- fields


def _with_field(document: Document, chain: Sequence[Correction], dictionaries: Dictionaries) -> Document | Conflict:
    last, name = chain[-1], chain[0].field
    assert name
    if not is_field(name):
        return Conflict(last, None)
    standing = field_value(document.metadata, name)
    conflict = _outcome(chain, standing)
    if conflict or wrong_form(name, last.after):
        return conflict or Conflict(last, standing)
    key = evidence_key(name)
    same = standing == (last.after or None)
    metadata = document.metadata if same else with_field(document.metadata, name, last.after, dictionaries)
    confirmed = all(c.before == c.after for c in chain)
    evidence = _with_evidence(document, key, last, confirmed)
    review = tuple(r for r in document.review if not _settles(name, r))
    return replace(document, metadata=metadata, evidence=evidence, review=review)


def _settles(name: str, review: Review) -> bool:
    """Whether a look at the field settles the doubt: one at the date settles that of its day, too."""
    if review.field == "signer":
        return name.startswith("signers.")
    return review.field == name or (name == "date_partial" and review.field == "date")


def _with_evidence(document: Document, key: str, last: Correction, confirmed: bool) -> dict[str, Evidence]:
    """What a person confirmed is as it was, and sure; what he gave is his."""
    known = document.evidence.get(key)
    if confirmed and known is None:
        return document.evidence
    if last.after is None and not key.startswith("signers"):
        return {k: v for k, v in document.evidence.items() if k != key}
    known = known or _evidence_of(document, key, last)
    source = known.source if confirmed else "corrected"
    return document.evidence | {key: replace(known, confidence=1.0, source=source)}


def _evidence_of(document: Document, key: str, last: Correction) -> Evidence:
    """Where the field is, as far as the doubt about it told; else the first line of the page that was looked at."""
    doubt = next((r for r in document.review if r.field == key and r.line), None)
    page, line = (doubt.page, doubt.line or 1) if doubt else (last.page, last.line or 1)
    return Evidence(page=page, line=line, bbox=doubt.bbox if doubt else None, raw="", confidence=1.0)


# --- lines


def _with_line(document: Document, chain: Sequence[Correction], seen: dict[Place, list[Span | None]]) -> Document | Conflict:
    last = chain[-1]
    page = next((p for p in document.pages if p.number == last.page), None)
    if page is None or not last.line or not 1 <= last.line <= len(page.lines) or last.after is None:
        return Conflict(last, None)
    line, place = page.lines[last.line - 1], (page.number, last.line)
    conflict = _outcome(chain, line.text)
    if conflict or _breaks(last.after):
        return conflict or Conflict(last, line.text)
    edits = [e for e in document.edits if (e.page, e.line) == place]
    text = line.text if _composed(line.text) == _composed(last.after) else nfc(last.after)
    if text != line.text:
        line, edits = corrected_line(line, edits, text, *place)
    seen[place] = list(_seen(chain, text))
    line, edits = settled_line(line, edits, seen[place])
    return _with(document, page, last.line, line, edits)


def _breaks(text: str) -> bool:
    return len(f"x{text}x".splitlines()) > 1


def _seen(chain: Sequence[Correction], text: str) -> Iterator[Span | None]:
    """The places that were looked at, where they stand now; those of a line that is another one now are let go."""
    for index, correction in enumerate(chain):
        later = chain[index + 1 :]
        at = correction.span
        if at is None:
            yield None
            continue
        states = [(c.before or "", c.after or "") for c in (correction, *later)]
        if any(a[1] != b[0] for a, b in itertools.pairwise(states)) or nfc(states[-1][1]) != text:
            continue
        for before, after in states:
            offsets = offsets_of(changes(before, after))
            at = Span(offsets.to_text(at.start), offsets.to_text(at.end, end=True))
        yield at


def _with(document: Document, page: Page, number: int, line: Line, edits: Sequence[Edit]) -> Document:
    lines = (*page.lines[: number - 1], line, *page.lines[number:])
    pages = tuple(replace(page, lines=lines) if p.number == page.number else p for p in document.pages)
    others = [e for e in document.edits if (e.page, e.line) != (page.number, number)]
    return replace(document, pages=pages, edits=tuple(sorted((*others, *edits), key=lambda e: (e.page, e.line, e.span))))


# --- the whole


def _told_anew(before: Document, after: Document, seen: dict[Place, list[Span | None]], dictionaries: Dictionaries) -> Document:
    """Text, spans, references, dates and doubts follow what was changed; nothing changed gives the same document."""
    if _texts(before) != _texts(after) or before.metadata != after.metadata:
        text, pages = joined(after.pages)
        told = told_by_text(text, pages, after.edits, after.metadata, dictionaries)
        after = replace(
            after, text=text, pages=tuple(pages), references=told.references, dates=told.dates,
            unnumbered_references=told.unnumbered_references, outline=read_outline(pages),
            review=(*(r for r in after.review if r.field not in _OF_TEXT), *told.review),
        )  # fmt: skip
    if not seen:
        return after
    sure = _Sure(after, seen)
    return replace(
        after,
        references=tuple(sure.reference(r) for r in after.references),
        review=tuple(r for r in after.review if sure.leaves(r)),
    )


def _texts(document: Document) -> list[str]:
    return [line.text for page in document.pages for line in page.lines]


class _Sure:
    """What is doubtful no more, because a person has seen it."""

    def __init__(self, document: Document, seen: dict[Place, list[Span | None]]) -> None:
        self._seen = seen
        self._starts = {
            (page.number, number): line.span.start for page in document.pages
            for number, line in enumerate(page.lines, 1) if line.span
        }  # fmt: skip
        self._doubtful = {(e.page, e.line, f"{e.before} -> {e.after}") for e in document.edits if e.confidence < 1.0}
        mentions = [m for r in document.references for m in r.mentions]
        self._told = [(m.page, m.line, name) for m in mentions if self._covers(m) for name in (m.number, m.surface)]
        self._told += [(d.page, d.line, d.surface) for d in document.dates if self._at((d.page, d.line), d.span)]

    def _at(self, place: Place, span: Span) -> bool:
        """Whether the stretch of the document's text was looked at, as far as it lies on that line."""
        start = self._starts.get(place, 0)
        return any(
            at is None or (at.start + start < span.end and span.start < at.end + start) for at in self._seen.get(place, ())
        )

    def _covers(self, mention: Mention) -> bool:
        return self._at((mention.page, mention.line), mention.span)

    def reference(self, reference: Reference) -> Reference:
        """The reference with the mentions that were seen."""
        if not any(self._covers(m) for m in reference.mentions):
            return reference
        sure = (replace(m, confidence=1.0, alternatives=()) if self._covers(m) else m for m in reference.mentions)
        return replace(reference, mentions=tuple(sure))

    def leaves(self, review: Review) -> bool:
        """Whether the doubt is still one."""
        place = (review.page, review.line or 0)
        if place not in self._seen or review.field not in (None, *_OF_TEXT):
            return True
        if None in self._seen[place]:
            return False
        if review.field in _OF_TEXT:
            return not _named_in(review.detail, (name for page, line, name in self._told if (page, line) == place))
        return review.reason != "low-margin" or (*place, review.detail) in self._doubtful


def _named_in(detail: str, names: Iterable[str]) -> bool:
    return any(name in detail or repr(name) in detail for name in names)
