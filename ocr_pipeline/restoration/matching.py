"""Searches the lexicon for the words that a recognised token may have been; compiled.

The search walks the lexicon's tree and the token side by side: a state is a node of the tree, a place in the token and
the case shape so far; an operation of the channel leads from one state to the next.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np

from ocr_pipeline.restoration.channel import Steps
from ocr_pipeline.restoration.compiled import compiled

Array = np.ndarray[Any, Any]
# Case shapes of the printed word: nothing yet, lower, one capital, capital and lower, all capitals.
START: Final = 0
LOWER: Final = 1
CAPITAL: Final = 2
TITLE: Final = 3
UPPER: Final = 4
_SHAPES: Final = 5
_CAP: Final = 4096
# States of one place in the token that cost more than the best of them by this (nats), or come after so many.
_WIDTH: Final = 7.0
_STATES: Final = 40
_SORTED: Final = 100
_LONGEST: Final = 24


class Tree(NamedTuple):
    """The lexicon as a tree: ``keys`` and ``children`` are an open-addressing table of (node, letter) -> node.

    ``eldest`` and ``sibling`` list the children of a node; ``letter`` leads to it, ``entries`` has its word or -1.
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
    """Memory of the search, kept between tokens."""

    nodes: Array
    shapes: Array
    costs: Array
    counts: Array
    least: Array
    visited: Array


def workspace(nodes: int) -> Workspace:
    """Room for a search in a tree of so many nodes."""
    shape = (_LONGEST + 2, _CAP)
    return Workspace(
        np.zeros(shape, np.int32),
        np.zeros(shape, np.int8),
        np.zeros(shape, np.float32),
        np.zeros(_LONGEST + 2, np.int32),
        np.zeros(_LONGEST + 2, np.float32),
        np.zeros(nodes * _SHAPES + 1, np.int64),
    )


@compiled
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


@compiled
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


@compiled
def _next_shape(shape: int, capital: bool) -> int:
    """The shape after one more letter, or -1 where no word is written so."""
    if shape == START:
        return CAPITAL if capital else LOWER
    if shape == CAPITAL:
        return UPPER if capital else TITLE
    return shape if capital == (shape == UPPER) else -1


@compiled
def _push(space: Workspace, level: int, node: int, shape: int, cost: float) -> None:
    k = space.counts[level]
    if k == 0 or cost < space.least[level]:
        space.least[level] = cost
    if k < _CAP and cost <= space.least[level] + _WIDTH:
        space.nodes[level, k], space.shapes[level, k], space.costs[level, k] = node, shape, cost
        space.counts[level] = k + 1


@compiled
def _apply(
    space: Workspace, tree: Tree, alphabet: Alphabet, level: int, node: int, shape: int, printed: int, cost: float
) -> None:
    """Push the state after an operation with this printed part, where the lexicon has such words."""
    while printed:
        code = printed & 255
        shape = _next_shape(shape, alphabet.capital[code])
        if shape < 0:
            return
        node = child(tree.keys, tree.children, node, alphabet.lower[code])
        if node < 0:
            return
        printed >>= 8
    _push(space, level, node, shape, cost)


@compiled
def _prune(space: Workspace, level: int, stamp: int, width: float) -> int:
    """Keep the best distinct states of a level, best first; returns how many."""
    count, most = 0, space.least[level] + width
    if space.counts[level] > _SORTED:
        # Sorting all is what costs most; of the many, only so many can be kept.
        most = min(most, np.partition(space.costs[level, : space.counts[level]], _SORTED)[_SORTED])
    for k in range(space.counts[level]):
        if space.costs[level, k] <= most:
            space.nodes[level, count], space.shapes[level, count] = space.nodes[level, k], space.shapes[level, k]
            space.costs[level, count] = space.costs[level, k]
            count += 1
    order = np.argsort(space.costs[level, :count])
    nodes = space.nodes[level, :count][order]
    shapes = space.shapes[level, :count][order]
    costs = space.costs[level, :count][order]
    kept = 0
    for k in range(count):
        mark = nodes[k] * _SHAPES + shapes[k]
        if costs[k] > costs[0] + width or kept == _STATES:
            break
        if space.visited[mark] != stamp:
            space.visited[mark] = stamp
            space.nodes[level, kept], space.shapes[level, kept], space.costs[level, kept] = nodes[k], shapes[k], costs[k]
            kept += 1
    space.counts[level] = kept
    return kept


