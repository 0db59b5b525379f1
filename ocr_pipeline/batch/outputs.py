"""The one place of a batch that writes results: below the output folder, whole or not at all."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final

from ocr_pipeline.batch.messages import Output
from ocr_pipeline.errors import OutputError

# Puts bytes into a file, at once or not at all.
Write = Callable[[Path, bytes], None]
# These are not the fault of one file: every other would meet them too.
_EVERYWHERE: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO})


def write_outputs(outputs: Sequence[Output], stem: Path, out: Path, write: Write) -> list[tuple[str, int]]:
    """Name below ``out`` and size of each output, written; OutputError where one cannot be."""
    written = []
    for output in outputs:
        nth = "" if output.document == 1 else f".{output.document}"
        path = stem.with_name(f"{stem.name}{nth}.{output.format}")
        if not _is_below(path, out):
            raise OutputError(f"{path} lies outside of {out}", remedy="Look for links in the output folder.")
        write(path, output.data)
        written.append((path.relative_to(out).as_posix(), len(output.data)))
    return written


def remove_outputs(names: Iterable[str], out: Path) -> None:
    """Take away results of an earlier run that no longer hold."""
    for path in (out / name for name in names):
        if _is_below(path, out):
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)


def is_hopeless(error: OutputError) -> bool:
    """Whether nothing else can be written either: the disk is full, or read-only."""
    return isinstance(error.__cause__, OSError) and error.__cause__.errno in _EVERYWHERE


def _is_below(path: Path, out: Path) -> bool:
    """Nothing is written through a link that leads out of the folder."""
    return path.parent.resolve().is_relative_to(out.resolve())
