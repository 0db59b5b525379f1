"""Abbreviations that a document writes often and that were read with doubt once: ``DHIK`` among many ĐHBK.

No list has the abbreviations of every office, and no sentence tells their letters; the document itself does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import regex

from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.document import Edit, Span
from ocr_pipeline.restoration.belief import Doubts
from ocr_pipeline.restoration.language_model import UNK, LanguageModel
from ocr_pipeline.symbols.repair import distance_of

_ABBREVIATION: Final = regex.compile(r"(?<![\p{L}\d/.-])\p{Lu}[\p{Lu}\d]{3,8}(?![\p{L}\d/-])")
# What was read as surely as this, and as often, is how the document writes it; what was read less surely may be misread.
_SURE, _OFTEN, _DOUBTFUL = 0.9, 3, 0.88
# The dearest damage, in the costs of symbols: two letters changed for others cost 6.
_MOST: Final = 3.9
# Of a heading in capitals words are no abbreviations.
_CAPITALS: Final = 0.5
_RULE: Final = "abbreviation"
_CONFIDENCE: Final = 0.9


class _Found(NamedTuple):
    """An abbreviation: line and place (from 0), its letters as recognised and as restored, how surely it was read."""

    line: int
    start: int
    raw: str
    text: str
    confidence: float


def abbreviation_edits(
    lines: Sequence[str], edits: Sequence[Sequence[Edit]], doubts: Doubts, dictionaries: Dictionaries
) -> Iterator[Edit]:
    """The edits of doubtful abbreviations, line by line.

    ``edits`` are those that the lines need anyway, ``doubts`` the recogniser's words of each line.
    """
    found = [one for number, line in enumerate(lines) for one in _found(number, line, edits[number], doubts[number])]
    counts = Counter(one.text for one in found if (one.confidence >= _SURE or one.text != one.raw) and one.text.isalpha())
    usual = [text for text, count in counts.items() if count >= _OFTEN]
    model = LanguageModel.load(dictionaries)
    for one in found:
        if one.confidence >= _DOUBTFUL or one.text in counts or model.index(one.text.lower()) != UNK:
            continue
        near = [text for text in usual if distance_of(dictionaries, text, one.text, "kept") <= _MOST]
        if len(near) == 1:
            span = Span(one.start, one.start + len(one.raw))
            yield Edit(page=1, line=one.line + 1, span=span, before=one.raw, after=near[0], rule=_RULE, confidence=_CONFIDENCE)


def _found(number: int, line: str, edits: Sequence[Edit], words: Sequence[tuple[int, int, float]]) -> Iterator[_Found]:
    letters = [c for c in line if c.isalpha()]
    if sum(c.isupper() for c in letters) > _CAPITALS * len(letters):
        return
    restored = {edit.span: edit.after for edit in edits}
    for match in _ABBREVIATION.finditer(line):
        sure = [c for start, end, c in words if start < match.end() and end > match.start()]
        if sure and min(sure) < 1.0:
            text = restored.get(Span(*match.span()), match.group())
            yield _Found(number, match.start(), match.group(), text, min(sure))
