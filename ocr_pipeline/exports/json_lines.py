"""One JSON line a page, for search engines: text to show, folded text to match, the document's facts as keywords."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from ocr_pipeline.document import Document
from ocr_pipeline.orthography import fold
from ocr_pipeline.passages import flowing_text


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRecord:
    """One page as an index entry; ``id`` is stable, so that indexing again replaces it."""

    id: str
    document_id: str
    page: int
    text: str
    text_folded: str
    number: str | None
    doc_type: str | None
    issuer: str | None
    date: str | None
    cited: tuple[str, ...]


def page_records(document: Document) -> Iterator[PageRecord]:
    """The pages of a document, each with the numbers that it cites."""
    facts = document.metadata
    for page in document.pages:
        text = flowing_text(page)
        yield PageRecord(
            id=f"{document.id}-{page.number}",
            document_id=document.id,
            page=page.number,
            text=text,
            text_folded=fold(text),
            number=facts.number,
            doc_type=facts.doc_type,
            issuer=facts.issuer,
            date=facts.date,
            cited=_cited(document, page.number),
        )


def _cited(document: Document, page: int) -> tuple[str, ...]:
    cited = {r.number for r in document.references if not r.own for m in r.mentions if m.page == page}
    return tuple(sorted(cited))


def to_json_lines(document: Document) -> bytes:
    """The pages as UTF-8 JSON, one a line."""
    return b"".join(msgspec.json.encode(record) + b"\n" for record in page_records(document))


def record_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of one line."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **msgspec.json.schema(PageRecord)}
