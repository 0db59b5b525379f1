"""What a document tells of its own damage: a word read with confidence from a ruined token makes it likelier elsewhere.

Damage repeats within a document: where one face turns ``bộ`` into ``ho``, it does so on every page, and where it turns ư into
ti, it does so in every word. The channel knows what recognisers do in general; a first search over the document tells what
happened in this one, to words and to letters.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from ocr_pipeline.restoration.alignment import Aligner
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
# Letters tell from so much confidence on, and where the first search left so much doubt they are asked. What the channel
# says of a letter weighs as much as so many of the document; no letter makes a reading cheaper by more (nats), nor dearer:
# what a document did not show, it may show yet.
_SURE, _DOUBT = 0.75, 0.999
_STRENGTH, _MOST_CHEAPER = 8.0, 4.0
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


def adapted(
    lattice: Lattice, rows: Rows, units: Sequence[Unit], chances: Array, aligner: Aligner, weight: float
) -> tuple[Lattice, Rows]:
    """The lattice with the costs that the document's own damage gives; ``chances`` are those of its rows.

    No place counts for itself: what is told of it comes from the others. Ways without a chance are left out. ``weight`` is
    what letters count, beside whole words.
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
    if weight:
        asked, cheaper = _by_letters(rows, units, chances, likely, aligner)
        costs[asked] += weight * cheaper
    return with_costs(lattice, rows, costs, np.flatnonzero((chances > _NO_CHANCE) | (costs < lattice.cost)))


def _by_letters(rows: Rows, units: Sequence[Unit], chances: Array, likely: Array, aligner: Aligner) -> tuple[Array, Array]:
    """Rows in doubt, and by how much (nats) what befell the letters of this document makes each cheaper.

    ``likely`` are the rows that read words and have a chance.
    """
    owners = rows.owner[likely]
    alone = np.array([p.to == p.start + 1 for p in rows.placed])[owners] & ~rows.ways["with_tail"][likely]
    best = np.zeros(len(rows.placed))
    np.maximum.at(best, owners, chances[likely])
    telling = likely[alone & (chances[likely] >= _SURE)]
    asked = likely[alone & (best[owners] < _DOUBT)]
    if not len(telling) or not len(asked):
        return asked[:0], np.zeros(0)
    told, asking = (_Occurrences.of(some, rows, units, aligner) for some in (telling, asked))
    weights = chances[telling][told.row]
    _, number = np.unique(np.concatenate([told.done, asking.done]), return_inverse=True)
    done, asked_done = number[: len(told.done)], number[len(told.done) :]
    count = np.bincount(done, weights, len(number))[asked_done]
    count -= _Counts.of(told.place << 24 | done, weights).at(asking.place << 24 | asked_done)
    letters, asked_letters, twice = told.letters(), asking.letters(), np.repeat(weights, 2)
    own = _Counts.of(np.repeat(told.place, 2) << 8 | letters, twice)
    totals = np.bincount(letters, twice, 256)[asked_letters]
    totals -= own.at(np.repeat(asking.place, 2) << 8 | asked_letters)
    # Of two printed letters the rarer one tells how often they might have been damaged.
    total = np.where(asked_letters > 0, totals, np.inf).reshape(-1, 2).min(axis=1)
    printed = np.isfinite(total)
    seen = np.maximum(count, 0.0) + _STRENGTH * np.exp(-asking.costs)
    seen /= np.where(printed, np.maximum(total, 0.0), 0.0) + _STRENGTH
    cheaper = np.where(printed, np.clip(-np.log(seen) - asking.costs, -_MOST_CHEAPER, 0.0), 0.0)
    return asked, np.bincount(asking.row, cheaper, len(asked))


class _Occurrences(NamedTuple):
    """Operations in readings: which of some rows and which place each is of, what it does, and its cost."""

    row: Array
    place: Array
    done: Array
    costs: Array

    @staticmethod
    def of(some: Array, rows: Rows, units: Sequence[Unit], aligner: Aligner) -> _Occurrences:
        """The operations of rows that read one unit as one word."""
        owners, entries, shapes = rows.owner[some], rows.ways["entries"][some, 0], rows.ways["shapes"][some, 0]
        tokens = [units[rows.placed[owner].start].text for owner in owners.tolist()]
        numbers: dict[tuple[str, int, int], int] = {}
        keys = zip(tokens, entries.tolist(), shapes.tolist(), strict=True)
        number = np.array([numbers.setdefault(key, len(numbers)) for key in keys], np.int64)
        found = [aligner.operations(*key) for key in numbers]
        done, costs = (np.concatenate(columns) for columns in zip(*found, strict=True))
        ends = np.cumsum([len(operations.done) for operations in found])
        lengths = np.diff(ends, prepend=0)[number]
        row = np.repeat(np.arange(len(some)), lengths)
        at = np.arange(len(row)) + np.repeat(ends[number] - np.cumsum(lengths), lengths)
        return _Occurrences(row, owners[row], done[at], costs[at])

    def letters(self) -> Array:
        """The two printed letters of each operation, one after the other; 0 for none."""
        printed = self.done >> 24
        return np.column_stack([printed & 0xFF, printed >> 8]).ravel()
