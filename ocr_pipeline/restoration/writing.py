"""Turns the chosen steps into edits: which spelling, which case, which tone placement."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Final

import numpy as np

from ocr_pipeline.document import Edit, Span
from ocr_pipeline.orthography import place_tone
from ocr_pipeline.restoration.decoder import Step
from ocr_pipeline.restoration.kernels.matching import LOWER, TITLE, UPPER
from ocr_pipeline.restoration.lattice import Chosen
from ocr_pipeline.restoration.lexicon import Lexicon
from ocr_pipeline.restoration.tokens import Unit
from ocr_pipeline.settings import Settings, ToneStyle

# In so few letters a ruined one counts for much: SO and SG among small letters are Sở.
_FEW: Final = 3


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
    for way, confidence in steps:
        if not way.written:
            continue
        first, last = units[way.start], units[way.to - 1]
        end = last.end + len(first.tail) * way.with_tail
        before = lines[first.line][first.start : end]
        alone = not marked and first.context != "capitals" and len(before) <= _FEW
        shapes = [TITLE if alone and shape == UPPER and lexicon.seldom_capitals(entry) else shape for entry, shape in way.written]
        after = " ".join(
            _written(lexicon.spellings[entry], shape, style, first.context)
            for (entry, _), shape in zip(way.written, shapes, strict=True)
        )
        if before != after and not (settings.tone_style == "keep" and _same_but_tone_place(before, after)):
            edits.append(
                Edit(page=1, line=first.line + 1, span=Span(first.start, end), before=before, after=after,
                     rule=_rule(way, before, after), confidence=round(confidence, 4))
            )  # fmt: skip
    return edits


def _same_but_tone_place(before: str, after: str) -> bool:
    return len(before) == len(after) and _placed(before, "new") == _placed(after, "new")


def _style(steps: Sequence[Step], lexicon: Lexicon, settings: Settings, marked: bool) -> ToneStyle:
    """The tone placement to write: the one asked for, or the one that most words of the page have.

    Where no letter of the page shows its tone, there is no vote: the new placement, which schools and most offices use.
    """
    if settings.tone_style != "keep":
        return settings.tone_style
    if not marked:
        return "new"
    entries = np.array([entry for way, _ in steps for entry, _ in way.written], np.int64)
    votes = lexicon.old[entries[lexicon.placed[entries]]]
    return "old" if 2 * int(votes.sum()) > len(votes) else "new"


@functools.lru_cache(maxsize=1 << 15)
def _placed(spelling: str, style: ToneStyle) -> str:
    """The spelling with its tone mark where the style has it."""
    return place_tone(spelling, style)


def _written(spelling: str, shape: int, style: ToneStyle, context: str) -> str:
    spelling = _placed(spelling, style)
    if shape == LOWER:
        return spelling
    if shape == UPPER or context == "capitals":
        return spelling.upper()
    return spelling[:1].upper() + spelling[1:]


def _rule(way: Chosen, before: str, after: str) -> str:
    if len(way.written) > 1:
        return "split"
    if " " in before:
        return "merge"
    return "case" if before.lower() == after.lower() else "syllable"
