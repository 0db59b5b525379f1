"""Finds out, for a whole text, which stretch is in which encoding and what this document writes in its own way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ocr_pipeline.legacy_encodings.decoding import Reading
from ocr_pipeline.legacy_encodings.evidence import Evidence
from ocr_pipeline.legacy_encodings.segmentation import Stretch, cheapest_path, hopeless, stretches_of
from ocr_pipeline.legacy_encodings.substitutions import Substitutions, in_encoding
from ocr_pipeline.legacy_encodings.tables import Encoding
from ocr_pipeline.legacy_encodings.trust import case_for

# Nats that all stretches together must gain before it is worth while to look for segments.
_WORTH_WHILE = 8.0
_UNICODE: Final = 0


@dataclass(frozen=True, slots=True)
class Recognised:
    """A text cut into stretches; ``states`` has the state of each, ``substitutions`` the characters of the document."""

    stretches: list[Stretch]
    states: list[int]
    substitutions: dict[int, Substitutions]
    evidence: Evidence

    @property
    def encodings(self) -> list[Encoding]:
        """The encodings that occur, Unicode left out."""
        states = sorted(set(self.states) - {_UNICODE})
        return list(dict.fromkeys(encoding for state in states if (encoding := self.evidence.encoding(state))))

    def encoding(self, number: int) -> Encoding | None:
        """The encoding of a stretch; None for Unicode."""
        return self.evidence.encoding(self.states[number])

    def reading(self, number: int) -> Reading | None:
        """A stretch read in its encoding; None for Unicode."""
        state = self.states[number]
        if state == _UNICODE:
            return None
        known = self.substitutions.get(state, {})
        runs_on = self.encoding(number) == Encoding.VIQR and self._runs_on(number)
        return self.evidence.reading(self.stretches[number].text, state, known, runs_on=runs_on)

    def _runs_on(self, number: int) -> bool:
        """Whether the line goes on behind a stretch with a small letter, or with capitals as before."""
        this = self.stretches[number]
        following = self.stretches[number + 1] if number + 1 < len(self.stretches) else None
        if following is None or following.line != this.line:
            return False
        return following.text[0].islower() or (_is_upper(this.text) and _is_upper(following.text))

    def gain(self, number: int) -> float:
        """Nats by which a stretch reads better in its encoding than as Unicode."""
        costs = self.evidence.costs(self.stretches[number].text)
        return costs[_UNICODE] - costs[self.states[number]]


def _is_upper(text: str) -> bool:
    return text.isupper() and sum(map(str.isalpha, text)) > 1


def recognise(lines: Sequence[str], evidence: Evidence) -> Recognised:
    """The encodings of a text. Unicode text comes out as Unicode, garbled text too."""
    stretches = stretches_of(lines)
    if not _promising(stretches, evidence):
        return Recognised(stretches, [_UNICODE] * len(stretches), {}, evidence)
    costs = [evidence.costs(s.text) for s in stretches]
    states = _segmented(stretches, costs, evidence)
    substitutions = _substitutions(stretches, states, evidence)
    if substitutions:
        states = _segmented(stretches, _costs_with(substitutions, stretches, costs, evidence), evidence)
    return Recognised(stretches, _whole_lines(stretches, states, evidence), substitutions, evidence)


def _substitutions(stretches: Sequence[Stretch], states: Sequence[int], evidence: Evidence) -> dict[int, Substitutions]:
    """By state, the characters that stand for letters in this document alone."""
    found = {}
    for state in sorted(set(states) - {_UNICODE}):
        if evidence.encoding(state) not in (Encoding.VIQR, Encoding.UTF8):
            words = [s.text for s, own in zip(stretches, states, strict=True) if own == state]
            found[state] = in_encoding(state, words, evidence)
    return {state: substitutions for state, substitutions in found.items() if substitutions}


def _costs_with(
    substitutions: dict[int, Substitutions],
    stretches: Sequence[Stretch],
    costs: Sequence[tuple[float, ...]],
    evidence: Evidence,
) -> list[tuple[float, ...]]:
    """The costs, where a stretch that has one of those characters may be read with the letter."""
    result = list(costs)
    for state, known in substitutions.items():
        for i, stretch in enumerate(stretches):
            reading = evidence.reading(stretch.text, state, known) if "" in known or known.keys() & set(stretch.text) else None
            if reading:
                result[i] = (*result[i][:state], min(result[i][state], reading.cost), *result[i][state + 1 :])
    return result


def _promising(stretches: Sequence[Stretch], evidence: Evidence) -> bool:
    """Whether there is a run of stretches that reads so much better in some encoding that a path might lead through it."""
    running: dict[int, float] = {}
    for stretch in stretches:
        gains = evidence.gains(stretch.text)
        if not (running or gains):
            continue
        plain, *_ = costs = evidence.costs(stretch.text)
        running = {state: total for state, was in running.items() if (total := was + plain - costs[state]) > 0}
        for state, gain in gains:
            running.setdefault(state, gain)
            if running[state] >= _WORTH_WHILE:
                return True
    return False


def _segmented(stretches: Sequence[Stretch], costs: Sequence[tuple[float, ...]], evidence: Evidence) -> list[int]:
    """The cheapest path through the encodings for which there is a case."""
    fresh = [i == 0 or s.line != stretches[i - 1].line for i, s in enumerate(stretches)]
    without = hopeless(costs)
    while True:
        if len(without) == evidence.states - 1:
            return [_UNICODE] * len(costs)
        allowed = [state for state in range(evidence.states) if state not in without]
        path = [allowed[k] for k in cheapest_path([[row[state] for state in allowed] for row in costs], fresh)]
        weak = {s for s in set(path) - {_UNICODE} if not case_for(s, stretches, path, evidence).holds}
        if not weak:
            return path
        without |= weak


def _whole_lines(stretches: Sequence[Stretch], states: list[int], evidence: Evidence) -> list[int]:
    """The states, where a line is in one encoding from end to end.

    VIQR is ASCII, and so are the stretches around that tell nothing. Beside text of another encoding, signs are codes of
    it, and what reads the same as Unicode belongs to it.
    """
    viqr = {s.line for s, state in zip(stretches, states, strict=True) if evidence.encoding(state) == Encoding.VIQR}
    number = evidence.state_of(Encoding.VIQR)
    result = [number if s.line in viqr and s.text.isascii() else state for s, state in zip(stretches, states, strict=True)]
    forward = range(1, len(stretches))
    for i, beside in [*((i, i - 1) for i in forward), *((i - 1, i) for i in reversed(forward))]:
        if result[i] == _UNICODE and result[beside] and stretches[i].line == stretches[beside].line:
            result[i] = result[beside] if _belongs(stretches[i].text, result[beside], evidence) else _UNICODE
    return result


def _belongs(text: str, state: int, evidence: Evidence) -> bool:
    """Whether a stretch beside text in an encoding is in it too: a sign, or what is the same in both."""
    costs = evidence.costs(text)
    return not text.isascii() and (costs[state] == costs[_UNICODE] or not any(map(str.isalpha, text)))
