"""Restores the lines of a document: units, readings, search, and the edits that follow from the chosen path."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Sequence
from typing import Final

from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.document import Edit, Review, Span
from ocr_pipeline.orthography import place_tone
from ocr_pipeline.restoration.channel import load_channels
from ocr_pipeline.restoration.composing import compose, told_in_raw
from ocr_pipeline.restoration.decoder import Step, decode
from ocr_pipeline.restoration.edits import RestoredLine, apply_edits
from ocr_pipeline.restoration.families import COSTS, context_of, family_of
from ocr_pipeline.restoration.language_model import LanguageModel
from ocr_pipeline.restoration.lexicon import Lexicon
from ocr_pipeline.restoration.matching import LOWER, UPPER
from ocr_pipeline.restoration.readings import Reader, Reading
from ocr_pipeline.restoration.tokens import Unit, units_of
from ocr_pipeline.settings import Settings

# Below this an edit of a text that is mostly right is not made: no harm comes before help.
_LEAST: Final = {"eng": 0.0, "vie": 0.9}


@functools.cache
def _reader(dictionaries: Dictionaries, family: str) -> Reader:
    return Reader(Lexicon.load(dictionaries), load_channels(dictionaries)[family])


def restore_lines(
    lines: Sequence[str],
    *,
    settings: Settings | None = None,
    dictionaries: Dictionaries | None = None,
    doubts: Sequence[Sequence[tuple[int, int, float]]] | None = None,
) -> list[RestoredLine]:
    """Each line restored, in order; all lines of a document together, for they tell of one another.

    ``doubts`` are the recogniser's words of each line: start, end and confidence from 0.0 to 1.0.
    """
    settings, dictionaries = settings or Settings(), dictionaries or Dictionaries.load()
    sources = [compose(line) for line in lines]
    composed = [source.text for source in sources]
    family = family_of(composed)
    contexts = [context_of(line) for line in composed]
    units, restarts = _units(composed)
    model = LanguageModel.load(dictionaries)
    steps = decode(units, contexts, composed, restarts, reader=_reader(dictionaries, family), model=model, costs=COSTS[family])
    edits: list[list[Edit]] = [[] for _ in lines]
    for edit in _edits(steps, units, composed, contexts, Lexicon.load(dictionaries), settings):
        if edit.confidence >= _LEAST[family]:
            edits[edit.line - 1].append(edit)
    return [
        _restored(source.raw, told_in_raw(source, found, number), settings)
        for number, (source, found) in enumerate(zip(sources, edits, strict=True), 1)
    ]


def _units(lines: Sequence[str]) -> tuple[list[Unit], list[int]]:
    """The units of all lines, and the numbers of those before which a paragraph starts."""
    units: list[Unit] = []
    restarts: list[int] = []
    fresh = True
    for number, line in enumerate(lines):
        if not line.strip():
            fresh = True
            continue
        if fresh and units:
            restarts.append(len(units))
        found = units_of(number, line, (), sentence=fresh)
        units += found
        fresh = fresh and not found
    return units, [k for k in restarts if k < len(units)]


def _edits(
    steps: Sequence[Step],
    units: Sequence[Unit],
    lines: Sequence[str],
    contexts: Sequence[str],
    lexicon: Lexicon,
    settings: Settings,
) -> list[Edit]:
    style = _style(steps, lexicon, settings)
    edits = []
    for step in steps:
        if not step.arc.readings:
            continue
        first, last = units[step.arc.start], units[step.arc.to - 1]
        end = last.end + len(first.tail) * step.arc.with_tail
        before = lines[first.line][first.start : end]
        after = " ".join(_written(r, lexicon, style, contexts[first.line]) for r in step.arc.readings)
        if before != after and not (settings.tone_style == "keep" and _same_but_tone_place(before, after)):
            edits.append(
                Edit(page=1, line=first.line + 1, span=Span(first.start, end), before=before, after=after,
                     rule=_rule(step, before, after), confidence=round(step.confidence, 4))
            )  # fmt: skip
    return edits


def _same_but_tone_place(before: str, after: str) -> bool:
    return place_tone(before, "new") == place_tone(after, "new")


def _style(steps: Sequence[Step], lexicon: Lexicon, settings: Settings) -> str:
    """The tone placement to write: the one asked for, or the one that most words of the page have."""
    if settings.tone_style != "keep":
        return settings.tone_style
    votes: Counter[bool] = Counter()
    for step in steps:
        for reading in step.arc.readings:
            spelling = lexicon.spellings[reading.entry]
            if place_tone(spelling, "old") != place_tone(spelling, "new"):
                votes[bool(lexicon.old[reading.entry])] += 1
    return "old" if votes[True] > votes[False] else "new"


def _written(reading: Reading, lexicon: Lexicon, style: str, context: str) -> str:
    spelling = place_tone(lexicon.spellings[reading.entry], style)  # type: ignore[arg-type]
    if reading.shape == LOWER:
        return spelling
    if reading.shape == UPPER or context == "capitals":
        return spelling.upper()
    return spelling[:1].upper() + spelling[1:]


def _rule(step: Step, before: str, after: str) -> str:
    if len(step.arc.readings) > 1:
        return "split"
    if " " in before:
        return "merge"
    return "case" if before.lower() == after.lower() else "syllable"


def _restored(line: str, edits: Sequence[Edit], settings: Settings) -> RestoredLine:
    review = tuple(
        Review(page=1, line=e.line, field=None, reason="low-margin", detail=f"{e.before} -> {e.after}")
        for e in edits
        if e.confidence < settings.review_below
    )
    confidence = min([e.confidence for e in edits], default=1.0)
    return RestoredLine(apply_edits(line, edits), tuple(edits), confidence, review)
