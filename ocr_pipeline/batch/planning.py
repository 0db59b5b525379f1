"""What an earlier run has left to do: content, settings and outputs compared with the ledger."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Final

from ocr_pipeline.batch.inputs import Job, path_key
from ocr_pipeline.batch.ledger import Entry
from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.errors import InputError
from ocr_pipeline.secrecy import Secrecy
from ocr_pipeline.settings import Settings

_CHUNK: Final = 1 << 20
# Not written of documents that may not be indexed.
_INDEXED: Final = "jsonl"


def settings_digest(settings: Settings, dictionaries: Dictionaries, secrecy: Secrecy) -> str:
    """What a result depends on besides its file: settings, version, dictionaries."""
    known = [version("ocr_pipeline"), settings.as_dict(), dictionaries.digests(), secrecy.include]
    return hashlib.sha256(json.dumps(known, sort_keys=True).encode()).hexdigest()[:16]


def digest_of(path: Path) -> tuple[str, int]:
    """SHA-256 and size of a file."""
    if path.is_dir():
        raise InputError(f"the folder {path} cannot be listed", remedy="Check its permissions.")
    digest, size = hashlib.sha256(), 0
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
                size += len(chunk)
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror})", remedy="Check the path and its permissions.") from error
    return digest.hexdigest(), size


def owner_of(entry: Entry, job: Job) -> Path | None:
    """Another file that is still there and whose results bear the name that this one's would get; None where there is none."""
    owner = Path(os.fsdecode(entry.path))
    if entry.path == path_key(job.path) or not owner.exists():
        return None
    return None if job.path.exists() and owner.samefile(job.path) else owner


def is_settled(entry: Entry, out: Path, formats: Sequence[str], secrecy: Secrecy, dictionaries: Dictionaries) -> bool:
    """Whether a file that has not changed needs nothing more: read, its outputs there; or failed; or still withheld."""
    if entry.state == "secret":
        return secrecy.withholds(entry.secrecy, dictionaries)
    if entry.state not in ("done", "partial"):
        return entry.state == "failed"
    wanted = {name for name in formats if name != _INDEXED or secrecy.indexes(entry.secrecy)}
    outputs = [(name, size) for name, size in entry.outputs if Path(name).suffix[1:] in wanted]
    return wanted <= {Path(name).suffix[1:] for name, _ in outputs} and all(_has_size(out / n, size) for n, size in outputs)


def _has_size(path: Path, size: int) -> bool:
    try:
        return path.stat().st_size == size
    except OSError:
        return False
