"""The document model: what a directive is once it has been read, and its JSON contract.

All values are frozen. Boxes are pixels at the page's stated dpi, origin top left. Spans are half-open offsets in
code points: into ``Document.text`` for pages, lines, mentions and dates; into the raw line for edits; into the line's
own ``text`` for words. Pages and lines count from 1. Confidences run from 0.0 to 1.0.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import msgspec

SCHEMA_VERSION = "1.0"

Zone = Literal[
    "letterhead-left",
    "letterhead-right",
    "title",
    "body",
    "recipients",
    "signature",
    "footnote",
    "page-number",
    "stamp",
    "seal",
    "noise",
]
# Calibrated on drawn blanks: of readings of handwriting as sure as this fewer than one in a thousand is wrong.
SURE_WRITTEN = 0.85
OUTSIDE_TEXT: frozenset[str] = frozenset({"stamp", "seal", "noise"})
TextSource = Literal["ocr", "text-layer", "legacy-text-layer", "garbled-text-layer", "text"]
System = Literal["party", "state", "mass-organisation"]
FilledField = Literal["number", "day", "month"]
Relation = Literal["căn cứ", "thực hiện", "sửa đổi, bổ sung", "thay thế", "bãi bỏ", "hướng dẫn thi hành", "theo", "khác"]


class Span(NamedTuple):
    """Half-open interval of code points."""

    start: int
    end: int


class Box(NamedTuple):
    """Pixels at the page's dpi, origin top left, ``x1`` and ``y1`` exclusive."""

    x0: int
    y0: int
    x1: int
    y1: int

    def moved(self, x: int, y: int) -> Box:
        """The box so many pixels to the right and down."""
        return Box(self.x0 + x, self.y0 + y, self.x1 + x, self.y1 + y)

    def has_middle(self, other: Box) -> bool:
        """Whether the middle of another box lies in this one."""
        x, y = (other.x0 + other.x1) / 2, (other.y0 + other.y1) / 2
        return self.x0 <= x < self.x1 and self.y0 <= y < self.y1

    @classmethod
    def around(cls, boxes: Iterable[Box]) -> Box:
        """The smallest box around some, of which there is at least one."""
        x0, y0, x1, y1 = zip(*boxes, strict=True)
        return cls(min(x0), min(y0), max(x1), max(y1))


class PlacedWord(NamedTuple):
    """A word as it was recognised or found in a text layer, before it belongs to a line."""

    text: str
    box: Box
    confidence: float


