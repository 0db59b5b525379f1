"""Builds the lattice of readings over the units of a document."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from ocr_pipeline.restoration.language_model import NUM, SYM, UNK
from ocr_pipeline.restoration.matching import LOWER, TITLE
from ocr_pipeline.restoration.readings import Reader, Reading
from ocr_pipeline.restoration.search import NOTHING, RESTART, Lattice
from ocr_pipeline.restoration.tokens import Kind, Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """What the steps that are not readings cost, in nats, for one family of recognisers.

    ``channel`` and ``language`` are weights; an edit less sure than ``least`` is not made.
    """

    channel: float = 1.0
    keep: float = 7.0
    keep_letter: float = 0.6
    keep_mixed: float = 5.0
    merge: float = 5.0
    split: float = 5.0
    number: float = 2.5
    digit: float = 0.0
    ruined: float = 8.0
    language: float = 1.0
    cache: float = 0.0
    least: float = 0.0


class Arc(NamedTuple):
    """A step over the units ``start`` to ``to``: their text becomes the readings, or stays where there is none."""

    start: int
    to: int
    word: int
    cost: float
    readings: tuple[Reading, ...] = ()
    with_tail: bool = False


_SIGN_COST: Final = {")": 0.7, "!": 4.0, "?": 2.5, "’": 3.0, "'": 3.0, "‘": 3.0, "°": 3.0, "|": 2.0}
_BEFORE_SYMBOL: Final = "số"
# A ruined "số" is this much likelier, as a share of its cost, where a number of a document follows.
_BEFORE_SYMBOL_SHARE: Final = 0.3
_SHORT: Final = 3
_LONGEST_MERGE: Final = 9
_LEAST_SPLIT: Final = 5
# A unit of so many letters that has a reading so cheap (nats) is a word.
_LEAST_WORD: Final = 2
_SOUND: Final = 5.0
_DEAR: Final = 7.0


class Builder:
    """Makes the arcs of one document; one builder a family of recognisers."""

    def __init__(self, reader: Reader, costs: Costs) -> None:
        self._reader = reader
        self._costs = costs

    def arcs(self, units: Sequence[Unit], lines: Sequence[str]) -> list[Arc]:
        """The arcs over all units, sorted by where they start."""
        arcs: list[Arc] = []
        for k, unit in enumerate(units):
            arcs += self._of_unit(k, unit)
            if k + 1 < len(units) and units[k + 1].kind is Kind.SYMBOL:
                arcs += self._before_symbol(k, unit)
            if k + 1 < len(units) and _adjacent(unit, units[k + 1], lines):
                arcs += self._merged(k, unit, units[k + 1], unit.context)
        return arcs

    def _of_unit(self, k: int, unit: Unit) -> list[Arc]:
        if unit.kind is Kind.SYMBOL:
            return [Arc(k, k + 1, SYM, 0.0)]
        if unit.kind is Kind.OPAQUE:
            return [Arc(k, k + 1, UNK, 0.0)]
        if unit.kind is Kind.NUMBER:
            return self._of_number(k, unit)
        return self._of_word(k, unit, unit.context)

    def _before_symbol(self, k: int, unit: Unit) -> list[Arc]:
        """Whatever two signs stand before a symbol may be its ``số``: it is ruined in more ways than were seen."""
        entry = self._reader.lexicon.entry_of.get(_BEFORE_SYMBOL)
        if entry is None or len(unit.text) > len(_BEFORE_SYMBOL) or unit.kind is Kind.SYMBOL:
            return []
        shape = TITLE if unit.text[:1].isupper() else LOWER
        known = [r.cost for r in self._reader.readings(unit.text, unit.context) if r.entry == entry]
        cost = min([self._costs.ruined, *(c * _BEFORE_SYMBOL_SHARE for c in known)])
        reading = Reading(cost, int(self._reader.lexicon.words[entry]), entry, shape)
        return [Arc(k, k + 1, reading.word, reading.cost, (reading,))]

    def _of_number(self, k: int, unit: Unit) -> list[Arc]:
        """A number is kept; one or two digits may be a short word, where the sentence asks for it."""
        short = len(unit.text) < _SHORT
        arcs = [Arc(k, k + 1, NUM, self._costs.digit * len(unit.text) * short)]
        if short:
            for reading in self._reader.readings(unit.text, "inside"):
                arcs.append(Arc(k, k + 1, reading.word, reading.cost * self._costs.channel + self._costs.number, (reading,)))
        return arcs

    def _of_word(self, k: int, unit: Unit, context: str) -> list[Arc]:
        costs = self._costs
        sign = _SIGN_COST.get(unit.tail, 0.0)
        kept = costs.keep + costs.keep_letter * len(unit.text) + costs.keep_mixed * (not unit.text.isalpha())
        arcs = [Arc(k, k + 1, NUM if unit.text[:1].isdigit() else UNK, kept)]
        readings = self._reader.readings(unit.text, context, guess=True)
        arcs += [Arc(k, k + 1, r.word, r.cost * costs.channel + sign, (r,)) for r in readings]
        if unit.tail:
            tailed = self._reader.readings(unit.text + unit.tail, context)
            arcs += [Arc(k, k + 1, r.word, r.cost * costs.channel, (r,), with_tail=True) for r in tailed]
        if len(unit.text) >= _LEAST_SPLIT and (not readings or readings[0].cost > _DEAR):
            arcs += self._split(k, unit, context)
        return arcs

    def _split(self, k: int, unit: Unit, context: str) -> list[Arc]:
        """One token, two syllables: the space between them was lost."""
        arcs = []
        for at in range(2, len(unit.text) - 1):
            left = self._reader.readings(unit.text[:at], context)[:4]
            right = self._reader.readings(unit.text[at:], context)[:4]
            arcs += [
                Arc(k, k + 1, a.word, (a.cost + b.cost) * self._costs.channel + self._costs.split, (a, b))
                for a in left
                for b in right
                if a.cost + b.cost < 2 * _DEAR
            ]
        return sorted(arcs, key=lambda arc: arc.cost)[:8]

    def _merged(self, k: int, unit: Unit, after: Unit, context: str) -> list[Arc]:
        """Two tokens, one syllable: a letter was read as a space, or a space was put in."""
        if min(len(unit.text), len(after.text)) > _SHORT or len(unit.text) + len(after.text) > _LONGEST_MERGE:
            return []
        if Kind.WORD not in (unit.kind, after.kind) or not {unit.kind, after.kind} <= {Kind.WORD, Kind.NUMBER}:
            return []
        if self._stands(unit) and self._stands(after):
            return []
        readings = self._reader.readings(unit.text + after.text, context)[:8]
        return [Arc(k, k + 2, r.word, r.cost * self._costs.channel + self._costs.merge, (r,)) for r in readings]

    def _stands(self, unit: Unit) -> bool:
        """Whether a unit is a word of its own without doubt, so that nothing need be joined to it."""
        if len(unit.text) < _LEAST_WORD:
            return False
        readings = self._reader.readings(unit.text, unit.context, guess=True)
        return bool(readings) and min(r.cost for r in readings) < _SOUND


def _adjacent(unit: Unit, after: Unit, lines: Sequence[str]) -> bool:
    """Whether nothing but a space stands between two units of a line."""
    return unit.line == after.line and lines[unit.line][unit.end : after.start] == " "


def packed(arcs: Sequence[Arc], places: int, restarts: Sequence[int]) -> tuple[Lattice, list[Arc | None]]:
    """The arcs as arrays, with a restart before the units of ``restarts``; and the arc behind each array row.

    A restart is a place of its own, so that unit ``k`` starts at place ``k`` plus the restarts up to it.
    """
    shift = np.zeros(places + 2, np.int64)
    for k in restarts:
        shift[k:] += 1
    rows: list[tuple[int, int, int, int, float, Arc | None]] = []
    for k in restarts:
        here = int(k + shift[k])
        rows.append((here - 1, here, RESTART, NOTHING, 0.0, None))
    for arc in arcs:
        second = arc.readings[1].word if len(arc.readings) > 1 else NOTHING
        target = int(arc.to + shift[arc.to]) - int(arc.to in restarts)
        rows.append((int(arc.start + shift[arc.start]), target, arc.word, second, arc.cost, arc))
    rows.sort(key=lambda row: row[0])
    total = places + len(restarts)
    first = np.searchsorted([row[0] for row in rows], np.arange(total + 1))
    columns = [np.array([row[c] for row in rows], np.float64 if c == 4 else np.int64) for c in range(1, 5)]
    return Lattice(first, *columns), [row[5] for row in rows]
