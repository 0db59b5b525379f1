"""Turns the chosen steps into edits: which spelling, which case, which tone placement."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from ocr_pipeline.document import Edit, Span
from ocr_pipeline.orthography import place_tone
from ocr_pipeline.restoration.decoder import Step
from ocr_pipeline.restoration.lexicon import Lexicon
from ocr_pipeline.restoration.matching import LOWER, UPPER
from ocr_pipeline.restoration.readings import Reading
from ocr_pipeline.restoration.tokens import Unit
from ocr_pipeline.settings import Settings


def proposals(
    steps: Sequence[Step],
    units: Sequence[Unit],
    lines: Sequence[str],
    lexicon: Lexicon,
    settings: Settings,
    *,
    marked: bool,
) -> list[Edit]:
    """The edits that the steps mean: where what is to be written differs from what stands there.

    ``marked`` says whether the text has the tone marks of Vietnamese, so that their places tell the page's style.
    """
    style = _style(steps, lexicon, settings, marked)
    edits = []
    for step in steps:
        if not step.arc.readings:
            continue
        first, last = units[step.start], units[step.to - 1]
        end = last.end + len(first.tail) * step.arc.with_tail
        before = lines[first.line][first.start : end]
        after = " ".join(_written(r, lexicon, style, first.context) for r in step.arc.readings)
        if before != after and not (settings.tone_style == "keep" and _same_but_tone_place(before, after)):
            edits.append(
                Edit(page=1, line=first.line + 1, span=Span(first.start, end), before=before, after=after,
                     rule=_rule(step, before, after), confidence=round(step.confidence, 4))
            )  # fmt: skip
    return edits


def _same_but_tone_place(before: str, after: str) -> bool:
    return place_tone(before, "new") == place_tone(after, "new")


def _style(steps: Sequence[Step], lexicon: Lexicon, settings: Settings, marked: bool) -> str:
    """The tone placement to write: the one asked for, or the one that most words of the page have.

    Where no letter of the page shows its tone, there is no vote: the new placement, which schools and most offices use.
    """
    if settings.tone_style != "keep":
        return settings.tone_style
    if not marked:
        return "new"
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
