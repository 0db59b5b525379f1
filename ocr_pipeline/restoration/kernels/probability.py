"""Log probabilities of the language model, with the place of the new context: the compiled twin of ``language_model.logprob``."""

from __future__ import annotations

import numpy as np

from ocr_pipeline.restoration.language_model import Array, Tables


def find(words: Array, low: int, high: int, word: int) -> int:
    """Position of a word among sorted successors, or -1."""
    left = high - low
    if left <= 0:
        return -1
    # Halving without a jump that cannot be foreseen.
    while left > 1:
        half = left >> 1
        low += half * (words[low + half] <= word)
        left -= half
    return low if words[low] == word else -1


def start(base: Array, offset: Array, context: int) -> int:
    """Where the longer n-grams of a context begin."""
    # Unsigned numbers beside signed ones would become floating-point ones.
    first: int = np.int64(base[context >> 4]) + np.int64(offset[context])  # type: ignore[assignment]
    return first


def pair_of(tables: Tables, v: int, w: int) -> int:
    """Position of two words, or -1."""
    low, high = np.int64(tables.bigram_start[v]), np.int64(tables.bigram_start[v + 1])
    return find(tables.bigram_word, low, high, w)  # type: ignore[arg-type]


def triple_of(tables: Tables, pair: int, w: int) -> int:
    """Position of the pair with a third word, or -1."""
    if pair < 0:
        return -1
    low = start(tables.trigram_base, tables.trigram_offset, pair)
    return find(tables.trigram_word, low, start(tables.trigram_base, tables.trigram_offset, pair + 1), w)


def after_word(tables: Tables, v: int, w: int, pair: int) -> float:
    """Log probability (nats) of ``w`` after ``v``; ``pair`` is the position of both."""
    if pair >= 0:
        return tables.levels[0, tables.bigram_code[pair]]
    return tables.unigram_backoff[v] + tables.unigram[w]


def after_all(tables: Tables, triple: int, pair: int, w: int, found: int, shorter: float) -> float:
    """Log probability (nats) of ``w`` after the contexts ``triple`` and ``pair``; -1 is a context that is not known.

    ``found`` is the position of the pair with ``w``, and ``shorter`` what the last word alone says.
    """
    logprob = shorter
    if found >= 0:
        logprob = tables.levels[2, tables.trigram_code[found]]
    elif pair >= 0:
        logprob += tables.levels[1, tables.bigram_backoff[pair]]
    if triple < 0:
        return logprob
    low = start(tables.quad_base, tables.quad_offset, triple)
    four = find(tables.quad_word, low, start(tables.quad_base, tables.quad_offset, triple + 1), w)
    if four >= 0:
        return tables.levels[4, tables.quad_code[four]]
    return logprob + tables.levels[3, tables.trigram_backoff[triple]]


def lasting_pair(tables: Tables, pair: int) -> int:
    """The pair as a context: -1 where no third word is known after it, for then it tells nothing."""
    if pair < 0 or start(tables.trigram_base, tables.trigram_offset, pair) == start(
        tables.trigram_base, tables.trigram_offset, pair + 1
    ):
        return -1
    return pair


def lasting_triple(tables: Tables, triple: int) -> int:
    """The same of three words."""
    if triple < 0 or start(tables.quad_base, tables.quad_offset, triple) == start(
        tables.quad_base, tables.quad_offset, triple + 1
    ):
        return -1
    return triple


def logprob_of(tables: Tables, words: Array, out: Array) -> int:
    """Write the log probability of each word after all before it into ``out``; the first three are context only."""
    pair, triple = -1, -1
    for k in range(1, len(words)):
        v, w = words[k - 1], words[k]
        here = pair_of(tables, v, w)
        found = triple_of(tables, pair, w)
        out[k] = after_all(tables, triple, pair, w, found, after_word(tables, v, w, here))
        triple, pair = lasting_triple(tables, found), lasting_pair(tables, here)
    return len(words)
