"""Whether the stretches that a segmentation gave to an encoding are in it: text ruined by a recogniser has lucky ones too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from ocr_pipeline.legacy_encodings.decoding import Reading
from ocr_pipeline.legacy_encodings.evidence import Evidence
from ocr_pipeline.legacy_encodings.segmentation import Stretch
from ocr_pipeline.legacy_encodings.spelling import ACCENTED

# Nats by which a stretch must read better than as Unicode to be explained, and what a word of Unicode may cost.
_BETTER, _BELIEVABLE = 3.0, 15.0
# How many lines around count, and the share of their strange stretches that the encoding must explain.
_AROUND, _EXPLAINED = 8, 0.65
# What a code is worth: letters of other languages little, for recognisers write é and ö for many a letter.
_LONG_WORTH, _CODE_WORTH, _LETTER_WORTH, _WORTH = 1.5, 1.0, 0.5, 1.5
_RECOGNISED: Final = frozenset("áàâäãåçéèêëíìîïñóòôöõšúùûüýÿž")
# Vietnamese text of some words has letters that Latin-1 lacks, unless it is in another encoding.
_NO_WIDE_WORTH, _SOME_WORDS = 0.5, 4


@dataclass(slots=True)
class Case:
    """What speaks for an encoding: the worth of the codes it explains, the stretches it explains and those it does not.

    ``accented`` counts the stretches that tell, ``wide`` says that one of them has a letter that Latin-1 lacks.
    """

    codes: dict[str, float] = field(default_factory=dict)
    explained: set[str] = field(default_factory=set)
    missed: set[str] = field(default_factory=set)
    accented: int = 0
    wide: bool = False

    @property
    def holds(self) -> bool:
        """Whether that is enough."""
        missed = len(self.missed - self.explained)
        worth = sum(self.codes.values())
        if not self.wide and self.accented >= _SOME_WORDS:
            worth += _NO_WIDE_WORTH
        return worth >= _WORTH and len(self.explained) >= _EXPLAINED * (len(self.explained) + missed)


def case_for(state: int, stretches: Sequence[Stretch], path: Sequence[int], evidence: Evidence) -> Case:
    """The case for the encoding of a state in the whole text."""
    lines = {s.line for s, chosen in zip(stretches, path, strict=True) if chosen == state}
    near = {line + d for line in lines for d in range(-_AROUND, _AROUND + 1)}
    case = Case()
    for stretch, chosen in zip(stretches, path, strict=True):
        if stretch.line in near and chosen in (0, state) and evidence.tells(stretch.text):
            _weigh(case, stretch.text, state, chosen == state, evidence)
    return case


def _weigh(case: Case, text: str, state: int, chosen: bool, evidence: Evidence) -> None:
    costs = evidence.costs(text)
    case.accented += 1
    reading = evidence.reading(text, state) if chosen and costs[state] <= costs[0] - _BETTER else None
    if reading and evidence.is_spelled(reading.text):
        case.explained.add(text)
        for code, worth in _codes(reading):
            case.codes[code] = max(worth, case.codes.get(code, 0.0))
    elif costs[0] > _BELIEVABLE and not (chosen and evidence.has_odd(text, state)):
        case.missed.add(text)
    elif not chosen:
        case.wide = case.wide or any(c > "\xff" and c in ACCENTED for c in text)


def _codes(reading: Reading) -> list[tuple[str, float]]:
    """The codes of a reading, each with its worth: a capital behind a small letter is no recogniser's accident."""
    result = []
    before = ""
    for seen, read in reading.pieces:
        if seen != read:
            weak = len(seen) == 1 and seen.lower() in _RECOGNISED and not (seen.isupper() and before.islower())
            result.append((seen, _LETTER_WORTH if weak else _LONG_WORTH if len(seen) > 2 else _CODE_WORTH))
        before = seen
    return result
