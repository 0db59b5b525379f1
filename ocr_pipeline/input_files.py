"""What is known of an input file without opening it: whether its name says that it can be read, and what is shown of it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from ocr_pipeline.document import SourceFile

INPUT_SUFFIXES: Final = frozenset({".pdf", ".png", ".jpg", ".jpeg", ".tif", ".tiff", ".txt"})


def source_file(path: Path, sha256: str, media_type: str, pages: int, shown_path: str | None = None) -> SourceFile:
    """What the documents say of their file."""
    return SourceFile(
        name=shown_name(path.name),
        path=shown_path or shown_name(path.name),
        sha256=sha256,
        media_type=media_type,
        pages=pages,
        first_page=1,
        last_page=pages,
    )


def shown_name(name: str) -> str:
    r"""A file's name as Unicode: bytes that are no UTF-8 become U+FFFD, since JSON cannot hold them.

    >>> shown_name("c\udcf4ng v\u0103n.pdf")
    'c�ng văn.pdf'
    """
    return os.fsencode(name).decode("utf-8", "replace")
