"""The documents of a folder, as ``run`` wrote them and a person corrected them: one at a time, in the order of their names.

Whoever takes documents from here (search, catalogues, citations) gets them with the patches applied that lie beside them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec

from ocr_pipeline.document import Document, from_json
from ocr_pipeline.errors import InputError, UsageError

# Of a patch, beside the document: `corrections.PATCH_SUFFIX`, whose module would load the whole pipeline.
_PATCHES = ".corrections.json"
_REMEDY = "Name the folder with the JSONs that `run` wrote."


class Filed(NamedTuple):
    """A document and where it lies: ``path`` inside the folder. ``conflicts``: corrections that hold no longer, left out."""

    path: str
    document: Document
    conflicts: int = 0


class Skipped(NamedTuple):
    """A file that is no document of ours, and why."""

    path: str
    reason: str


class Entry(NamedTuple):
    """A JSON file of the folder and its patch, not yet decoded; ``digest`` tells whether either has changed."""

    path: str
    data: bytes
    patch: bytes | None
    digest: str

    def as_read(self) -> Filed | Skipped:
        """The document in it, without its corrections."""
        try:
            return Filed(self.path, from_json(self.data))
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            return Skipped(self.path, str(error).split("\n")[0])

    def corrected(self) -> Filed | Skipped:
        """The document in it as its patch makes it."""
        filed = self.as_read()
        if self.patch is None or isinstance(filed, Skipped):
            return filed
        from ocr_pipeline.corrections import apply_patch, parse_patch, patch_path

        try:
            applied = apply_patch(filed.document, parse_patch(self.patch, patch_path(Path(self.path))))
        except InputError as error:
            return Skipped(self.path, str(error))
        return Filed(self.path, applied.document, len(applied.conflicts))


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
            data, patch = path.read_bytes(), _patch_of(path)
        except OSError as error:
            yield Skipped(inner.as_posix(), str(error.strerror or error))
            continue
        yield Entry(inner.as_posix(), data, patch, hashlib.blake2b(data + (patch or b""), digest_size=16).hexdigest())


def _patch_of(path: Path) -> bytes | None:
    patch = path.with_name(path.name.removesuffix(".json") + _PATCHES)
    return patch.read_bytes() if patch.is_file() else None


def read_folder(folder: Path, *, corrected: bool = True) -> Iterator[Filed | Skipped]:
    """The documents of a folder, ``corrected`` or as they were read; what is none is told, not read as one."""
    for entry in entries(folder):
        yield entry if isinstance(entry, Skipped) else entry.corrected() if corrected else entry.as_read()
