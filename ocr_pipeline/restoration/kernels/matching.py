"""Searches a tree of spellings for what a recognised text may have been.

The search walks the tree and the text side by side: a state is a node of the tree, a place in the text and the case shape
so far; an operation of the channel leads from one state to the next.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from ocr_pipeline.restoration.channel import Array, Steps

# Case shapes of the printed word: nothing yet, lower, one capital, capital and lower, all capitals.
START: Final = 0
LOWER: Final = 1
CAPITAL: Final = 2
TITLE: Final = 3
UPPER: Final = 4
SHAPES: Final = 5
CAP: Final = 4096
# States of one place in the text that cost more than the best of them by this (nats), or come after so many, are left.
WIDTH: Final = 12.0
STATES: Final = 100
# With guesses there are more of one cost, and none is better than the others.
GUESSED_STATES: Final = 500
LONGEST: Final = 24
# An operation leads so many places on at most; as many levels are being filled at a time.
LEVELS: Final = 4


class Tree(NamedTuple):
    """Spellings as a tree: ``keys`` and ``children`` are an open-addressing table of (node, letter) -> node.

    ``eldest`` and ``sibling`` list the children of a node; ``letter`` leads to it, ``entries`` has its spelling or -1.
    """

    keys: Array
    children: Array
    entries: Array
    eldest: Array
    sibling: Array
    letter: Array


class Alphabet(NamedTuple):
    """By code of a character: the codes of its lower and upper case, and whether it is a capital."""

    lower: Array
    upper: Array
    capital: Array


class Workspace(NamedTuple):
    """Memory of the search, kept between texts; ``place`` says where a state lies in a level, ``stamps`` of which search."""

    nodes: Array
    shapes: Array
    costs: Array
    counts: Array
    least: Array
    place: Array
    stamps: Array
    ranked: Array
    kept_nodes: Array
    kept_shapes: Array
    kept_costs: Array


def workspace(nodes: int) -> Workspace:
    """Room for a search in a tree of so many nodes."""
    shape, kept = (LONGEST + 2, CAP), (LONGEST + 2, GUESSED_STATES)
    return Workspace(
        np.zeros(shape, np.int32), np.zeros(shape, np.int32), np.zeros(shape, np.float64),
        np.zeros(LONGEST + 2, np.int64), np.zeros(LONGEST + 2, np.float64),
        np.zeros((LEVELS, nodes * SHAPES + 1), np.int32), np.zeros((LEVELS, nodes * SHAPES + 1), np.int64),
        np.zeros(GUESSED_STATES, np.int64),
        np.zeros(kept, np.int32), np.zeros(kept, np.int32), np.zeros(kept, np.float64),
    )  # fmt: skip


def child(keys: Array, children: Array, node: int, code: int) -> int:
    """The node below ``node`` by a letter, or -1."""
    key = node << 8 | code
    mask = len(keys) - 1
    at = (key * 0x9E3779B1 >> 7) & mask
    while keys[at] != key:
        if keys[at] == -1:
            return -1
        at = (at + 1) & mask
    return children[at]


def grow(letters: Array, ends: Array, tree: Tree) -> int:
    """Fill the tables of a tree with words (runs of ``letters``); returns the number of nodes."""
    mask = len(tree.keys) - 1
    nodes, start = 1, 0
    for word in range(len(ends)):
        node = 0
        for k in range(start, ends[word]):
            key = node << 8 | letters[k]
            at = (key * 0x9E3779B1 >> 7) & mask
            while tree.keys[at] != key and tree.keys[at] != -1:
                at = (at + 1) & mask
            if tree.keys[at] == -1:
                tree.keys[at], tree.children[at] = key, nodes
                tree.letter[nodes], tree.sibling[nodes], tree.eldest[node] = letters[k], tree.eldest[node], nodes
                nodes += 1
            node = tree.children[at]
        start = ends[word]
        if tree.entries[node] < 0:
            tree.entries[node] = word
    return nodes


def _next_shape(shape: int, capital: bool) -> int:
    """The shape after one more letter, or -1 where no word is written so."""
    if shape == START:
        return CAPITAL if capital else LOWER
    if shape == CAPITAL:
        return UPPER if capital else TITLE
    return shape if capital == (shape == UPPER) else -1


def _push(space: Workspace, level: int, stamp: int, node: int, shape: int, cost: float) -> None:
    """Add a state to a level, or make it cheaper there; ``stamp`` is the search's."""
    k = space.counts[level]
    if k and cost > space.least[level] + WIDTH:
        return
    if k == 0 or cost < space.least[level]:
        space.least[level] = cost
    row, mark = level & (LEVELS - 1), node * SHAPES + shape
    if space.stamps[row, mark] == stamp + level:
        at = space.place[row, mark]
        space.costs[level, at] = min(space.costs[level, at], cost)
    elif k < CAP:
        space.stamps[row, mark], space.place[row, mark] = stamp + level, k
        space.nodes[level, k], space.shapes[level, k], space.costs[level, k] = node, shape, cost
        space.counts[level] = k + 1


