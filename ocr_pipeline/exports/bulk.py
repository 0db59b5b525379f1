"""For clusters: bulk files (NDJSON) and the index template of OpenSearch and Elasticsearch, one entry a page.

The template holds the analysis, so that a query typed as it comes is treated like the text: ``text`` without case and
tone placement, ``text.folded`` without any mark, numbers as keywords that every written form matches. No plug-in needed.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec

from ocr_pipeline.archive import Skipped, read_folder
from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.document import Document, Page, Reference
from ocr_pipeline.errors import UsageError
from ocr_pipeline.exports.files import write_atomically
from ocr_pipeline.number_keys import number_keys
from ocr_pipeline.orthography import TONES, place_tone
from ocr_pipeline.passages import flowing_text, secrecy_of

TEMPLATE: Final = "template.json"
# Clusters take requests of some ten megabytes well.
_FILE_SIZE: Final = 8_000_000
_VOWELS: Final = "aăâeêioôơuưy"
_ENCODER: Final = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class BulkWritten:
    """What was written: documents, pages, files; the JSONs withheld for secrecy and passed over.

    ``conflicts`` counts corrections that hold no longer.
    """

    documents: int
    pages: int
    files: int
    withheld: tuple[str, ...]
    skipped: tuple[Skipped, ...]
    conflicts: int


def bulk_actions(document: Document, index: str, dictionaries: Dictionaries) -> Iterator[dict[str, Any]]:
    """A page an action, in the form that the ``helpers.bulk`` of the Python clients takes; ids are stable."""
    for page in document.pages:
        yield {"_index": index, "_id": f"{document.id}-{page.number}", "_source": _source(document, page, dictionaries)}


def _source(document: Document, page: Page, dictionaries: Dictionaries) -> dict[str, Any]:
    facts = document.metadata
    here = [r for r in document.references if not r.own and any(m.page == page.number for m in r.mentions)]
    own = number_keys(facts.number, facts.doc_type_code, dictionaries) if facts.number else ()
    return {
        "document_id": document.id,
        "file": document.source.path,
        "page": page.number,
        "source_page": page.source_page,
        "text": flowing_text(page),
        "title": facts.title,
        "number": facts.number,
        "number_keys": list(own),
        "doc_type": facts.doc_type,
        "issuer": facts.issuer,
        "parent_issuer": facts.parent_issuer,
        "date": facts.date or facts.date_partial,
        "references": [_cited(reference, dictionaries) for reference in here],
    }


def _cited(reference: Reference, dictionaries: Dictionaries) -> dict[str, Any]:
    return {
        "number": reference.number,
        "number_keys": list(number_keys(reference.number, reference.doc_type_code, dictionaries)),
        "doc_type": reference.doc_type,
        "date": reference.date,
        "issuer": reference.issuer,
        "relation": reference.relation,
    }


def bulk_lines(document: Document, index: str, dictionaries: Dictionaries) -> bytes:
    """The document's pages as NDJSON: an action line and a source line each."""
    return b"".join(
        _ENCODER.encode({"index": {"_index": a["_index"], "_id": a["_id"]}}) + b"\n" + _ENCODER.encode(a["_source"]) + b"\n"
        for a in bulk_actions(document, index, dictionaries)
    )


def write_bulk(
    folder: Path, out: Path, index: str = "directives", *, include_secret: bool = False, dictionaries: Dictionaries | None = None
) -> BulkWritten:
    """The documents of a folder as ``bulk-00001.ndjson`` ... in ``out``, beside the template.

    Documents with a mark of secrecy are withheld unless asked for. UsageError where the folder has no document or
    ``out`` holds bulk files already; OutputError where it cannot be written to.
    """
    dictionaries = dictionaries or Dictionaries.load()
    if any(out.glob("bulk-*.ndjson")):
        raise UsageError(f"{out} holds bulk files already", remedy="Delete them, or name another folder with --bulk.")
    withheld: list[str] = []
    skipped: list[Skipped] = []
    conflicts = 0
    writer = _Writer(out)
    for filed in read_folder(folder):
        if isinstance(filed, Skipped):
            skipped.append(filed)
        elif secrecy_of(filed.document, dictionaries) and not include_secret:
            withheld.append(filed.path)
        else:
            writer.add(bulk_lines(filed.document, index, dictionaries), len(filed.document.pages))
            conflicts += filed.conflicts
    if not writer.documents and not withheld:
        raise UsageError(f"{folder} holds no document", remedy="Name the folder with the JSONs that `run` wrote.")
    writer.finish(index)
    return BulkWritten(writer.documents, writer.pages, writer.files, tuple(withheld), tuple(skipped), conflicts)


