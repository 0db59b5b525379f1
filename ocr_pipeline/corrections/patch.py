"""The patch of a document: what a person changed or confirmed, who and when, kept beside the document's JSON.

Nothing is ever taken out of a patch: whoever changes a line twice leaves two corrections, and the last one holds.
"""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from ocr_pipeline.document import Span
from ocr_pipeline.errors import InputError, OutputError, UsageError

PATCH_SUFFIX: Final = ".corrections.json"
PATCH_VERSION: Final = "1.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """One look of a person at one place: ``before`` stood there, ``after`` is right; equal where it was confirmed.

    The place is a line (``field`` is null) or a field of the metadata. Of a line, ``before`` and ``after`` are the whole
    line, and ``span`` is the part of ``before`` that was looked at (null: all of it). ``when`` is UTC, ISO 8601;
    ``check`` says in which of the checks, 1 to 3, it was made.
    """

    who: str
    when: str
    page: int
    line: int | None = None
    field: str | None = None
    span: Span | None = None
    before: str | None
    after: str | None
    check: int = 1

    @property
    def place(self) -> tuple[object, ...]:
        """What was looked at: corrections of one place follow one another."""
        return (self.field,) if self.field else (self.page, self.line)


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A person went through the whole document, in check 1 (every document) or 2 and 3 (a sample)."""

    who: str
    when: str
    check: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Patch:
    """Everything that was corrected and checked in one document, in the order in which it was done."""

    schema_version: str = PATCH_VERSION
    document: str
    corrections: tuple[Correction, ...] = ()
    checks: tuple[Check, ...] = ()


_DECODER: Final = msgspec.json.Decoder(Patch)


def patch_path(document: Path) -> Path:
    """Where the patch of a document's JSON lies.

    >>> patch_path(Path("out/230-CV.json")).name
    '230-CV.corrections.json'
    """
    return document.with_name(document.name.removesuffix(".json") + PATCH_SUFFIX)


def load_patch(path: Path) -> Patch | None:
    """The patch of that file, None where there is none; InputError where the file is something else."""
    try:
        return parse_patch(path.read_bytes(), path)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _no_patch(path, error) from error


def parse_patch(data: bytes, path: Path) -> Patch:
    """The patch in the bytes of the file ``path``; InputError where they are something else."""
    try:
        return _DECODER.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _no_patch(path, error) from error


def load_patches(folder: Path) -> dict[str, Patch]:
    """Every patch of a folder and the folders in it, by the id of its document; UsageError where the folder is none."""
    if not folder.is_dir():
        raise UsageError(f"{folder} is no folder", remedy="Name the folder in which documents were corrected.")
    found = (load_patch(path) for path in sorted(folder.rglob(f"*{PATCH_SUFFIX}")) if not path.name.startswith("."))
    return {patch.document: patch for patch in found if patch}


def _no_patch(path: Path, error: Exception) -> InputError:
    return InputError(f"{path} is no patch of corrections ({error})", remedy="Put it aside, or mend it.")


def save_patch(patch: Patch, path: Path) -> None:
    """Write the patch at once or not at all; OutputError where that fails. An earlier patch is then gone."""
    data = msgspec.json.format(msgspec.json.encode(patch), indent=1) + b"\n"
    temporary = ""
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except OSError as error:
        Path(temporary).unlink(missing_ok=True) if temporary else None
        raise OutputError(f"{path} cannot be written ({error.strerror or error})", remedy="Free some space.") from error
