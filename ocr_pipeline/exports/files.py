"""A document in its formats, and files that are written at once or not at all."""

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
# What bears a mark of secrecy does not enter these.
INDEX_FORMATS: Final = frozenset({"jsonl"})


def rendered(document: Document, indexed: bool = True, formats: Sequence[str] = ("json", "txt")) -> list[tuple[str, bytes]]:
    """The document in each format; JSON lines, which are made for an index, only where it may be ``indexed``."""
    return [(name, FORMATS[name](document)) for name in formats if indexed or name not in INDEX_FORMATS]


def write_atomically(path: Path, data: bytes) -> None:
    """Through a temporary file in the same folder, so that no reader ever sees half a result, nor does a power cut leave one.

    OutputError where that fails; nothing is left behind then.
    """
    temporary = ""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
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