class _Writer:
    """Gathers lines and writes them to files of bearable size; a document is never parted."""

    def __init__(self, out: Path) -> None:
        self._out, self._lines, self._size = out, list[bytes](), 0
        self.documents = self.pages = self.files = 0

    def add(self, lines: bytes, pages: int) -> None:
        if self._size + len(lines) > _FILE_SIZE:
            self._flush()
        self._lines.append(lines)
        self._size += len(lines)
        self.documents += 1
        self.pages += pages

    def finish(self, index: str) -> None:
        self._flush()
        template = msgspec.json.format(_ENCODER.encode(index_template(index)), indent=1)
        write_atomically(self._out / TEMPLATE, template + b"\n")

    def _flush(self) -> None:
        if self._lines:
            self.files += 1
            write_atomically(self._out / f"bulk-{self.files:05}.ndjson", b"".join(self._lines))
        self._lines, self._size = [], 0


# --- the template


def index_template(index: str) -> dict[str, Any]:
    """The composable index template for indices whose names begin with ``index``."""
    return {
        "index_patterns": [f"{index}*"],
        "template": {"settings": {"analysis": _analysis()}, "mappings": {"dynamic": "strict", "properties": _properties()}},
    }


def _analysis() -> dict[str, Any]:
    return {
        "char_filter": {
            "vi_composed": {"type": "mapping", "mappings": _rules(_compositions())},
            "vi_tone_placement": {"type": "mapping", "mappings": _rules(_placements())},
            "vi_d": {"type": "mapping", "mappings": ["đ => d", "Đ => D"]},
            "number_tu": {"type": "mapping", "mappings": ["TƯ => TW", "Tư => TW", "tư => tw", "tƯ => tw"]},
            "number_signs": {"type": "pattern_replace", "pattern": "[^\\p{L}\\p{N}]+", "replacement": ""},
        },
        "analyzer": {
            "vi_exact": _custom(("vi_composed", "vi_tone_placement"), ("lowercase",)) | {"tokenizer": "standard"},
            "vi_folded": _custom(("vi_composed", "vi_d"), ("lowercase", "asciifolding")) | {"tokenizer": "standard"},
        },
        "normalizer": {
            "number": _custom(("vi_composed", "number_tu", "number_signs", "vi_d"), ("lowercase", "asciifolding")),
            "folded": _custom(("vi_composed", "vi_d"), ("lowercase", "asciifolding")),
        },
    }


def _custom(char_filters: tuple[str, ...], filters: tuple[str, ...]) -> dict[str, Any]:
    return {"type": "custom", "char_filter": list(char_filters), "filter": list(filters)}


def _properties() -> dict[str, Any]:
    keyword = {"type": "keyword"}
    number = {"type": "keyword", "normalizer": "number"}
    date = {"type": "date", "format": "yyyy-MM-dd||yyyy-MM||yyyy"}
    folded = {"folded": {"type": "text", "analyzer": "vi_folded"}}
    text = {"type": "text", "analyzer": "vi_exact", "fields": folded}
    name = {"type": "keyword", "fields": {"key": {"type": "keyword", "normalizer": "folded"}, **folded}}
    cited = {"number": keyword, "number_keys": number, "doc_type": name, "date": date, "issuer": name, "relation": keyword}
    return {
        "document_id": keyword,
        "file": keyword,
        "page": {"type": "integer"},
        "source_page": {"type": "integer"},
        "text": text,
        "title": text,
        "number": keyword,
        "number_keys": number,
        "doc_type": name,
        "issuer": name,
        "parent_issuer": name,
        "date": date,
        "references": {"type": "nested", "properties": cited},
    }


def _rules(pairs: Iterator[tuple[str, str]]) -> list[str]:
    """Mapping rules, each written once, combining marks as escapes that a reader can see."""
    written = {"".join(f"\\u{ord(c):04x}" if unicodedata.combining(c) else c for c in a): b for a, b in pairs if a != b}
    return [f"{a} => {b}" for a, b in sorted(written.items())]


def _compositions() -> Iterator[tuple[str, str]]:
    """Letters written with combining marks, whole or half decomposed, and as one character."""
    for vowel in (*_VOWELS, *_VOWELS.upper()):
        for tone in ("", *TONES):
            letter = unicodedata.normalize("NFC", vowel + tone)
            yield unicodedata.normalize("NFD", letter), letter
            yield vowel + tone, letter


def _placements() -> Iterator[tuple[str, str]]:
    """Open oa, oe, uy with the tone on the second vowel, and on the first."""
    for first, second in ("oa", "oe", "uy"):
        for tone in TONES:
            for a, b in ((first, second), (first.upper(), second), (first.upper(), second.upper()), (first, second.upper())):
                old = a + unicodedata.normalize("NFC", b + tone)
                yield old, place_tone(old, "new")