class Word(NamedTuple):
    """A word of a line: its place in the line's ``text``, its box, its confidence."""

    start: int
    end: int
    x0: int
    y0: int
    x1: int
    y1: int
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One printed line: ``raw`` as recognised, ``text`` as restored."""

    text: str
    raw: str
    span: Span | None = None
    bbox: Box | None = None
    zone: Zone = "body"
    confidence: float = 1.0
    words: tuple[Word, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """Digits in a blank of the letterhead (``bbox``), as the reader of handwriting has them; ``line`` counts from 1."""

    line: int
    field: FilledField
    digits: str
    confidence: float
    bbox: Box
    alternatives: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page in reading order; ``problem`` says why it has no text, where that is so."""

    number: int
    source_page: int
    width: int
    height: int
    dpi: int
    rotation: int = 0
    skew: float = 0.0
    span: Span = Span(0, 0)
    text_source: TextSource = "ocr"
    confidence: float = 1.0
    problem: str | None = None
    steps: tuple[str, ...] = ()
    lines: tuple[Line, ...] = ()
    filled: tuple[Filled, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One change: ``before`` stands at ``span`` of the raw line, ``after`` in the restored one."""

    page: int
    line: int
    span: Span
    before: str
    after: str
    rule: str
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """One place that cites a numbered document, with what its own sentence says of it."""

    order: int
    page: int
    line: int
    span: Span
    surface: str
    raw: str
    number: str
    doc_type: str | None = None
    date: str | None = None
    issuer: str | None = None
    relation: Relation = "khác"
    pinpoint: str | None = None
    bbox: Box | None = None
    confidence: float = 1.0
    alternatives: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Anaphor:
    """One place that stands for a document without its number; ``mention`` is the order of a mention, 0 the document itself."""

    page: int
    line: int
    span: Span
    surface: str
    kind: Literal["này", "trên", "alias"]
    mention: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """One distinct document that is cited: what all its mentions tell together."""

    id: str
    number: str
    number_key: str
    doc_type: str | None
    doc_type_code: str | None
    date: str | None
    issuer: str | None
    relation: Relation
    own: bool
    mentions: tuple[Mention, ...]
    anaphora: tuple[Anaphor, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class UnnumberedMention:
    """One place that cites a document by type, title and perhaps date, without number."""

    page: int
    line: int
    span: Span
    surface: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnnumberedReference:
    """A document cited without number, such as ``Luật Tổ chức Chính phủ ngày 19/02/2025``."""

    doc_type: str
    title: str
    date: str | None
    mentions: tuple[UnnumberedMention, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OutlineItem:
    """One numbered part of the text: ``level`` counts from 1 downwards, ``heading`` is what stands behind the number.

    ``kind`` is what the part is called; la mã, số and chữ are parts that bear a number alone: I. 1. a).
    """

    level: int
    kind: Literal["phần", "chương", "mục", "tiểu mục", "điều", "khoản", "điểm", "la mã", "số", "chữ"]
    number: str
    heading: str | None
    page: int
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DateMention:
    """A date in the text; ``iso`` is null where it is partial or impossible, ``edtf`` keeps the precision."""

    iso: str | None
    edtf: str | None
    surface: str
    page: int
    line: int
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """A signature block: ``authority`` are the lines above the role (TM., KT., TL. ...)."""

    authority: tuple[str, ...] = ()
    role: str | None = None
    titles: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """What the document says of itself; null where it is blank or not readable with confidence."""

    number: str | None = None
    doc_type: str | None = None
    doc_type_code: str | None = None
    system: System | None = None
    issuer: str | None = None
    issuers: tuple[str, ...] = ()
    parent_issuer: str | None = None
    place: str | None = None
    date: str | None = None
    date_partial: str | None = None
    title: str | None = None
    signers: tuple[Signer, ...] = ()
    signer: Signer | None = None
    addressees: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()
    urgency: str | None = None
    secrecy: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Where a metadata field was read, or that it was inferred, or that a person put it right."""

    page: int
    line: int
    bbox: Box | None
    raw: str
    confidence: float
    source: Literal["read", "inferred", "corrected"] = "read"


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """Something for a person to look at; ``reason`` is a code, ``detail`` says it in words."""

    page: int
    line: int | None
    field: str | None
    reason: str
    detail: str = ""
    bbox: Box | None = None
    alternatives: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """The file that the document came from and the pages of it that are the document's."""

    name: str
    path: str
    sha256: str
    media_type: str
    pages: int
    first_page: int
    last_page: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """How the result was made: versions, settings, digests of the dictionaries."""

    ocr_pipeline: str
    engine: str | None
    settings: dict[str, Any] = field(default_factory=dict)
    dictionaries: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One directive, read. ``id`` is stable for the same file and pages."""

    schema_version: str = SCHEMA_VERSION
    id: str
    source: SourceFile
    metadata: Metadata
    evidence: dict[str, Evidence] = field(default_factory=dict)
    references: tuple[Reference, ...] = ()
    unnumbered_references: tuple[UnnumberedReference, ...] = ()
    dates: tuple[DateMention, ...] = ()
    outline: tuple[OutlineItem, ...] = ()
    text: str = ""
    pages: tuple[Page, ...] = ()
    edits: tuple[Edit, ...] = ()
    review: tuple[Review, ...] = ()
    provenance: Provenance


_INDENT = " "
_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Document)


def to_json(document: Document) -> bytes:
    """The document as UTF-8 JSON, laid out to be read and compared: records on lines of their own, tuples on one."""
    return _laid_out(msgspec.to_builtins(document), "").encode() + b"\n"


def _laid_out(value: Any, indent: str) -> str:
    """A record without records in it takes one line; what holds records opens up, an entry a line."""
    inner = indent + _INDENT
    if isinstance(value, dict) and any(_holds_records(v) for v in value.values()):
        rows = [f"{_flat(k)}: {_laid_out(v, inner)}" for k, v in value.items()]
        return f"{{\n{inner}" + f",\n{inner}".join(rows) + f"\n{indent}}}"
    if _holds_records(value) and isinstance(value, list | tuple):
        return f"[\n{inner}" + f",\n{inner}".join(_laid_out(v, inner) for v in value) + f"\n{indent}]"
    return _flat(value)


def _holds_records(value: Any) -> bool:
    return isinstance(value, dict) or (isinstance(value, list | tuple) and any(isinstance(v, dict) for v in value))


def _flat(value: Any) -> str:
    return _ENCODER.encode(value).decode()


def from_json(data: bytes | str) -> Document:
    """The document that ``to_json`` wrote; msgspec.ValidationError where the JSON is of another shape."""
    return _DECODER.decode(data)


def json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of a document, generated from the types above."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **msgspec.json.schema(Document)}
