"""Builds the lattice of readings over the units of a document."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np

from ocr_pipeline.restoration.language_model import NUM, SYM, UNK
from ocr_pipeline.restoration.matching import LOWER, TITLE
from ocr_pipeline.restoration.readings import Reader, Reading
from ocr_pipeline.restoration.search import NOTHING, RESTART, Lattice
from ocr_pipeline.restoration.tokens import Kind, Unit

Array = np.ndarray[Any, Any]


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
    least: float = 0.0


class Arc(NamedTuple):
    """A way to read some units: as the readings, or, where there are none, as they stand."""

    word: int
    cost: float
    readings: tuple[Reading, ...] = ()
    with_tail: bool = False


class Bundle(NamedTuple):
    """Ways to read the same units, with their words and costs as arrays; second words are -1 for none."""

    arcs: tuple[Arc, ...]
    words: Array
    seconds: Array
    costs: Array


class Placed(NamedTuple):
    """A bundle over the units ``start`` to ``to``."""

    start: int
    to: int
    bundle: Bundle


class Chosen(NamedTuple):
    """One way to read the units ``start`` to ``to``."""

    start: int
    to: int
    arc: Arc


def bundled(arcs: Sequence[Arc]) -> Bundle:
    """The arcs with their columns."""
    seconds = [arc.readings[1].word if len(arc.readings) > 1 else NOTHING for arc in arcs]
    words, costs = [arc.word for arc in arcs], [arc.cost for arc in arcs]
    return Bundle(tuple(arcs), np.array(words, np.int64), np.array(seconds, np.int64), np.array(costs, np.float64))


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
# The memory of words is emptied when it has so many: a batch may run for days.
_MOST_KNOWN: Final = 50_000
_DEAR: Final = 7.0


class Builder:
    """Makes the lattices of documents; one builder a family of recognisers, which remembers the words it has met."""

    def __init__(self, reader: Reader, costs: Costs) -> None:
        self._reader = reader
        self.costs: Final = costs
        self._known: dict[tuple[str, str, str], Bundle] = {}
        self._symbol, self._opaque = bundled([Arc(SYM, 0.0)]), bundled([Arc(UNK, 0.0)])

    def bundles(self, units: Sequence[Unit], lines: Sequence[str]) -> list[Placed]:
        """All ways to read the units, in the order of where they start."""
        if len(self._known) > _MOST_KNOWN:
            self._known.clear()
        found: list[Placed] = []
        for k, unit in enumerate(units):
            found.append(Placed(k, k + 1, self._of_unit(unit)))
            after = units[k + 1] if k + 1 < len(units) else None
            if after and after.kind is Kind.SYMBOL and (arcs := self._before_symbol(unit)):
                found.append(Placed(k, k + 1, bundled(arcs)))
            if after and _adjacent(unit, after, lines) and (arcs := self._merged(unit, after)):
                found.append(Placed(k, k + 2, bundled(arcs)))
        return found

    def _of_unit(self, unit: Unit) -> Bundle:
        if unit.kind is Kind.SYMBOL:
            return self._symbol
        if unit.kind is Kind.OPAQUE:
            return self._opaque
        key = unit.text, unit.tail, "number" if unit.kind is Kind.NUMBER else unit.context
        if key not in self._known:
            self._known[key] = bundled(self._of_number(unit) if unit.kind is Kind.NUMBER else self._of_word(unit, unit.context))
        return self._known[key]

    def _before_symbol(self, unit: Unit) -> list[Arc]:
        """Whatever two signs stand before a symbol may be its ``số``: it is ruined in more ways than were seen."""
        entry = self._reader.lexicon.entry_of.get(_BEFORE_SYMBOL)
        if entry is None or len(unit.text) > len(_BEFORE_SYMBOL) or unit.kind is Kind.SYMBOL:
            return []
        shape = TITLE if unit.text[:1].isupper() else LOWER
        known = [r.cost for r in self._reader.readings(unit.text, unit.context) if r.entry == entry]
        cost = min([self.costs.ruined, *(c * _BEFORE_SYMBOL_SHARE for c in known)])
        reading = Reading(cost, int(self._reader.lexicon.words[entry]), entry, shape)
        return [Arc(reading.word, reading.cost, (reading,))]

    def _of_number(self, unit: Unit) -> list[Arc]:
        """A number is kept; one or two digits may be a short word, where the sentence asks for it."""
        short = len(unit.text) < _SHORT
        arcs = [Arc(NUM, self.costs.digit * len(unit.text) * short)]
        if short:
            for reading in self._reader.readings(unit.text, "inside"):
                arcs.append(Arc(reading.word, reading.cost * self.costs.channel + self.costs.number, (reading,)))
        return arcs

    def _of_word(self, unit: Unit, context: str) -> list[Arc]:
        costs = self.costs
        sign = _SIGN_COST.get(unit.tail, 0.0)
        kept = costs.keep + costs.keep_letter * len(unit.text) + costs.keep_mixed * (not unit.text.isalpha())
        arcs = [Arc(NUM if unit.text[:1].isdigit() else UNK, kept)]
        readings = self._reader.readings(unit.text, context, guess=True)
        arcs += [Arc(r.word, r.cost * costs.channel + sign, (r,)) for r in readings]
        if unit.tail:
            tailed = self._reader.readings(unit.text + unit.tail, context)
            arcs += [Arc(r.word, r.cost * costs.channel, (r,), with_tail=True) for r in tailed]
        if len(unit.text) >= _LEAST_SPLIT and (not readings or readings[0].cost > _DEAR):
            arcs += self._split(unit, context)
        return arcs

    def _split(self, unit: Unit, context: str) -> list[Arc]:
        """One token, two syllables: the space between them was lost."""
        arcs = []
        for at in range(2, len(unit.text) - 1):
            left = self._reader.readings(unit.text[:at], context)[:4]
            right = self._reader.readings(unit.text[at:], context)[:4]
            arcs += [
                Arc(a.word, (a.cost + b.cost) * self.costs.channel + self.costs.split, (a, b))
                for a in left
                for b in right
                if a.cost + b.cost < 2 * _DEAR
            ]
        return sorted(arcs, key=lambda arc: arc.cost)[:8]

    def _merged(self, unit: Unit, after: Unit) -> list[Arc]:
        """Two tokens, one syllable: a letter was read as a space, or a space was put in."""
        if min(len(unit.text), len(after.text)) > _SHORT or len(unit.text) + len(after.text) > _LONGEST_MERGE:
            return []
        if Kind.WORD not in (unit.kind, after.kind) or not {unit.kind, after.kind} <= {Kind.WORD, Kind.NUMBER}:
            return []
        if self._stands(unit) and self._stands(after):
            return []
        readings = self._reader.readings(unit.text + after.text, unit.context)[:8]
        return [Arc(r.word, r.cost * self.costs.channel + self.costs.merge, (r,)) for r in readings]

    def _stands(self, unit: Unit) -> bool:
        """Whether a unit is a word of its own without doubt, so that nothing need be joined to it."""
        if len(unit.text) < _LEAST_WORD:
            return False
        readings = self._reader.readings(unit.text, unit.context, guess=True)
        return bool(readings) and min(r.cost for r in readings) < _SOUND


def _adjacent(unit: Unit, after: Unit, lines: Sequence[str]) -> bool:
    """Whether nothing but a space stands between two units of a line."""
    return unit.line == after.line and lines[unit.line][unit.end : after.start] == " "


def packed(placed: Sequence[Placed], places: int, restarts: Sequence[int]) -> tuple[Lattice, Rows]:
    """The ways to read as one lattice, with a restart before the units of ``restarts``, and what is behind its rows.

    A restart is a place of its own, so that unit ``k`` starts at place ``k`` plus the restarts up to it.
    """
    rising = np.zeros(places + 2, np.int64)
    rising[list(restarts)] = 1
    shift = np.cumsum(rising)
    sizes = np.array([len(p.bundle.arcs) for p in placed] + [1] * len(restarts))
    here = np.array(restarts, np.int64) + shift[list(restarts)]
    starts = np.array([p.start for p in placed], np.int64)
    to = np.array([p.to for p in placed], np.int64)
    start_at = np.repeat(np.append(starts + shift[starts], here - 1), sizes)
    ends_at = np.repeat(np.append(to + shift[to] - rising[to], here), sizes)
    owner = np.repeat(np.arange(len(sizes)), sizes)
    number = np.arange(len(owner)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    words = np.concatenate([*(p.bundle.words for p in placed), np.full(len(restarts), RESTART)])
    seconds = np.concatenate([*(p.bundle.seconds for p in placed), np.full(len(restarts), NOTHING)])
    costs = np.concatenate([*(p.bundle.costs for p in placed), np.zeros(len(restarts))])
    order = np.argsort(start_at, kind="stable")
    first = np.searchsorted(start_at[order], np.arange(places + len(restarts) + 1))
    lattice = Lattice(first, ends_at[order], words[order], seconds[order], costs[order])
    return lattice, Rows(tuple(placed), owner[order], number[order])


class Rows(NamedTuple):
    """Behind each row of a lattice: the number of its bundle, and of the arc in it."""

    placed: tuple[Placed, ...]
    owner: Array
    number: Array

    def chosen(self, row: int) -> Chosen | None:
        """The way to read that a row is; None for a restart."""
        owner = int(self.owner[row])
        if owner >= len(self.placed):
            return None
        start, to, bundle = self.placed[owner]
        return Chosen(start, to, bundle.arcs[int(self.number[row])])
