"""What an onset, a rhyme or a whole word was before it was recognised: operations on letters, weighed with what was seen."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np

from ocr_pipeline.compiled import Flat, Kernel
from ocr_pipeline.restoration.channel import Array, Channel, Memory
from ocr_pipeline.restoration.kernels import matching
from ocr_pipeline.restoration.kernels.matching import CAPITAL, LOWER, SHAPES, START, TITLE, UPPER, Alphabet, Workspace, workspace
from ocr_pipeline.restoration.lexicon import Pieces

_MATCH: Final = Kernel(matching.match)
_LONGEST: Final = 16
_WIDTH: Final = 14.0
# Any letter may have become any other at this cost (nats): no channel has seen all damage, and the sentence knows better.
_GUESS: Final = 9.0
# The operations weigh as much as so many observations of a printed piece, and never less than the rest of the share:
# the damage of another document is never quite that of those learned from.
_STRENGTH: Final = 25.0
_SHARE: Final = 0.6
# No chance is smaller than this: one of zero has no logarithm.
_LEAST: Final = 1e-300


class Options(NamedTuple):
    """Possible pieces, cheapest first: their numbers, case shapes and costs (nats)."""

    entries: Array
    shapes: Array
    costs: Array


NO_OPTIONS: Final = Options(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))


def shape_of(text: str) -> int | None:
    """The case shape of a written piece; None where no word is written so.

    >>> shape_of("ủy") == LOWER, shape_of("Đ") == CAPITAL, shape_of("ỦY") == UPPER, shape_of("ủY")
    (True, True, True, None)
    """
    if not text:
        return START
    if text == text.lower():
        return LOWER
    if text == text.upper():
        return CAPITAL if len(text) == 1 else UPPER
    return TITLE if text[1:] == text[1:].lower() else None


def mixed_costs(costs: Array, seen: Array, totals: Array, most: float) -> Array:
    """The costs of pieces by what was seen of them, ``seen`` of ``totals`` times, and by what their letters cost."""
    share = np.minimum(most, totals / (totals + _STRENGTH))
    return -np.log(np.maximum(_LEAST, share * seen / np.maximum(totals, 1e-9) + (1.0 - share) * np.exp(-costs)))


@dataclass(slots=True)
class PieceReader:
    """Reads one kind of piece; remembers what it has read."""

    pieces: Pieces
    alphabet: Alphabet
    channel: Channel
    memory: Memory
    most: int
    totals: Array = field(init=False)
    seen: Array = field(init=False)
    reached: Array = field(init=False)
    space: Workspace = field(init=False)
    fixed: tuple[Flat, ...] = field(init=False)
    stamp: int = field(default=0, init=False)
    memo: dict[tuple[str, bool], Options] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self.space = workspace(self.pieces.nodes)
        self.fixed = tuple(Flat(part) for part in (self.pieces.tree, self.alphabet, self.channel.steps, self.space))
        self.totals = np.zeros(len(self.pieces.spellings) * SHAPES)
        self.seen, self.reached = np.zeros_like(self.totals), np.zeros(len(self.totals), np.bool_)
        for printed, total in self.memory.totals.items():
            if (mark := self._mark(printed)) is not None:
                self.totals[mark] = total

    def options(self, text: str, guess: bool = False) -> Options:
        """What ``text`` may have been; ``guess`` lets letters have suffered damage that was never seen."""
        key = text, guess
        if key not in self.memo:
            self.memo[key] = self._weighed(text, self._searched(text, _GUESS if guess else 0.0))
        return self.memo[key]

    def _mark(self, printed: str) -> int | None:
        """The number of a piece in its shape; None where there is no such piece."""
        entry, shape = self.pieces.entry_of.get(printed.lower()), shape_of(printed)
        return None if entry is None or shape is None else entry * SHAPES + shape

    def _searched(self, text: str, guess: float) -> Options:
        if len(text) > _LONGEST:
            return NO_OPTIONS
        self.stamp += matching.CAP
        found = _MATCH(self.channel.codes(text), *self.fixed, self.stamp, guess)
        row = matching.LONGEST + 1
        columns = (self.space.kept_nodes, self.space.kept_shapes)
        entries, shapes = (column[row, :found].astype(np.int64) for column in columns)
        return Options(entries, shapes, self.space.kept_costs[row, :found].copy())

    def _weighed(self, text: str, found: Options) -> Options:
        """The costs, with what was seen of each piece; and pieces that were seen but that no operations lead to."""
        marks, costs = found.entries * SHAPES + found.shapes, found.costs
        rows = [(mark, n) for printed, n in self.memory.given.get(text, {}).items() if (mark := self._mark(printed)) is not None]
        if rows:
            known, counts = np.array([mark for mark, _ in rows]), np.array([n for _, n in rows])
            self.reached[marks] = True
            unreached = known[~self.reached[known]]
            self.reached[marks] = False
            marks, costs = np.append(marks, unreached), np.append(costs, np.full(len(unreached), np.inf))
            self.seen[known] = counts
            costs = mixed_costs(costs, self.seen[marks], self.totals[marks], _SHARE)
            self.seen[known] = 0.0
        else:
            costs = mixed_costs(costs, np.zeros(len(costs)), self.totals[marks], _SHARE)
        order = np.argsort(costs, kind="stable")[: self.most]
        order = order[costs[order] <= costs[order[:1]] + _WIDTH]
        return Options(marks[order] // SHAPES, marks[order] % SHAPES, costs[order])
