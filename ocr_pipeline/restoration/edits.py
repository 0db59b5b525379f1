"""The results of a restoration, and the replay of its edits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ocr_pipeline.document import Edit, Review


@dataclass(frozen=True, slots=True)
class RestoredLine:
    """One line, restored: ``edits`` have their spans in the raw line; ``confidence`` from 0.0 to 1.0."""

    text: str
    edits: tuple[Edit, ...]
    confidence: float
    review: tuple[Review, ...]


@dataclass(frozen=True, slots=True)
class Restored:
    """A whole text, restored: ``edits`` have their spans in the given text."""

    text: str
    edits: tuple[Edit, ...]
    review: tuple[Review, ...]


def apply_edits(raw: str, edits: Iterable[Edit]) -> str:
    """The text after the edits, which must not overlap.

    >>> from ocr_pipeline.document import Span
    >>> edit = Edit(page=1, line=1, span=Span(0, 2), before="S6", after="Số", rule="syllable", confidence=0.99)
    >>> apply_edits("S6 57-NQ/TW", [edit])
    'Số 57-NQ/TW'
    """
    parts, at = [], 0
    for edit in sorted(edits, key=lambda e: e.span):
        parts += [raw[at : edit.span.start], edit.after]
        at = edit.span.end
    return "".join([*parts, raw[at:]])
