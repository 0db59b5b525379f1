"""Writes a document's files, each at once or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from ocr_pipeline.document import Document, to_json
from ocr_pipeline.errors import OutputError
from ocr_pipeline.exports.json_lines import to_json_lines


def to_text(document: Document) -> bytes:
    """The restored text, pages parted by form feeds."""
    return document.text.encode("utf-8", "replace") + b"\n"


FORMATS: Final[dict[str, Callable[[Document], bytes]]] = {"json": to_json, "txt": to_text, "jsonl": to_json_lines}


def write_document(document: Document, stem: Path, formats: Sequence[str] = ("json", "txt")) -> list[Path]:
    """Write ``<stem>.<format>`` for each format and return the paths; OutputError where that fails."""
    paths = []
    for name in formats:
        path = stem.with_name(f"{stem.name}.{name}")
        _write_atomically(path, FORMATS[name](document))
        paths.append(path)
    return paths


def _write_atomically(path: Path, data: bytes) -> None:
    """Through a temporary file in the same folder, so that no reader ever sees half a result."""
    temporary = ""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(temporary).chmod(0o666 & ~_umask())
        Path(temporary).replace(path)
    except OSError as error:
        if temporary:
            Path(temporary).unlink(missing_ok=True)
        raise OutputError(
            f"{path} cannot be written ({error.strerror or error})", remedy="Free some space or name another folder with --out."
        ) from error


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
