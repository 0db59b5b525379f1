"""Reads the units of a document: builds the lattice, searches it, and says how sure each step is.

It is searched again with what the first search told of the document's own damage, and with what sentences make of doubts.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from ocr_pipeline.compiled import Flat, Kernel
from ocr_pipeline.restoration.adaptation import adapted
from ocr_pipeline.restoration.channel import Array
from ocr_pipeline.restoration.guises import guises_of
from ocr_pipeline.restoration.kernels import search
from ocr_pipeline.restoration.kernels.search import BEAM, CANDIDATES, REMEMBERED, SLOTS, Beam, Candidates, Lattice
from ocr_pipeline.restoration.language_model import LanguageModel
from ocr_pipeline.restoration.lattice import Builder, Chosen, packed
from ocr_pipeline.restoration.sentence_model import SentenceModel
from ocr_pipeline.restoration.sentences import weighed
from ocr_pipeline.restoration.tokens import Unit

_SEARCH: Final = Kernel(search.search)
# Scores of the parts are not independent, so that paths are closer to each other than they say.
_SHARPNESS: Final = 0.7


class Step(NamedTuple):
    """One way to read some units, with its posterior probability."""

    way: Chosen
    confidence: float


def decode(
    units: Sequence[Unit],
    lines: Sequence[str],
    restarts: Sequence[int],
    *,
    builder: Builder,
    model: LanguageModel,
    sentences: SentenceModel,
) -> list[Step]:
    """The best steps over all units, in order."""
    if not units:
        return []
    lattice, rows = packed(builder.bundles(units, lines), len(units), restarts)
    _, chances = _searched(lattice, builder.costs.language, model)
    lattice, rows = adapted(lattice, rows, units, chances, builder.aligner, builder.costs.letters)
    best, chances = _searched(lattice, builder.costs.language, model)
    lattice, rows = weighed(lattice, rows, best, chances, guises_of(units, lines), sentences, builder.costs.sentences)
    best, chances = _searched(lattice, builder.costs.language, model)
    confidences = chances[best].tolist()
    return [Step(way, sure) for way, sure in zip(rows.chosen(best), confidences, strict=True) if way is not None]


def _searched(lattice: Lattice, weight: float, model: LanguageModel) -> tuple[Array, Array]:
    """The rows of the best path, in order, and the chance of every row."""
    beam, states = new_beam(lattice)
    path, sums = np.zeros(len(lattice.into), np.int64), np.zeros(len(lattice.cost))
    forward, backward = np.zeros(states), np.zeros(states)
    arguments = lattice, _tables(model), weight, _SHARPNESS, beam, new_candidates(), forward, backward, path, sums
    length = _SEARCH(*arguments)
    return path[:length][::-1], np.minimum(1.0, sums)


@functools.cache
def _tables(model: LanguageModel) -> Flat:
    return Flat(model.tables)


def new_candidates() -> Candidates:
    """Memory for the states of one place."""
    room = CANDIDATES + 1
    word, pair, triple, best_edge = (np.zeros(room, np.int64) for _ in range(4))
    slot, table = (np.full(size, -1, np.int64) for size in (room, SLOTS))
    pair_at, pair_logprob = np.zeros(BEAM * REMEMBERED, np.int64), np.zeros(BEAM * REMEMBERED)
    ranked, pair_word = np.zeros(BEAM + 1, np.int64), np.zeros(BEAM, np.int64)
    return Candidates(word, pair, triple, np.zeros(room), best_edge, slot, ranked, table, pair_at, pair_logprob, pair_word)


def new_beam(lattice: Lattice) -> tuple[Beam, int]:
    """Room for a search over a lattice, and for how many states."""
    places = len(lattice.into) - 1
    states, edges = places * BEAM + 1, len(lattice.cost) * BEAM + 1
    first_state, first_edge = np.zeros(places + 1, np.int64), np.zeros(places + 1, np.int64)
    word, pair, triple, best_edge = (np.empty(states, np.int64) for _ in range(4))
    edge_from, edge_to, edge_arc = (np.empty(edges, np.int32) for _ in range(3))
    score, top = np.empty(states), np.empty(states)
    beam = Beam(first_state, first_edge, word, pair, triple, score, best_edge, top, edge_from, edge_to, edge_arc, np.empty(edges))
    return beam, states
