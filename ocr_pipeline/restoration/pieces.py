"""What an onset, a rhyme or a whole word was before it was recognised: operations on letters, weighed with what was seen."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import numpy as np

from ocr_pipeline.restoration.channel import Channel, Memory
from ocr_pipeline.restoration.lexicon import Pieces
from ocr_pipeline.restoration.matching import CAPITAL, LOWER, START, TITLE, UPPER, Alphabet, Workspace, match, workspace

Array = np.ndarray[Any, Any]
_LONGEST: Final = 16
_STAMP: Final = 64
_WIDTH: Final = 9.0
# Letters that nothing seen explains may have become any other at this cost (nats).
_GUESS: Final = 7.5
# The operations weigh as much as so many observations of a printed piece, and never less than the rest of the share:
# the damage of another document is never quite that of those learned from.
_STRENGTH: Final = 25.0
_SHARE: Final = 0.6


class Options(NamedTuple):
    """Possible pieces, cheapest first: their numbers, case shapes and costs (nats)."""

    entries: Array
    shapes: Array
    costs: Array


def written(spelling: str, shape: int) -> str:
    """A lower-case spelling in a case shape.

    >>> written("ủy", TITLE), written("ủy", UPPER), written("đ", CAPITAL)
    ('Ủy', 'ỦY', 'Đ')
    """
    if shape in (START, LOWER):
        return spelling
    return spelling.upper() if shape in (UPPER, CAPITAL) else spelling[:1].upper() + spelling[1:]


def shape_of(text: str) -> int | None:
    """The case shape of a written piece; None where no word is written so."""
    if not text:
        return START
    if text == text.lower():
        return LOWER
    if text == text.upper():
        return CAPITAL if len(text) == 1 else UPPER
    return TITLE if text[1:] == text[1:].lower() else None


def mixed_cost(cost: float, seen: float, total: float, most: float) -> float:
    """The cost of a piece by what was seen of it, ``seen`` of ``total`` times, and by what its letters cost."""
    share = min(most, total / (total + _STRENGTH))
    return -math.log((share * seen / total if total else 0.0) + (1 - share) * math.exp(-cost))


@dataclass(slots=True)
class PieceReader:
    """Reads one kind of piece; remembers what it has read."""

    pieces: Pieces
    alphabet: Alphabet
    channel: Channel
    memory: Memory
    most: int
    space: Workspace = field(init=False)
    stamp: int = field(default=0, init=False)
    memo: dict[tuple[str, bool], Options] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self.space = workspace(self.pieces.nodes)

    def options(self, text: str, guess: bool = False) -> Options:
        """What ``text`` may have been; ``guess`` lets letters have suffered damage that was never seen."""
        key = text, guess
        if key not in self.memo:
            self.memo[key] = self._weighed(text, self._searched(text, _GUESS if guess else 0.0))
        return self.memo[key]

    def _searched(self, text: str, guess: float) -> Options:
        if len(text) > _LONGEST:
            return Options(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))
        self.stamp += _STAMP
        codes, tree, steps = self.channel.codes(text), self.pieces.tree, self.channel.steps
        found = match(codes, tree, self.alphabet, steps, self.space, self.stamp, _WIDTH, guess)
        return Options(found[0].astype(np.int64), found[1].astype(np.int64), found[2].astype(np.float64))

    def _weighed(self, text: str, found: Options) -> Options:
        """The costs, with what was seen of each piece; and pieces that were seen but that no operations lead to."""
        seen, totals = self.memory.given.get(text, {}), self.memory.totals
        rows = []
        for entry, shape, cost in zip(*(column.tolist() for column in found), strict=True):
            printed = written(self.pieces.spellings[entry], shape)
            total = totals.get(printed, 0.0)
            rows.append((mixed_cost(cost, seen.get(printed, 0.0), total, _SHARE), entry, shape))
        reached = {(entry, shape) for _, entry, shape in rows}
        for printed, count in seen.items():
            known, shape_seen = self.pieces.entry_of.get(printed.lower()), shape_of(printed)
            if known is not None and shape_seen is not None and (known, shape_seen) not in reached:
                rows.append((mixed_cost(math.inf, count, totals[printed], _SHARE), known, shape_seen))
        rows.sort()
        kept = [row for row in rows[: self.most] if row[0] <= rows[0][0] + _WIDTH]
        costs, entries, shapes = zip(*kept, strict=True) if kept else ((), (), ())
        return Options(np.array(entries, np.int64), np.array(shapes, np.int64), np.array(costs, np.float64))
