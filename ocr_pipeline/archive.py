"""The documents of a folder, as ``run`` wrote them: one JSON at a time, in the order of their names."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec

from ocr_pipeline.document import Document, from_json
from ocr_pipeline.errors import UsageError

# Beside the documents, and none of them: `corrections.PATCH_SUFFIX`, whose module would load the whole pipeline.
_PATCHES = ".corrections.json"
_REMEDY = "Name the folder with the JSONs that `run` wrote."


class Filed(NamedTuple):
    """A document and where it lies: ``path`` inside the folder."""

    path: str
    document: Document


class Skipped(NamedTuple):
    """A file that is no document of ours, and why."""

    path: str
    reason: str


class Entry(NamedTuple):
    """A JSON file of the folder, not yet decoded; ``digest`` tells whether it has changed."""

    path: str
    data: bytes
    digest: str

    def decoded(self) -> Filed | Skipped:
        """The document in it."""
        try:
            return Filed(self.path, from_json(self.data))
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            return Skipped(self.path, str(error).split("\n")[0])


def entries(folder: Path) -> Iterator[Entry | Skipped]:
    """The JSON files of a folder and of the folders in it; UsageError where it is none. Hidden files, patches: left alone."""
    if not folder.is_dir():
        raise UsageError(f"{folder} is no folder", remedy=_REMEDY)
    return _entries(folder)


def _entries(folder: Path) -> Iterator[Entry | Skipped]:
    for path in sorted(folder.rglob("*.json")):
        inner = path.relative_to(folder)
        if inner.name.endswith(_PATCHES) or any(part.startswith(".") for part in inner.parts) or not path.is_file():
            continue
        try:
            data = path.read_bytes()
        except OSError as error:
            yield Skipped(inner.as_posix(), str(error.strerror or error))
            continue
        yield Entry(inner.as_posix(), data, hashlib.blake2b(data, digest_size=16).hexdigest())


def read_folder(folder: Path) -> Iterator[Filed | Skipped]:
    """The documents of a folder; what is none is told, not read as one."""
    for entry in entries(folder):
        yield entry if isinstance(entry, Skipped) else entry.decoded()
