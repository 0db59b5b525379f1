"""How a document relates to one that it cites: the nearest words before the citation tell."""

from __future__ import annotations

from typing import Final

import regex

from ocr_pipeline.document import Relation
from ocr_pipeline.references.rules import ReferenceRules

_SENTENCE: Final = regex.compile(r"\n|(?<=[\p{Ll}\d)”\"])[.?!](?=\s+\p{Lu})")
_REACH = 420


def sentence_start(flowing: str, at: int) -> int:
    """Where the sentence of an offset begins, as far back as is looked."""
    low = max(0, at - _REACH)
    cuts = [found.end() for found in _SENTENCE.finditer(flowing, low, at)]
    return cuts[-1] if cuts else low


def relation_before(flowing: str, start: int, at: int, rules: ReferenceRules) -> Relation | None:
    """The relation that the words between two offsets tell; None where they tell none."""
    found = sorted(
        (match.start(), -match.end(), relation)
        for relation, pattern in rules.relations
        for match in pattern.finditer(flowing, start, at)
    )
    reach, told = start, None
    for first, end, relation in found:
        if first >= reach:
            reach, told = -end, relation
    return told
