"""Builds the lattice of readings over the units of a document."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import regex

from ocr_pipeline.orthography import is_syllable, lacks_tone
from ocr_pipeline.restoration.alignment import Aligner
from ocr_pipeline.restoration.channel import Array
from ocr_pipeline.restoration.kernels.matching import LOWER, TITLE
from ocr_pipeline.restoration.kernels.search import NOTHING, RESTART, Lattice
from ocr_pipeline.restoration.language_model import NUM, SYM, UNK
from ocr_pipeline.restoration.readings import Reader, Readings
from ocr_pipeline.restoration.tokens import Kind, Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """What the steps that are not readings cost, in nats, for one family of recognisers.

    ``channel``, ``language``, ``sentences`` and ``letters`` are weights, the last of what the document tells of its letters;
    an edit less sure than ``least`` is not made. ``keep`` leaves a word as one that is unknown, which costs ``keep_known``
    more where it is a known one: else a run of capitals and abbreviations, as in a list of recipients, would pass for names as
    a whole; and ``keep_odd`` more where it has marks but is no Vietnamese syllable. ``speck`` is a sign that stands where a
    space was lost, ``stain`` a sign or letter that is none of the text, ``numbered`` a number that a word ran into and that
    stays with it.
    """

    channel: float = 1.0
    keep: float = 7.0
    keep_letter: float = 0.6
    keep_mixed: float = 5.0
    keep_known: float = 0.0
    keep_odd: float = 0.0
    merge: float = 5.0
    split: float = 5.0
    speck: float = 3.0
    number: float = 2.5
    digit: float = 0.0
    ruined: float = 8.0
    stain: float = 9.0
    abbreviation: float = 3.0
    numbered: float = 6.0
    language: float = 0.95
    sentences: float = 0.45
    letters: float = 0.0
    least: float = 0.0


# A way to read some units: its words, its cost, the spellings and shapes of what is written (-1 for as it stands), and
# whether the sign after the units is part of them.
WAY: Final = np.dtype(
    [("word", "i4"), ("second", "i4"), ("cost", "f8"), ("entries", "i4", (2,)), ("shapes", "i4", (2,)), ("with_tail", "?")],
    align=True,
)
_BYTES: Final = np.dtype((np.void, WAY.itemsize))


class Placed(NamedTuple):
    """Ways to read the units ``start`` to ``to``."""

    start: int
    to: int
    ways: Array


class Chosen(NamedTuple):
    """One way to read the units ``start`` to ``to``: spellings with their shapes, none where they stay as they are."""

    start: int
    to: int
    written: tuple[tuple[int, int], ...]
    with_tail: bool


def ways_of(readings: Readings, costs: Array | float, *, with_tail: bool = False) -> Array:
    """A row for each reading, at these costs."""
    ways = np.zeros(len(readings.costs), WAY)
    ways["word"], ways["cost"], ways["second"] = readings.words, costs, NOTHING
    ways["entries"][:, 0], ways["entries"][:, 1] = readings.entries, -1
    ways["shapes"][:, 0], ways["with_tail"] = readings.shapes, with_tail
    return ways


def as_it_stands(word: int, cost: float) -> Array:
    """One row: the unit is kept, and is this word to the language model."""
    return np.array([(word, NOTHING, cost, (-1, -1), (0, 0), False)], WAY)


_SIGN_COST: Final = {")": 0.7, "!": 4.0, "?": 2.5, "’": 3.0, "'": 3.0, "‘": 3.0, "°": 3.0, "|": 2.0}
_BEFORE_SYMBOL: Final = "số"
# A ruined "số" is this much likelier, as a share of its cost, where a number of a document follows.
_BEFORE_SYMBOL_SHARE: Final = 0.3
_SHORT: Final = 3
_LONGEST_MERGE: Final = 9
_MERGES: Final = 8
_LEAST_SPLIT: Final = 4
_SPLITS: Final = 40
_HALVES: Final = 16
# A unit of so many letters that has a reading so cheap (nats) is a word.
_LEAST_WORD: Final = 2
_SOUND: Final = 5.0
# The memory of words is emptied when it has so many: a batch may run for days.
_MOST_KNOWN: Final = 50_000
# A token that a reading explains better than this (nats) is not split; halves that both cost more are none.
_WHOLE: Final = 3.0
_HALVES_COST: Final = 20.0
# Capitals among which is no vowel are no syllable, whatever befell them; nor are capitals that a number follows (K2, NQ57).
# One capital and a 6 are a word with ô, ơ or o oftener (T6, D6).
_ABBREVIATION: Final = regex.compile(r"[BCDĐGHKLMNPQRSTVX]{2,}|\p{Lu}+\d{1,3}(?<!^[^FJWZ]6)")
# Unless a known one explains them so well (nats): DBQH is ĐBQH.
_ABBREVIATED: Final = 1.0
_NUMBERED: Final = regex.compile(r"(?P<word>\p{L}{2,})\d{1,4}|\d{1,2}(?P<word>\p{L}{2,})")
_NONE: Final = np.zeros(0, WAY)


class Builder:
    """Makes the lattices of documents; one builder a family of recognisers, which remembers the words it has met."""

    def __init__(self, reader: Reader, costs: Costs) -> None:
        self._reader = reader
        self.aligner: Final = Aligner(reader.channel, reader.lexicon)
        self.costs: Final = costs
        self._known: dict[tuple[str, str, str], Array] = {}
        self._symbol, self._opaque = as_it_stands(SYM, 0.0), as_it_stands(UNK, 0.0)

    def bundles(self, units: Sequence[Unit], lines: Sequence[str]) -> list[Placed]:
        """All ways to read the units, in the order of where they start."""
        if len(self._known) > _MOST_KNOWN:
            self._known.clear()
            self._reader.forget()
        found: list[Placed] = []
        for k, unit in enumerate(units):
            after = units[k + 1] if k + 1 < len(units) else None
            ways = self._of_unit(unit)
            if after and after.kind is Kind.SYMBOL and unit.kind is not Kind.SYMBOL:
                ways = _by_cost(ways, self._before_symbol(unit))
            found.append(Placed(k, k + 1, ways))
            if after and _adjacent(unit, after, lines) and len(ways := self._merged(unit, after)):
                found.append(Placed(k, k + 2, ways))
        return found

    def _of_unit(self, unit: Unit) -> Array:
        if unit.kind is Kind.SYMBOL:
            return self._symbol
        if unit.kind is Kind.OPAQUE:
            return self._opaque
        key = unit.text, unit.tail, "number" if unit.kind is Kind.NUMBER else unit.context
        if key not in self._known:
            self._known[key] = self._of_number(unit) if unit.kind is Kind.NUMBER else self._of_word(unit, unit.context)
        return self._known[key]

    def _before_symbol(self, unit: Unit) -> Array:
        """Whatever two signs stand before a symbol may be its ``số``: it is ruined in more ways than were seen."""
        entry = self._reader.lexicon.entry_of.get(_BEFORE_SYMBOL)
        if entry is None or len(unit.text) > len(_BEFORE_SYMBOL):
            return _NONE
        readings = self._reader.readings(unit.text, unit.context)
        known = readings.costs[readings.entries == entry].tolist()
        cost = min([self.costs.ruined, *(c * _BEFORE_SYMBOL_SHARE for c in known)])
        way = as_it_stands(int(self._reader.lexicon.words[entry]), cost)
        way["entries"][:, 0], way["shapes"][:, 0] = entry, TITLE if unit.text[:1].isupper() else LOWER
        return way

    def _of_number(self, unit: Unit) -> Array:
        """A number is kept; one or two digits may be a short word, where the sentence asks for it."""
        if len(unit.text) >= _SHORT or unit.tail:
            return as_it_stands(NUM, 0.0)
        readings = self._reader.readings(unit.text, "inside")
        words = ways_of(readings, readings.costs * self.costs.channel + self.costs.number)
        return _by_cost(as_it_stands(NUM, self.costs.digit * len(unit.text)), words)

    def _of_word(self, unit: Unit, context: str) -> Array:
        costs = self.costs
        kept = costs.keep + costs.keep_letter * len(unit.text) + costs.keep_mixed * (not unit.text.isalpha())
        if self._word(unit.text) is not None:
            kept += costs.keep_known
        elif unit.text.isalpha() and not unit.text.isascii() and (lacks_tone(unit.text) or not is_syllable(unit.text)):
            kept += costs.keep_odd
        readings = self._reader.readings(unit.text, context, guess=True)
        if _ABBREVIATION.fullmatch(unit.text) and readings.costs.min(initial=np.inf) > _ABBREVIATED:
            kept = min(kept, costs.abbreviation)
        ways = [
            as_it_stands(NUM if unit.text[:1].isdigit() else UNK, kept),
            ways_of(readings, readings.costs * costs.channel + _SIGN_COST.get(unit.tail, 0.0)),
        ]
        if len(unit.text) == 1:
            ways.append(as_it_stands(NOTHING, costs.stain))
        if (numbered := _NUMBERED.fullmatch(unit.text)) and (word := self._word(numbered["word"])) is not None:
            ways.append(as_it_stands(word, costs.numbered))
        if unit.tail:
            tailed = self._reader.readings(unit.text + unit.tail, context)
            ways.append(ways_of(tailed, tailed.costs * costs.channel, with_tail=True))
        if len(unit.text) >= _LEAST_SPLIT and (not len(readings.costs) or readings.costs.min() > _WHOLE):
            ways.append(self._split(unit, context))
        return _by_cost(*ways)

    def _word(self, text: str) -> int | None:
        entry = self._reader.lexicon.entry_of.get(text.lower())
        return None if entry is None else int(self._reader.lexicon.words[entry])

    def _split(self, unit: Unit, context: str) -> Array:
        """One token, two syllables: the space between them was lost, or a speck stands in its place."""
        ways = [_NONE]
        for at in range(1, len(unit.text) - 1):
            sign = not unit.text[at].isalnum()
            cost = self.costs.speck if sign else self.costs.split
            if (at < 2 and not sign) or cost == np.inf:
                continue
            left = self._reader.readings(unit.text[:at], context).first(_HALVES)
            right = self._reader.readings(unit.text[at + sign :], context).first(_HALVES)
            together = (left.costs[:, None] + right.costs).ravel()
            cheap = np.flatnonzero(together < _HALVES_COST)
            i, j = np.divmod(cheap, max(len(right.costs), 1))
            both = ways_of(Readings(*(c[i] for c in left)), together[cheap] * self.costs.channel + cost)
            both["second"], both["entries"][:, 1], both["shapes"][:, 1] = right.words[j], right.entries[j], right.shapes[j]
            ways.append(both)
        found = _by_cost(*ways)
        frequency = self._reader.lexicon.unigram[found["word"]] + self._reader.lexicon.unigram[found["second"]]
        return found[np.argsort(found["cost"] - 0.5 * frequency, kind="stable")[:_SPLITS]]

    def _merged(self, unit: Unit, after: Unit) -> Array:
        """Two tokens, one syllable: a letter was read as a space, or a space was put in."""
        if min(len(unit.text), len(after.text)) > _SHORT or len(unit.text) + len(after.text) > _LONGEST_MERGE:
            return _NONE
        if Kind.WORD not in (unit.kind, after.kind) or not {unit.kind, after.kind} <= {Kind.WORD, Kind.NUMBER}:
            return _NONE
        key = f"{unit.text} {after.text}", "", unit.context
        if key not in self._known:
            self._known[key] = _NONE if self._stands(unit) and self._stands(after) else self._joined(unit, after)
        return self._known[key]

    def _joined(self, unit: Unit, after: Unit) -> Array:
        readings = self._reader.readings(unit.text + after.text, unit.context).first(_MERGES)
        return _by_cost(ways_of(readings, readings.costs * self.costs.channel + self.costs.merge))

    def _stands(self, unit: Unit) -> bool:
        """Whether a unit is a word of its own without doubt, so that nothing need be joined to it."""
        if len(unit.text) < _LEAST_WORD:
            return False
        readings = self._reader.readings(unit.text, unit.context, guess=True)
        return bool(len(readings.costs)) and float(readings.costs.min()) < _SOUND


def _in_a_row(ways: Sequence[Array]) -> Array:
    """All ways; as bytes, for numpy compares the fields of records one by one, again and again."""
    return np.concatenate([part.view(_BYTES) for part in ways]).view(WAY)


def _by_cost(*ways: Array) -> Array:
    """All ways, cheapest first."""
    found = _in_a_row(ways)
    return found[np.argsort(found["cost"], kind="stable")]


def _adjacent(unit: Unit, after: Unit, lines: Sequence[str]) -> bool:
    """Whether nothing but a space stands between two units of a line."""
    return unit.line == after.line and lines[unit.line][unit.end : after.start] == " "


class Rows(NamedTuple):
    """Behind each row of a lattice: the number of where it is placed, and the way; restarts are placed nowhere."""

    placed: Sequence[Placed]
    owner: Array
    ways: Array

    def chosen(self, rows: Array) -> list[Chosen | None]:
        """The ways to read that rows are; None for a restart."""
        ways = self.ways[rows]
        columns = (ways[name].tolist() for name in ("entries", "shapes", "with_tail"))
        found: list[Chosen | None] = []
        for owner, (first, second), shapes, with_tail in zip(self.owner[rows].tolist(), *columns, strict=True):
            if owner >= len(self.placed):
                found.append(None)
                continue
            start, to, _ = self.placed[owner]
            written: tuple[tuple[int, int], ...] = ((first, shapes[0]),) if first >= 0 else ()
            found.append(Chosen(start, to, (*written, (second, shapes[1])) if second >= 0 else written, with_tail))
        return found


def packed(placed: Sequence[Placed], places: int, restarts: Sequence[int]) -> tuple[Lattice, Rows]:
    """The ways to read as one lattice, with a restart before the units of ``restarts``, and what is behind its rows.

    A restart is a place of its own, so that unit ``k`` starts at place ``k`` plus the restarts up to it.
    """
    rising = np.zeros(places + 2, np.int64)
    rising[list(restarts)] = 1
    shift = np.cumsum(rising)
    here = np.array(restarts, np.int64) + shift[list(restarts)]
    starts, to = (np.array(column, np.int64) for column in zip(*((p.start, p.to) for p in placed), strict=True))
    origins, arrivals = np.append(starts + shift[starts], here - 1), np.append(to + shift[to] - rising[to], here)
    order = np.lexsort((origins, arrivals))
    bundles = [*(p.ways for p in placed), *[as_it_stands(RESTART, 0.0)] * len(restarts)]
    ways = _in_a_row([bundles[k] for k in order.tolist()])
    sizes = np.array([len(ways) for ways in bundles])[order]
    ends = np.cumsum(sizes)
    into = np.append(0, ends)[np.searchsorted(arrivals[order], np.arange(places + len(restarts) + 2))]
    columns = (ways[name].astype(kind) for name, kind in (("word", "i8"), ("second", "i8"), ("cost", "f8")))
    return Lattice(into, np.repeat(origins[order], sizes), *columns), Rows(placed, np.repeat(order, sizes), ways)


def with_costs(lattice: Lattice, rows: Rows, costs: Array, kept: Array) -> tuple[Lattice, Rows]:
    """The lattice of the rows ``kept`` (rising numbers), with other costs; they are put in order again."""
    arrival = np.repeat(np.arange(len(lattice.into) - 1), np.diff(lattice.into))[kept]
    order = kept[np.lexsort((costs[kept], lattice.origin[kept], arrival))]
    into = np.searchsorted(arrival, np.arange(len(lattice.into)))
    again = Lattice(into, lattice.origin[order], lattice.word[order], lattice.second[order], costs[order])
    return again, Rows(rows.placed, rows.owner[order], rows.ways[order])
