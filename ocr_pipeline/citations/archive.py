"""Reads the documents of a folder, as far as citations need them: one at a time, in the order of their names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from ocr_pipeline.archive import Entry, Skipped, entries
from ocr_pipeline.document import to_json

# The file that linking writes, maybe into the folder that it reads.
RESULT: Final = "citations.json"


class Cited(NamedTuple):
    """A document that another one cites, as its mentions tell it."""

    number: str
    key: str
    doc_type: str | None
    date: str | None
    issuer: str | None
    relation: str
    mentions: int
    page: int


class Held(NamedTuple):
    """A document of the archive, with its own number and what it cites."""

    path: str
    id: str
    number: str | None
    doc_type: str | None
    date: str | None
    issuer: str | None
    parent: str | None
    place: str | None
    system: str | None
    title: str | None
    cited: tuple[Cited, ...]


class _Mention(msgspec.Struct):
    page: int


class _Reference(msgspec.Struct):
    number: str
    number_key: str
    doc_type: str | None
    date: str | None
    issuer: str | None
    relation: str
    own: bool
    mentions: list[_Mention]


class _Metadata(msgspec.Struct):
    number: str | None
    doc_type: str | None
    date: str | None
    issuer: str | None
    parent_issuer: str | None
    place: str | None
    system: str | None
    title: str | None


class _Record(msgspec.Struct):
    """A document's JSON without its pages and edits: what is not named here is passed over, not kept."""

    schema_version: str
    id: str
    metadata: _Metadata
    references: list[_Reference]


_DECODER = msgspec.json.Decoder(_Record)


def read_archive(folder: Path) -> Iterator[Held | Skipped]:
    """The documents of a folder and the folders in it; a file that is none of ours is told, not read as one."""
    for entry in entries(folder):
        if isinstance(entry, Skipped):
            yield entry
        elif Path(entry.path).name != RESULT:
            yield _read(entry)


def _read(entry: Entry) -> Held | Skipped:
    try:
        if entry.patch is None:
            return _held(_DECODER.decode(entry.data), entry.path)
        filed = entry.corrected()
        return filed if isinstance(filed, Skipped) else _held(_DECODER.decode(to_json(filed.document)), entry.path)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return Skipped(entry.path, str(error).split("\n")[0])


def _held(record: _Record, path: str) -> Held:
    own = record.metadata
    return Held(
        path=path,
        id=record.id,
        number=own.number,
        doc_type=own.doc_type,
        date=own.date,
        issuer=own.issuer,
        parent=own.parent_issuer,
        place=own.place,
        system=own.system,
        title=own.title,
        cited=tuple(_cited(reference) for reference in record.references if not reference.own),
    )


def _cited(reference: _Reference) -> Cited:
    mentions = reference.mentions
    return Cited(
        number=reference.number,
        key=reference.number_key,
        doc_type=reference.doc_type,
        date=reference.date,
        issuer=reference.issuer,
        relation=reference.relation,
        mentions=len(mentions),
        page=mentions[0].page if mentions else 1,
    )
