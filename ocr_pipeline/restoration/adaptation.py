"""What a document tells of its own damage: a word read with confidence from a ruined token makes it likelier elsewhere.

Damage repeats within a document: where one face turns ``bộ`` into ``ho``, it does so on every page. The channel knows
what recognisers do in general; a first search over the document tells what happened in this one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from ocr_pipeline.restoration.channel import Array
from ocr_pipeline.restoration.kernels.search import NOTHING, Lattice
from ocr_pipeline.restoration.lattice import Rows, with_costs
from ocr_pipeline.restoration.pieces import mixed_costs
from ocr_pipeline.restoration.tokens import Unit

# What the first search is less sure of tells nothing.
_LEAST_CHANCE: Final = 0.6
# Damage that the channel explains this well (nats) needs no other explanation: common confusions are undone by the
# sentence alone, and must not be outvoted by how it was undone elsewhere.
_DEAR: Final = 6.0
_MOST: Final = 0.6
# Ways less likely than this after the first search are not searched again, unless the document speaks for them.
_NO_CHANCE: Final = 1e-7


class _Counts(NamedTuple):
    """How often the first search read what, by a number for each: sorted numbers, and the sum of chances of each."""

    keys: Array
    sums: Array

    @staticmethod
    def of(keys: Array, chances: Array) -> _Counts:
        """Summed up by key."""
        found, same = np.unique(keys, return_inverse=True)
        return _Counts(found, np.bincount(same, chances))

    def at(self, keys: Array) -> Array:
        """The sum of each; 0.0 for what was never read."""
        place = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return np.where(self.keys[place] == keys, self.sums[place], 0.0)


def adapted(lattice: Lattice, rows: Rows, units: Sequence[Unit], chances: Array) -> tuple[Lattice, Rows]:
    """The lattice with the costs that the document's own damage gives; ``chances`` are those of its rows.

    No place counts for itself: what is told of it comes from the others. Ways without a chance are left out.
    """
    numbers: dict[str, int] = {}
    tokens = [" ".join(u.text.lower() for u in units[p.start : p.to]) for p in rows.placed]
    token = np.array([numbers.setdefault(t, len(numbers)) for t in tokens], np.int64)
    worded = (rows.owner < len(rows.placed)) & (lattice.second == NOTHING) & (rows.ways["entries"][:, 0] >= 0)
    costs = lattice.cost.copy()
    likely = np.flatnonzero(worded & (chances > _NO_CHANCE))
    # A word may stand in several rows of one place, by its case.
    read = _Counts.of(rows.owner[likely] << 16 | lattice.word[likely], chances[likely])
    read = _Counts(read.keys[sure := read.sums >= _LEAST_CHANCE], read.sums[sure])
    if len(read.keys):
        word = read.keys & 0xFFFF
        pairs, words = _Counts.of(token[read.keys >> 16] << 16 | word, read.sums), _Counts.of(word, read.sums)
        dear = np.flatnonzero(worded & (lattice.cost > _DEAR))
        seen = pairs.at(token[rows.owner[dear]] << 16 | lattice.word[dear])
        dear, seen = dear[seen > 0.0], seen[seen > 0.0]
        own = read.at(rows.owner[dear] << 16 | lattice.word[dear])
        total = words.at(lattice.word[dear]) - own
        costs[dear] = np.minimum(
            costs[dear], mixed_costs(costs[dear], np.maximum(seen - own, 0.0), np.maximum(total, 0.0), _MOST)
        )
    return with_costs(lattice, rows, costs, np.flatnonzero((chances > _NO_CHANCE) | (costs < lattice.cost)))
