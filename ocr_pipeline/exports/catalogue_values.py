"""What the columns of a catalogue hold, by the names that the profiles use."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Final

from ocr_pipeline.document import Document
from ocr_pipeline.symbols.form import Parts, cut

Value = str | int | dt.date | None
# A value of a document; the second argument is the profile's codes of types.
Reader = Callable[[Document, dict[str, str]], Value]
_OTHER_TYPE: Final = "32"


def _number(document: Document, _: dict[str, str]) -> Value:
    return document.metadata.number


def _parts(document: Document) -> Parts | None:
    return cut(document.metadata.number) if document.metadata.number else None


def _ordinal(document: Document, _: dict[str, str]) -> Value:
    """The number without its symbol, as text: a leading zero is part of it; with the year where it bears one."""
    parts = _parts(document)
    if parts is None:
        return document.metadata.number
    return f"{parts.ordinal}/{parts.year}" if parts.year else parts.ordinal


def _notation(document: Document, _: dict[str, str]) -> Value:
    parts = _parts(document)
    return parts.tail if parts else None


def _date(document: Document, _: dict[str, str]) -> Value:
    """A date; text where only month or year is known: 09/2025."""
    facts = document.metadata
    if facts.date:
        return dt.date.fromisoformat(facts.date)
    return "/".join(reversed(facts.date_partial.split("-"))) if facts.date_partial else None


def _issuer(document: Document, _: dict[str, str]) -> Value:
    """The issuers as on the letterhead, and the body above them."""
    facts = document.metadata
    names = [" - ".join(facts.issuers) or facts.issuer, facts.parent_issuer]
    return ", ".join(name for name in names if name) or None


def _doc_type(document: Document, _: dict[str, str]) -> Value:
    return document.metadata.doc_type


def _type_code(document: Document, codes: dict[str, str]) -> Value:
    kind = document.metadata.doc_type
    return codes.get(kind, _OTHER_TYPE) if kind else None


def _title(document: Document, _: dict[str, str]) -> Value:
    return document.metadata.title


def _typed_title(document: Document, _: dict[str, str]) -> Value:
    """The type and the title; a letter is known by its title alone."""
    facts = document.metadata
    kind = facts.doc_type if facts.doc_type_code != "CV" else None
    return " ".join(part for part in (kind, facts.title) if part) or None


def _signers(document: Document, _: dict[str, str]) -> Value:
    return "; ".join(signer.name for signer in document.metadata.signers if signer.name) or None


def _secrecy(document: Document, _: dict[str, str]) -> Value:
    return document.metadata.secrecy


def _first_page(document: Document, _: dict[str, str]) -> Value:
    return document.source.first_page


def _pages(document: Document, _: dict[str, str]) -> Value:
    return len(document.pages)


def _files(_: Document, __: dict[str, str]) -> Value:
    return 1


def _file(document: Document, _: dict[str, str]) -> Value:
    return document.source.name


VALUES: Final[dict[str, Reader]] = {
    "number": _number,
    "ordinal": _ordinal,
    "notation": _notation,
    "date": _date,
    "issuer": _issuer,
    "doc_type": _doc_type,
    "type_code": _type_code,
    "title": _title,
    "typed_title": _typed_title,
    "signers": _signers,
    "secrecy": _secrecy,
    "first_page": _first_page,
    "pages": _pages,
    "files": _files,
    "file": _file,
}
