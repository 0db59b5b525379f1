"""The fields of the metadata that a person can put right, each as text: lists have one entry a line."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Final

import regex

from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.document import Metadata, Signer
from ocr_pipeline.metadata.types import document_types

_LISTS: Final = ("addressees", "recipients")
# The fields in the order in which a form shows them.
FIELDS: Final = (
    "number", "doc_type", "issuer", "parent_issuer", "place", "date", "date_partial", "title", "urgency", "secrecy", *_LISTS,
)  # fmt: skip
_SIGNER: Final = regex.compile(r"signers\.([1-9])\.(authority|role|titles|name)")
_MONTH: Final = regex.compile(r"\d{4}(-(0[1-9]|1[0-2]))?")


def field_names(metadata: Metadata) -> Iterator[str]:
    """Every field of a document's form, those of its signers last."""
    yield from FIELDS
    for number in range(1, max(len(metadata.signers), 1) + 1):
        yield from (f"signers.{number}.{part}" for part in ("authority", "role", "titles", "name"))


def is_field(name: str) -> bool:
    """Whether there is such a field: ``number``, ``signers.2.name`` ..."""
    return name in FIELDS or _SIGNER.fullmatch(name) is not None


def evidence_key(name: str) -> str:
    """Under which key the evidence of a field stands."""
    return "signers" if _SIGNER.fullmatch(name) else name


def wrong_form(name: str, value: str | None) -> str | None:
    """The form that the value should have, where it has another.

    >>> wrong_form("date", "02/06/2025"), wrong_form("date", "2025-02-31"), wrong_form("date", "2025-06-02")
    ('YYYY-MM-DD', 'YYYY-MM-DD', None)
    """
    if not value or name not in _FORMS:
        return None
    holds, form = _FORMS[name]
    return None if holds(value) else form


def _is_day(value: str) -> bool:
    try:
        return datetime.date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _is_month(value: str) -> bool:
    return _MONTH.fullmatch(value) is not None


_FORMS: Final[dict[str, tuple[Callable[[str], bool], str]]] = {
    "date": (_is_day, "YYYY-MM-DD"),
    "date_partial": (_is_month, "YYYY-MM or YYYY"),
}


def field_value(metadata: Metadata, name: str) -> str | None:
    r"""The field as text, None where it is empty.

    >>> field_value(Metadata(signers=(Signer(authority=("TM. UBND", "KT. CHỦ TỊCH")),)), "signers.1.authority")
    'TM. UBND\nKT. CHỦ TỊCH'
    """
    signer = _SIGNER.fullmatch(name)
    if signer:
        index = int(signer[1]) - 1
        value = getattr(metadata.signers[index], signer[2]) if index < len(metadata.signers) else None
    else:
        value = getattr(metadata, name)
    return ("\n".join(value) if isinstance(value, tuple) else value) or None


def with_field(metadata: Metadata, name: str, value: str | None, dictionaries: Dictionaries) -> Metadata:
    """The metadata with that field changed, and with it what follows from it."""
    signer = _SIGNER.fullmatch(name)
    if signer:
        return _with_signer(metadata, int(signer[1]), signer[2], value)
    stored: Any = tuple(filter(None, (value or "").split("\n"))) if name in _LISTS else value or None
    changed = replace(metadata, **{name: stored})
    return _FOLLOWING[name](changed, dictionaries) if name in _FOLLOWING else changed


def _with_signer(metadata: Metadata, number: int, part: str, value: str | None) -> Metadata:
    signers = [*metadata.signers, *[Signer()] * (number - len(metadata.signers))]
    stored: Any = tuple(filter(None, (value or "").split("\n"))) if part == "authority" else value or None
    signers[number - 1] = replace(signers[number - 1], **{part: stored})
    while signers and signers[-1] == Signer():
        signers.pop()
    return replace(metadata, signers=tuple(signers), signer=signers[0] if signers else None)


def _with_code(metadata: Metadata, dictionaries: Dictionaries) -> Metadata:
    name = metadata.doc_type
    return replace(metadata, doc_type_code=document_types(dictionaries).code(name, metadata.system) if name else None)


def _with_issuers(metadata: Metadata, _: Dictionaries) -> Metadata:
    return replace(metadata, issuers=tuple(metadata.issuer.split(" - ")) if metadata.issuer else ())


def _without_partial_date(metadata: Metadata, _: Dictionaries) -> Metadata:
    return replace(metadata, date_partial=None) if metadata.date else metadata


_FOLLOWING: Final[dict[str, Callable[[Metadata, Dictionaries], Metadata]]] = {
    "doc_type": _with_code,
    "issuer": _with_issuers,
    "date": _without_partial_date,
}
