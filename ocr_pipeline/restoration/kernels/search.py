"""Finds the best path through a lattice of readings, and how sure each step is.

A state is the context that the language model still knows: three words, two or one. Scores are weighted log
probabilities less the costs of the channel. The beam keeps the edges between its states, so that forward and backward
sums over it give each arc a posterior probability.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from ocr_pipeline.restoration.kernels.probability import (
    after_all,
    after_word,
    lasting_pair,
    lasting_triple,
    pair_of,
    triple_of,
)  # fmt: skip
from ocr_pipeline.restoration.language_model import BOS, Array, Tables

BEAM: Final = 32
WIDTH: Final = 14.0
# Candidates for the states of one place, and the hash table over them.
CANDIDATES: Final = 600
SLOTS: Final = 2048
# Arcs with one start and end for which what follows each word is remembered.
REMEMBERED: Final = 256
# A transparent arc leaves the state as it is.
NOTHING: Final = -1
# A break between paragraphs: the words after it start anew.
RESTART: Final = -2


class Lattice(NamedTuple):
    """Arcs sorted by where they arrive, start and cost: ``into[p]:into[p + 1]`` arrive at place ``p``; -1 is no second word."""

    into: Array
    origin: Array
    word: Array
    second: Array
    cost: Array


class Beam(NamedTuple):
    """States and edges of a search: at place ``p`` stand ``states[p]:states[p + 1]``, into it lead ``edges[p]:edges[p + 1]``.

    ``top`` is the best score at the place of a state.
    """

    states: Array
    edges: Array
    word: Array
    pair: Array
    triple: Array
    score: Array
    best_edge: Array
    top: Array
    edge_from: Array
    edge_to: Array
    edge_arc: Array
    edge_score: Array


class Candidates(NamedTuple):
    """States of the place in hand before the best are chosen, found again by their context; and memory of word pairs."""

    word: Array
    pair: Array
    triple: Array
    score: Array
    best_edge: Array
    slot: Array
    ranked: Array
    table: Array
    pair_at: Array
    pair_logprob: Array
    pair_word: Array


def _candidate(found: Candidates, count: int, word: int, pair: int, triple: int) -> int:
    """The number of the candidate with this context; ``count`` where it is new."""
    at = (word * 0x9E3779B1 + pair * 0x85EBCA6B + triple * 0xC2B2AE35) >> 9 & (SLOTS - 1)
    while found.table[at] >= 0:
        k = found.table[at]
        if found.word[k] == word and found.pair[k] == pair and found.triple[k] == triple:
            return k
        at = (at + 1) & (SLOTS - 1)
    if count < CANDIDATES:
        found.table[at] = count
        found.slot[count] = at
        found.word[count], found.pair[count], found.triple[count] = word, pair, triple
        found.score[count] = -np.inf
    return count


def _remembered(tables: Tables, found: Candidates, row: int, column: int, v: int, w: int) -> int:
    """Where in the memory of word pairs ``v w`` stands; looked up where it is not yet there."""
    at = row * REMEMBERED + column
    if found.pair_at[at] == -2:
        found.pair_at[at] = pair_of(tables, v, w)
        found.pair_logprob[at] = after_word(tables, v, w, found.pair_at[at])
    return at


def _row_of(found: Candidates, rows: int, v: int, columns: int) -> int:
    """The row of the memory for a word ``v``; emptied where it is new, which is when the answer is ``rows``."""
    for row in range(rows):
        if found.pair_word[row] == v:
            return row
    found.pair_word[rows] = v
    found.pair_at[rows * REMEMBERED : rows * REMEMBERED + columns] = -2
    return rows


def _follow(
    lattice: Lattice, tables: Tables, weight: float, beam: Beam, found: Candidates, first: int, last: int, count: int, edge: int
) -> tuple[int, int]:
    """Lead every state of one place over the arcs ``first`` to ``last``; counts of candidates and edges after that."""
    origin, rows = lattice.origin[first], 0
    columns = min(last - first, REMEMBERED)
    least = -np.inf
    for k in range(count):
        least = max(least, found.score[k] - WIDTH)
    for s in range(beam.states[origin], beam.states[origin + 1]):
        v = beam.word[s]
        row = _row_of(found, rows, v, columns)
        rows = max(rows, row + 1)
        for a in range(first, first + columns):
            if beam.score[s] - lattice.cost[a] < least:
                break
            gain, word, pair, triple = -lattice.cost[a], v, beam.pair[s], beam.triple[s]
            if lattice.word[a] == RESTART:
                word, pair, triple = BOS, -1, -1
            elif lattice.word[a] != NOTHING:
                word = lattice.word[a]
                at = _remembered(tables, found, row, a - first, v, word)
                three = triple_of(tables, pair, word)
                gain += weight * after_all(tables, triple, pair, word, three, found.pair_logprob[at])
                pair, triple = lasting_pair(tables, found.pair_at[at]), lasting_triple(tables, three)
                if lattice.second[a] >= 0:
                    v2, word = word, lattice.second[a]
                    two, three = pair_of(tables, v2, word), triple_of(tables, pair, word)
                    gain += weight * after_all(tables, triple, pair, word, three, after_word(tables, v2, word, two))
                    pair, triple = lasting_pair(tables, two), lasting_triple(tables, three)
            total = beam.score[s] + gain
            if total < least:
                continue
            target = _candidate(found, count, word, pair, triple)
            if target == CANDIDATES:
                continue
            count = max(count, target + 1)
            if total > found.score[target]:
                found.score[target], found.best_edge[target] = total, edge
                least = max(least, total - WIDTH)
            beam.edge_from[edge], beam.edge_to[edge], beam.edge_arc[edge] = s, target, a
            beam.edge_score[edge] = gain
            edge += 1
    return count, edge


def _rank(found: Candidates, count: int) -> int:
    """Put the best candidates in order into ``ranked``; returns how many."""
    kept = 0
    for k in range(count):
        score = found.score[k]
        if kept == BEAM and score <= found.score[found.ranked[kept - 1]]:
            continue
        at = kept if kept < BEAM else BEAM - 1
        while at > 0 and found.score[found.ranked[at - 1]] < score:
            found.ranked[at] = found.ranked[at - 1]
            at -= 1
        found.ranked[at] = k
        kept = min(kept + 1, BEAM)
    while kept > 1 and found.score[found.ranked[kept - 1]] < found.score[found.ranked[0]] - WIDTH:
        kept -= 1
    return kept


def _settle(beam: Beam, found: Candidates, place: int, count: int, edge: int) -> int:
    """Make states of the best candidates, and keep the edges that lead to them; returns the number of edges."""
    kept = _rank(found, count)
    state = beam.states[place]
    for k in range(count):
        found.table[found.slot[k]] = -1
        found.slot[k] = -1
    for k in range(kept):
        c = found.ranked[k]
        found.slot[c] = state + k
        beam.word[state + k], beam.pair[state + k], beam.triple[state + k] = found.word[c], found.pair[c], found.triple[c]
        beam.score[state + k], beam.top[state + k] = found.score[c], found.score[found.ranked[0]]
    beam.states[place + 1] = state + kept
    written = beam.edges[place]
    for e in range(beam.edges[place], edge):
        c = beam.edge_to[e]
        if found.slot[c] >= 0:
            beam.edge_from[written], beam.edge_arc[written] = beam.edge_from[e], beam.edge_arc[e]
            beam.edge_to[written], beam.edge_score[written] = found.slot[c], beam.edge_score[e]
            if found.best_edge[c] == e:
                beam.best_edge[found.slot[c]] = written
            written += 1
    beam.edges[place + 1] = written
    return written


def explore(lattice: Lattice, tables: Tables, weight: float, beam: Beam, found: Candidates) -> int:
    """Run the beam over the lattice; returns the number of edges."""
    beam.word[0], beam.pair[0], beam.triple[0], beam.score[0], beam.best_edge[0], beam.top[0] = BOS, -1, -1, 0.0, -1, 0.0
    beam.states[0], beam.states[1], beam.edges[0], beam.edges[1] = 0, 1, 0, 0
    edge = 0
    for place in range(1, len(lattice.into) - 1):
        count, first = 0, lattice.into[place]
        while first < lattice.into[place + 1]:
            last = first
            while last < lattice.into[place + 1] and lattice.origin[last] == lattice.origin[first]:
                last += 1
            count, edge = _follow(lattice, tables, weight, beam, found, first, last, count, edge)
            first = last
        edge = _settle(beam, found, place, count, edge)
    return edge


def best_path(beam: Beam, places: int, path: Array) -> int:
    """Write the arcs of the best path, last first; returns how many."""
    length = 0
    if beam.states[places] == beam.states[places + 1]:
        return 0
    edge = beam.best_edge[beam.states[places]]
    while edge >= 0:
        path[length] = beam.edge_arc[edge]
        length += 1
        edge = beam.best_edge[beam.edge_from[edge]]
    return length


def posteriors(beam: Beam, places: int, sharpness: float, forward: Array, backward: Array, sums: Array) -> None:
    """Add to ``sums`` the probability of each arc, over all paths in the beam; ``sharpness`` scales their scores.

    Sums are relative to the best score of each place, so that no number grows or vanishes.
    """
    edges = beam.edges[places + 1]
    forward[0] = 1.0
    for e in range(edges):
        f, t = beam.edge_from[e], beam.edge_to[e]
        beam.edge_score[e] = np.exp(sharpness * (beam.edge_score[e] + beam.top[f] - beam.top[t]))
        forward[t] += forward[f] * beam.edge_score[e]
    total = 0.0
    for s in range(beam.states[places], beam.states[places + 1]):
        total += forward[s]
        backward[s] = 1.0
    if total <= 0.0:
        return
    for e in range(edges - 1, -1, -1):
        f, t = beam.edge_from[e], beam.edge_to[e]
        onward = beam.edge_score[e] * backward[t]
        backward[f] += onward
        sums[beam.edge_arc[e]] += forward[f] * onward / total


def search(
    lattice: Lattice, tables: Tables, weight: float, sharpness: float, beam: Beam, found: Candidates,
    forward: Array, backward: Array, path: Array, sums: Array,
) -> int:  # fmt: skip
    """The best path, last arc first, into ``path``, and the probability of every arc into ``sums``; the path's length."""
    places = len(lattice.into) - 2
    explore(lattice, tables, weight, beam, found)
    length = best_path(beam, places, path)
    posteriors(beam, places, sharpness, forward, backward, sums)
    return length