def _rank(space: Workspace, level: int, states: int) -> int:
    """Put the best states of a level in order into ``kept``, at most so many; returns how many."""
    kept, most = 0, space.least[level] + WIDTH
    for k in range(space.counts[level]):
        cost = space.costs[level, k]
        if cost > most or (kept == states and cost >= space.costs[level, space.ranked[states - 1]]):
            continue
        at = min(kept, states - 1)
        while at > 0 and space.costs[level, space.ranked[at - 1]] > cost:
            space.ranked[at] = space.ranked[at - 1]
            at -= 1
        space.ranked[at] = k
        kept = min(kept + 1, states)
    for k in range(kept):
        s = space.ranked[k]
        space.kept_nodes[level, k], space.kept_shapes[level, k] = space.nodes[level, s], space.shapes[level, s]
        space.kept_costs[level, k] = space.costs[level, s]
    return kept


def _apply(
    space: Workspace, tree: Tree, alphabet: Alphabet, level: int, stamp: int, node: int, shape: int, printed: int, cost: float
) -> None:
    """Push the state after an operation with this printed part, where the tree has such words."""
    while printed:
        code = printed & 255
        shape = _next_shape(shape, alphabet.capital[code])
        if shape < 0:
            return
        node = child(tree.keys, tree.children, node, alphabet.lower[code])
        if node < 0:
            return
        printed >>= 8
    _push(space, level, stamp, node, shape, cost)


def _single(space: Workspace, tree: Tree, alphabet: Alphabet, costs: Array, kept: int, at: int, to: int, stamp: int) -> None:
    """Apply to the states of level ``at`` the operations with one printed letter, by the letters that may follow it."""
    for s in range(kept):
        node, shape, cost = space.kept_nodes[at, s], space.kept_shapes[at, s], space.kept_costs[at, s]
        if costs[0] < np.inf:
            _push(space, to, stamp, node, shape, cost + costs[0])
        below = tree.eldest[node]
        while below > 0:
            small = costs[tree.letter[below]]
            if small < np.inf and shape != UPPER:
                _push(space, to, stamp, below, _next_shape(shape, False), cost + small)
            large = costs[alphabet.upper[tree.letter[below]]]
            if large < np.inf and shape in (START, CAPITAL, UPPER):
                _push(space, to, stamp, below, _next_shape(shape, True), cost + large)
            below = tree.sibling[below]


def _expand(
    space: Workspace, tree: Tree, alphabet: Alphabet, steps: Steps, kept: int, at: int, to: int, stamp: int, key: int
) -> None:
    """Apply to the states of level ``at`` the operations whose recognised part is ``key``."""
    k = np.searchsorted(steps.keys, key)
    if k == len(steps.keys) or steps.keys[k] != key:
        return
    _single(space, tree, alphabet, steps.single[k], kept, at, to, stamp)
    for s in range(kept):
        node, shape, cost = space.kept_nodes[at, s], space.kept_shapes[at, s], space.kept_costs[at, s]
        for o in range(steps.starts[k], steps.starts[k + 1]):
            if space.counts[to] and cost + steps.costs[o] > space.least[to] + WIDTH:
                break
            _apply(space, tree, alphabet, to, stamp, node, shape, steps.double[o], cost + steps.costs[o])


def _guess(space: Workspace, tree: Tree, alphabet: Alphabet, kept: int, level: int, stamp: int, code: int, cost: float) -> None:
    """Let the recognised character stand for any letter: damage that was never seen before."""
    for s in range(kept):
        if space.counts[level + 1] and space.kept_costs[level, s] + cost > space.least[level + 1] + WIDTH:
            break
        node, shape = space.kept_nodes[level, s], space.kept_shapes[level, s]
        capital = alphabet.capital[code] if shape == START else shape == UPPER
        after = _next_shape(shape, capital)
        below = tree.eldest[node]
        while below > 0:
            _push(space, level + 1, stamp, below, after, space.kept_costs[level, s] + cost)
            below = tree.sibling[below]


def match(text: Array, tree: Tree, alphabet: Alphabet, steps: Steps, space: Workspace, stamp: int, guess: float) -> int:
    """How many spellings may have given ``text``; row ``LONGEST + 1`` of ``kept`` has them, shapes and costs, best first.

    ``stamp`` must be larger by ``CAP`` than that of the search before. ``guess`` is the cost at which a character may stand
    for any letter, 0 for never.
    """
    n, states = len(text), GUESSED_STATES if guess > 0.0 else STATES
    space.counts[: n + 1] = 0
    _push(space, 0, stamp, 0, START, 0.0)
    kept = 0
    for level in range(n + 1):
        kept = _rank(space, level, states)
        _expand(space, tree, alphabet, steps, kept, level, level, stamp, 0)
        kept = _rank(space, level, states)
        key = 0
        for b in range(min(3, n - level)):
            key |= text[level + b] << (8 * b)
            _expand(space, tree, alphabet, steps, kept, level, level + b + 1, stamp, key)
        if guess > 0.0 and level < n:
            _guess(space, tree, alphabet, kept, level, stamp, text[level], guess)
    found = 0
    for s in range(kept):
        entry = tree.entries[space.kept_nodes[n, s]]
        if entry >= 0:
            space.kept_nodes[LONGEST + 1, found], space.kept_shapes[LONGEST + 1, found] = entry, space.kept_shapes[n, s]
            space.kept_costs[LONGEST + 1, found] = space.kept_costs[n, s]
            found += 1
    return found
