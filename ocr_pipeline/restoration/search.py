"""Finds the best path through a lattice of readings, and how sure each step is; compiled.

A state is the last two words. Scores are weighted log probabilities of the language model less the costs of the
channel. The beam keeps the edges between its states, so that forward and backward sums over it give each arc a
posterior probability.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np

from ocr_pipeline.restoration.compiled import compiled
from ocr_pipeline.restoration.language_model import BOS, Tables, trigram_logprob

Array = np.ndarray[Any, Any]
_BEAM: Final = 24
_WIDTH: Final = 12.0
_SLOTS: Final = 512
# A transparent arc leaves the state as it is.
NOTHING: Final = -1
# A break between paragraphs: the words after it start anew.
RESTART: Final = -2


class Lattice(NamedTuple):
    """Arcs sorted by where they start: ``first[p]:first[p + 1]`` leave place ``p``; second words are -1 for none."""

    first: Array
    to: Array
    word: Array
    second: Array
    cost: Array


class Beam(NamedTuple):
    """States and edges of a search; ``counts`` states lie at each place."""

    counts: Array
    u: Array
    v: Array
    score: Array
    best_edge: Array
    edge_from: Array
    edge_to: Array
    edge_arc: Array
    edge_score: Array


@compiled
def _add_state(beam: Beam, place: int, u: int, v: int, score: float, edge: int) -> int:
    """The state's number at its place, with a better score and edge where this one is better; -1 where full."""
    count = beam.counts[place]
    for s in range(count):
        if beam.u[place, s] == u and beam.v[place, s] == v:
            if score > beam.score[place, s]:
                beam.score[place, s], beam.best_edge[place, s] = score, edge
            return s
    if count == _SLOTS:
        return -1
    beam.u[place, count], beam.v[place, count] = u, v
    beam.score[place, count], beam.best_edge[place, count] = score, edge
    beam.counts[place] = count + 1
    return count


@compiled
def _threshold(scores: Array) -> float:
    """The score below which states of a place are dropped."""
    top = scores.max() - _WIDTH
    if len(scores) > _BEAM:
        top = max(top, np.sort(scores)[-_BEAM])
    return top


@compiled
def explore(lattice: Lattice, tables: Tables, weight: float, beam: Beam) -> int:
    """Run the beam over the lattice; returns the number of edges."""
    places = len(lattice.first) - 1
    _add_state(beam, 0, BOS, BOS, 0.0, -1)
    edges = 0
    for place in range(places):
        count = beam.counts[place]
        if count == 0:
            continue
        least = _threshold(beam.score[place, :count])
        for s in range(count):
            score, u, v = beam.score[place, s], beam.u[place, s], beam.v[place, s]
            if score < least:
                continue
            for a in range(lattice.first[place], lattice.first[place + 1]):
                word, second = lattice.word[a], lattice.second[a]
                gain, nu, nv = -lattice.cost[a], u, v
                if word == RESTART:
                    nu, nv = BOS, BOS
                elif word != NOTHING:
                    gain += weight * trigram_logprob(tables, u, v, word)
                    nu, nv = v, word
                    if second >= 0:
                        gain += weight * trigram_logprob(tables, nu, nv, second)
                        nu, nv = nv, second
                if edges == len(beam.edge_arc):
                    return edges
                target = _add_state(beam, lattice.to[a], nu, nv, score + gain, edges)
                if target >= 0:
                    beam.edge_from[edges], beam.edge_to[edges] = place * _SLOTS + s, lattice.to[a] * _SLOTS + target
                    beam.edge_arc[edges], beam.edge_score[edges] = a, gain
                    edges += 1
    return edges


@compiled
def best_path(beam: Beam, places: int) -> Array:
    """The arcs of the best path, in order."""
    count = beam.counts[places]
    path = np.zeros(places + 1, np.int64)
    if count == 0:
        return path[:0]
    state = places * _SLOTS + int(np.argmax(beam.score[places, :count]))
    length = 0
    while True:
        edge = beam.best_edge[state // _SLOTS, state % _SLOTS]
        if edge < 0:
            break
        path[length] = beam.edge_arc[edge]
        length += 1
        state = beam.edge_from[edge]
    return path[:length][::-1].copy()


@compiled
def _log_add(a: float, b: float) -> float:
    if a < b:
        a, b = b, a
    return a if b < -1e29 else a + np.log1p(np.exp(b - a))


@compiled
def posteriors(beam: Beam, edges: int, places: int, arcs: int, sharpness: float) -> Array:
    """The probability of each arc, by sums over all paths in the beam; ``sharpness`` scales their scores."""
    size = (places + 1) * _SLOTS
    forward, backward = np.full(size, -1e30), np.full(size, -1e30)
    forward[0] = 0.0
    for e in range(edges):
        f, t = beam.edge_from[e], beam.edge_to[e]
        forward[t] = _log_add(forward[t], forward[f] + sharpness * beam.edge_score[e])
    total = -1e30
    for s in range(beam.counts[places]):
        total = _log_add(total, forward[places * _SLOTS + s])
        backward[places * _SLOTS + s] = 0.0
    sums = np.zeros(arcs)
    for e in range(edges - 1, -1, -1):
        f, t = beam.edge_from[e], beam.edge_to[e]
        onward = sharpness * beam.edge_score[e] + backward[t]
        backward[f] = _log_add(backward[f], onward)
        if forward[f] > -1e29 and onward > -1e29:
            sums[beam.edge_arc[e]] += np.exp(min(0.0, forward[f] + onward - total))
    return sums


def new_beam(places: int, arcs: int) -> Beam:
    """Room for a search over so many places and arcs."""
    shape, edges = (places + 1, _SLOTS), arcs * _BEAM + 1
    return Beam(
        np.zeros(places + 1, np.int64),
        np.empty(shape, np.int64),
        np.empty(shape, np.int64),
        np.empty(shape, np.float64),
        np.full(shape, -1, np.int64),
        np.empty(edges, np.int64),
        np.empty(edges, np.int64),
        np.empty(edges, np.int32),
        np.empty(edges, np.float64),
    )
