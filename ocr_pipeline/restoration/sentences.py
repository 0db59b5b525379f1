"""The doubtful places of a lattice, weighed by the sentences around them."""

from __future__ import annotations

from typing import Final

import numpy as np

from ocr_pipeline.restoration.channel import Array
from ocr_pipeline.restoration.kernels.search import NOTHING, RESTART, Lattice
from ocr_pipeline.restoration.language_model import BOS
from ocr_pipeline.restoration.lattice import Rows, with_costs
from ocr_pipeline.restoration.sentence_model import SentenceModel

# Where the search is surer than this, nothing is asked; of the rest, ways less likely than that are not weighed.
_SURE: Final = 0.999
_LEAST_CHANCE: Final = 1e-6
# A doubtful word is seen by its neighbours as the mean of its readings, by their chances to this power.
_SHARPNESS: Final = 2.0


def weighed(
    lattice: Lattice, rows: Rows, best: Array, chances: Array, model: SentenceModel, weight: float
) -> tuple[Lattice, Rows]:
    """The lattice with the costs that the sentences give; ``best`` are the rows of the path that tells what stands around."""
    words, place_of = _read(lattice, best)
    doubtful = (place_of >= 0) & (chances[best] < _SURE)
    asked, places = best[doubtful], place_of[doubtful]
    if not len(asked):
        return lattice, rows
    row_of = np.full(len(rows.placed) + len(best), -1)
    row_of[rows.owner[asked]] = np.arange(len(asked))
    likely = chances > _LEAST_CHANCE
    likely[asked] = True
    ways = np.flatnonzero((row_of[rows.owner] >= 0) & likely & (lattice.second < 0) & (lattice.word >= 0))
    here = row_of[rows.owner[ways]]
    vectors = model.vectors(words)
    vectors[places] = _mixed(model.vectors(lattice.word[ways]), np.maximum(chances[ways], _LEAST_CHANCE) ** _SHARPNESS, here)
    seen = model.seen_from(words, vectors, places)
    usual = model.scores(seen, lattice.word[asked])
    costs = lattice.cost.copy()
    costs[ways] -= weight * (model.scores(seen[here], lattice.word[ways]) - usual[here])
    return with_costs(lattice, rows, costs, np.arange(len(costs)))


def _mixed(vectors: Array, weights: Array, here: Array) -> Array:
    """The weighted means of vectors that stand in one place each (``here``, rising from 0, none left out)."""
    first = np.searchsorted(here, np.arange(int(here[-1]) + 1))
    found: Array = np.add.reduceat(vectors * weights[:, None], first) / np.add.reduceat(weights, first)[:, None]
    return found


def _read(lattice: Lattice, best: Array) -> tuple[Array, Array]:
    """The words of a path, and the place among them of each of its rows; -1 for what is no single word."""
    word, second = lattice.word[best], lattice.second[best]
    word = np.where(word == RESTART, BOS, word)
    counts = (word != NOTHING).astype(np.int64) + (second >= 0)
    places = np.cumsum(counts) - counts
    words = np.zeros(int(counts.sum()), np.int64)
    words[places[word != NOTHING]] = word[word != NOTHING]
    words[places[second >= 0] + 1] = second[second >= 0]
    return words, np.where((counts == 1) & (lattice.word[best] != RESTART), places, -1)
