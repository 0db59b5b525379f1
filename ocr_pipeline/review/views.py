"""What the page is told, and what it may say: plain values for JSON, and the examination of what comes back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import msgspec

from ocr_pipeline.corrections import Correction, field_names, field_value, is_field, wrong_form
from ocr_pipeline.document import Document, Page, Span
from ocr_pipeline.orthography import nfc
from ocr_pipeline.review.rates import Rate
from ocr_pipeline.review.shelf import Opened, Shelf

Text = Annotated[str, msgspec.Meta(max_length=20_000)]


class Said(msgspec.Struct, forbid_unknown_fields=True):
    """A correction as the page sends it; who, when and which check is for the server to say."""

    page: int
    before: Text | None
    after: Text | None
    line: int | None = None
    field: str | None = None
    span: Span | None = None


class Saying(msgspec.Struct, forbid_unknown_fields=True):
    """What the page saves: corrections made of the document as of ``version``, and whether it is done with."""

    version: int
    corrections: Annotated[list[Said], msgspec.Meta(max_length=10_000)]
    checked: bool = False


class RefusedError(Exception):
    """A correction that cannot be one; the message says why."""


def corrections_of(saying: Saying, opened: Opened) -> tuple[Correction, ...]:
    """The corrections, composed and examined; RefusedError for the first that cannot be one."""
    return tuple(_correction(said, opened.applied.document) for said in saying.corrections)


def _correction(said: Said, document: Document) -> Correction:
    page = next((p for p in document.pages if p.number == said.page), None)
    if page is None or (said.field is None) == (said.line is None):
        raise RefusedError("neither a line nor a field of the document")
    _refuse_wrong_value(said, page)
    after = said.after if said.after == said.before or said.after is None else nfc(said.after)
    return Correction(
        who="", when="", page=said.page, line=said.line, field=said.field, span=said.span, before=said.before, after=after
    )


def _refuse_wrong_value(said: Said, page: Page) -> None:
    if said.field is not None:
        form = wrong_form(said.field, said.after)
        if not is_field(said.field) or form:
            raise RefusedError(f"{said.field}: {form or 'no such field'}")
    elif said.line is not None:
        if not 1 <= said.line <= len(page.lines) or said.after is None or said.before is None:
            raise RefusedError(f"page {said.page} has no line {said.line}")
        if len(f"x{said.after}x".splitlines()) > 1:
            raise RefusedError("a line stays one line")
        if said.span and not 0 <= said.span.start <= said.span.end <= len(said.before):
            raise RefusedError("the place is not in the line")


def queue_view(shelf: Shelf) -> dict[str, Any]:
    """The queue, with how far it is done."""
    entries = shelf.queue()
    return {
        "documents": [msgspec.to_builtins(entry) for entry in entries],
        "done": sum(entry.checked for entry in entries),
        "check": shelf.check,
        "who": shelf.who,
    }


def document_view(opened: Opened, *, pictured: bool) -> dict[str, Any]:
    """One document as it is now; ``pictured`` says whether its page images can be had."""
    document = opened.applied.document
    return {
        "key": opened.key,
        "path": opened.path,
        "version": opened.version,
        "checks": [c.check for c in opened.patch.checks],
        "pages": [_page_view(page, pictured) for page in document.pages],
        "fields": [_field_view(document, name) for name in field_names(document.metadata)],
        "references": list(_reference_views(document)),
        "doubts": [msgspec.to_builtins(doubt) for doubt in opened.doubts],
        "conflicts": [msgspec.to_builtins(c) for c in opened.applied.conflicts],
        "corrections": len(opened.patch.corrections),
    }


def _page_view(page: Page, pictured: bool) -> dict[str, Any]:
    return {
        "number": page.number,
        "width": page.width,
        "height": page.height,
        "problem": page.problem,
        "pictured": pictured and page.width > 0,
        "lines": [
            {"text": line.text, "raw": line.raw, "bbox": line.bbox, "zone": line.zone, "words": line.words} for line in page.lines
        ],
    }


def _field_view(document: Document, name: str) -> dict[str, Any]:
    evidence = document.evidence.get("signers" if name.startswith("signers.") else name)
    return {
        "name": name,
        "value": field_value(document.metadata, name),
        "evidence": msgspec.to_builtins(evidence) if evidence else None,
    }


def _reference_views(document: Document) -> Iterator[dict[str, Any]]:
    """Each cited document with the places that cite it, their spans in the text of their line."""
    starts = {(p.number, i): line.span.start for p in document.pages for i, line in enumerate(p.lines, 1) if line.span}
    for reference in document.references:
        places = [
            {
                "page": m.page,
                "line": m.line,
                "start": max(0, m.span.start - starts.get((m.page, m.line), m.span.start)),
                "surface": m.surface,
                "relation": m.relation,
                "confidence": m.confidence,
            }
            for m in reference.mentions
        ]
        yield {
            "number": reference.number,
            "doc_type": reference.doc_type,
            "date": reference.date,
            "issuer": reference.issuer,
            "own": reference.own,
            "mentions": places,
        }


def rates_view(rates: tuple[Rate, ...]) -> list[dict[str, Any]]:
    """The rates with their shares."""
    return [{"check": r.check, "field": r.field, "seen": r.seen, "wrong": r.wrong, "share": round(r.share, 4)} for r in rates]
