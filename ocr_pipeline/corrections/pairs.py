"""Corrected lines as evidence for training: printed and recognised, in the form of ``ocr_pairs/real.jsonl.xz``.

A line that a person has corrected or confirmed says what is printed; its raw text says what the recogniser read.
"""

from __future__ import annotations

import json
import lzma
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from ocr_pipeline.corrections.patch import Patch
from ocr_pipeline.document import Document
from ocr_pipeline.errors import OutputError

# Page, model, font, size, dpi, damage, line, printed, recognised: a the font of a scan is "real".
Row = tuple[str, str, str, int, int, str, int, str, str]
_RECOGNISED: Final = "ocr"
# What the models of the channel are called in the pairs, by the end of the engine's name.
_MODELS: Final = ("eng", "vie", "Vietnamese")


def pair_rows(document: Document, patch: Patch) -> Iterator[Row]:
    """A row for each line of the corrected document that a person looked at; text layers tell of no recogniser."""
    model = (document.provenance.engine or "").rsplit("/", 1)[-1].strip()
    if model not in _MODELS:
        return
    seen = {(c.page, c.line) for c in patch.corrections if c.field is None}
    for page in document.pages:
        for number, line in enumerate(page.lines, 1):
            if (page.number, number) in seen and page.text_source == _RECOGNISED and line.raw.strip() and line.text.strip():
                where = f"{document.id}.p{page.number}"
                yield (where, model, "real", 0, page.dpi, "scan", number, line.text, line.raw)


def write_pairs(rows: Iterable[Row], path: Path) -> int:
    """Write the rows, compressed, and return how many they are; OutputError where that fails."""
    lines = [json.dumps(row, ensure_ascii=False) for row in rows]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with lzma.open(path, "wt", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in lines)
    except OSError as error:
        raise OutputError(f"{path} cannot be written ({error.strerror or error})", remedy="Name another file.") from error
    return len(lines)
