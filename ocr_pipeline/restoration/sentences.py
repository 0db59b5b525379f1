"""The doubtful places of a lattice, weighed by the sentences around them."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from ocr_pipeline.restoration.channel import Array
from ocr_pipeline.restoration.guises import joined
from ocr_pipeline.restoration.kernels.search import NOTHING, RESTART, Lattice
from ocr_pipeline.restoration.language_model import BOS
from ocr_pipeline.restoration.lattice import Rows, with_costs
from ocr_pipeline.restoration.sentence_model import SentenceModel

# Where the search is surer than this, nothing is asked; of the rest, ways less likely than that are not weighed.
_SURE: Final = 0.999
_LEAST_CHANCE: Final = 1e-6


class Path(NamedTuple):
    """The words of a path with their guises; ``places``: where among them each row of it is, -1 for what is no single word."""

    words: Array
    guises: Array
    places: Array


def weighed(
    lattice: Lattice, rows: Rows, best: Array, chances: Array, guises: Array, model: SentenceModel, weight: float
) -> tuple[Lattice, Rows]:
    """The lattice with the costs that the sentences give.

    ``best`` are the rows of the path that tells what stands around, ``guises`` those of the units.
    """
    path = _read(lattice, rows, best, guises)
    doubtful = (path.places >= 0) & (chances[best] < _SURE)
    asked, places = best[doubtful], path.places[doubtful]
    if not len(asked):
        return lattice, rows
    row_of = np.full(len(rows.placed) + len(best), -1)
    row_of[rows.owner[asked]] = np.arange(len(asked))
    likely = chances > _LEAST_CHANCE
    likely[asked] = True
    ways = np.flatnonzero((row_of[rows.owner] >= 0) & likely & (lattice.second < 0) & (lattice.word >= 0))
    here = row_of[rows.owner[ways]]
    vectors = model.vectors(path.words)
    vectors[places] = _mixed(model.vectors(lattice.word[ways]), np.maximum(chances[ways], _LEAST_CHANCE), here)
    seen = model.seen_from(path.words, vectors, path.guises, places)
    usual = model.scores(seen, lattice.word[asked])
    costs = lattice.cost.copy()
    costs[ways] -= weight * (model.scores(seen[here], lattice.word[ways]) - usual[here])
    return with_costs(lattice, rows, costs, np.arange(len(costs)))


def _mixed(vectors: Array, weights: Array, here: Array) -> Array:
    """The weighted means of vectors that stand in one place each (``here``, rising from 0, none left out)."""
    first = np.searchsorted(here, np.arange(int(here[-1]) + 1))
    found: Array = np.add.reduceat(vectors * weights[:, None], first) / np.add.reduceat(weights, first)[:, None]
    return found


def _read(lattice: Lattice, rows: Rows, best: Array, guises: Array) -> Path:
    word, second = lattice.word[best], lattice.second[best]
    restart = word == RESTART
    counts = (word != NOTHING).astype(np.int64) + (second >= 0)
    places = np.cumsum(counts) - counts
    words = np.zeros((2, int(counts.sum())), np.int64)
    own = np.zeros(len(best), np.int64)
    placed = [rows.placed[owner] for owner in rows.owner[best[~restart]].tolist()]
    own[~restart] = joined(guises[[p.start for p in placed]], guises[[p.to - 1 for p in placed]])
    one, two = word != NOTHING, second >= 0
    words[:, places[one]] = np.where(restart, BOS, word)[one], np.where(two, joined(own, 0), own)[one]
    words[:, places[two] + 1] = second[two], joined(np.zeros_like(own), own)[two]
    return Path(words[0], words[1], np.where((counts == 1) & ~restart, places, -1))