@compiled
def _single(space: Workspace, tree: Tree, alphabet: Alphabet, costs: Array, at: int, to: int) -> None:
    """Apply to every state of level ``at`` the operations with one printed letter, by the letters that may follow it."""
    for s in range(space.counts[at]):
        shape, cost = space.shapes[at, s], space.costs[at, s]
        if costs[0] < np.inf:
            _push(space, to, space.nodes[at, s], shape, cost + costs[0])
        below = tree.eldest[space.nodes[at, s]]
        while below > 0:
            small = costs[tree.letter[below]]
            if small < np.inf and shape != UPPER:
                _push(space, to, below, _next_shape(shape, False), cost + small)
            large = costs[alphabet.upper[tree.letter[below]]]
            if large < np.inf and (shape in (START, CAPITAL, UPPER)):
                _push(space, to, below, _next_shape(shape, True), cost + large)
            below = tree.sibling[below]


@compiled
def _expand(space: Workspace, tree: Tree, alphabet: Alphabet, steps: Steps, at: int, to: int, key: int) -> None:
    """Apply to every state of level ``at`` the operations whose recognised part is ``key``."""
    k = np.searchsorted(steps.keys, key)
    if k == len(steps.keys) or steps.keys[k] != key:
        return
    _single(space, tree, alphabet, steps.single[k], at, to)
    for s in range(space.counts[at]):
        node, shape, cost = space.nodes[at, s], space.shapes[at, s], space.costs[at, s]
        for o in range(steps.starts[k], steps.starts[k + 1]):
            if space.counts[to] and cost + steps.costs[o] > space.least[to] + _WIDTH:
                break
            _apply(space, tree, alphabet, to, node, shape, steps.double[o], cost + steps.costs[o])


@compiled
def _guess(space: Workspace, tree: Tree, alphabet: Alphabet, level: int, code: int, cost: float) -> None:
    """Let the recognised character stand for any letter: damage that was never seen before."""
    for s in range(space.counts[level]):
        if space.counts[level + 1] and space.costs[level, s] + cost > space.least[level + 1] + _WIDTH:
            break
        node, shape = space.nodes[level, s], space.shapes[level, s]
        capital = alphabet.capital[code] if shape == START else shape == UPPER
        after = _next_shape(shape, capital)
        below = tree.eldest[node]
        while below > 0:
            _push(space, level + 1, below, after, space.costs[level, s] + cost)
            below = tree.sibling[below]


@compiled
def match(
    token: Array, tree: Tree, alphabet: Alphabet, steps: Steps, space: Workspace, stamp: int, width: float, guess: float
) -> tuple[Array, Array, Array]:
    """Entries of the lexicon that may have given ``token``, with their shapes and costs, best first.

    ``stamp`` must be larger by 64 than that of the search before. ``guess`` is the cost at which a character may stand
    for any letter, 0 for never.
    """
    n = len(token)
    space.counts[: n + 1] = 0
    _push(space, 0, 0, START, 0.0)
    for level in range(n + 1):
        _prune(space, level, stamp + 2 * level, _WIDTH)
        _expand(space, tree, alphabet, steps, level, level, 0)
        _prune(space, level, stamp + 2 * level + 1, _WIDTH)
        key = 0
        for b in range(min(3, n - level)):
            key |= token[level + b] << (8 * b)
            _expand(space, tree, alphabet, steps, level, level + b + 1, key)
        if guess > 0.0 and level < n:
            _guess(space, tree, alphabet, level, token[level], guess)
    found = 0
    for s in range(space.counts[n]):
        entry = tree.entries[space.nodes[n, s]]
        if entry >= 0 and space.costs[n, s] <= space.costs[n, 0] + width + _WIDTH:
            space.nodes[n, found], space.shapes[n, found], space.costs[n, found] = entry, space.shapes[n, s], space.costs[n, s]
            found += 1
    return space.nodes[n, :found].copy(), space.shapes[n, :found].copy(), space.costs[n, :found].copy()
