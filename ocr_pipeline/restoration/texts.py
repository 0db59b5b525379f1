"""Restoration of a whole text: pages parted by form feeds, lines by line feeds."""

from __future__ import annotations

from dataclasses import replace

import regex

from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.document import Edit, Review, Span
from ocr_pipeline.restoration.edits import Restored, apply_edits
from ocr_pipeline.restoration.engine import restore_lines
from ocr_pipeline.settings import Settings

_BREAK = regex.compile(r"[\n\f]")


def restore(text: str, *, settings: Settings | None = None, dictionaries: Dictionaries | None = None) -> str:
    """The text as the page said it, in as many lines.

    >>> restore("Nghi quyét s6 57-NQ/TW")
    'Nghị quyết số 57-NQ/TW'
    """
    return restore_and_explain(text, settings=settings, dictionaries=dictionaries).text


def restore_and_explain(text: str, *, settings: Settings | None = None, dictionaries: Dictionaries | None = None) -> Restored:
    """The restored text with its edits, and what a person should look at; ``apply_edits`` gives the text again."""
    breaks = list(_BREAK.finditer(text))
    starts = [0, *(b.end() for b in breaks)]
    ends = [*(b.start() for b in breaks), len(text)]
    lines = restore_lines([text[a:b] for a, b in zip(starts, ends, strict=True)], settings=settings, dictionaries=dictionaries)
    edits: list[Edit] = []
    review: list[Review] = []
    page = number = 1
    for k, line in enumerate(lines):
        edits += [replace(e, page=page, line=number, span=Span(*(o + starts[k] for o in e.span))) for e in line.edits]
        review += [replace(r, page=page, line=number) for r in line.review]
        turned = k < len(breaks) and breaks[k].group() == "\f"
        page, number = (page + 1, 1) if turned else (page, number + 1)
    return Restored(apply_edits(text, edits), tuple(edits), tuple(review))
