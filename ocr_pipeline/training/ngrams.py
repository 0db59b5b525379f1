"""Counts of word triples, and the probabilities they give: absolute discounting, interpolated, pruned, in 8-bit codes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from ocr_pipeline.restoration.language_model import BOS, Casing, Model

_WORD_BITS: Final = np.uint64(16)
_WORD_MASK: Final = np.uint64(0xFFFF)
# No log probability below this (nats): a word that no text has shown may still stand on a page.
_FLOOR: Final = -18.0

Keys = npt.NDArray[np.uint64]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class Counts(NamedTuple):
    """N-grams packed 16 bits a word, in rising order; raw counts, and counts weighted by source."""

    keys: Keys
    raw: Floats
    weighted: Floats


class Sizes(NamedTuple):
    """How many bigrams and trigrams are kept."""

    bigrams: int
    trigrams: int


class Scored(NamedTuple):
    """Kept n-grams with the log probability of their last word."""

    keys: Keys
    logprob: Floats


def count(
    sources: Mapping[str, npt.NDArray[np.uint16]],
    starts: Mapping[str, npt.NDArray[np.uint16]],
    weights: Mapping[str, float],
    order: int,
) -> Counts:
    """N-grams of one order in all sources, none over the start of a paragraph, and the beginnings of sentences.

    ``starts`` holds ``BOS`` and the first two words of each sentence; only what follows ``BOS`` is new in them.
    """
    merged = Counts(np.zeros(0, np.uint64), np.zeros(0), np.zeros(0))
    for name in sources:
        begun = _packed(starts[name], order)
        begun = begun[begun >> (_WORD_BITS * np.uint64(order - 1)) == BOS]
        keys, numbers = np.unique(np.concatenate([_packed(sources[name], order), begun]), return_counts=True)
        raw = numbers.astype(np.float64)
        merged = _merge(merged, Counts(keys, raw, raw * weights[name]))
    return merged


def _packed(ids: npt.NDArray[np.uint16], order: int) -> Keys:
    end = len(ids) - order + 1
    inside = np.ones(max(end, 0), bool)
    keys = np.zeros(max(end, 0), np.uint64)
    for k in range(order):
        part = ids[k : k + len(keys)]
        keys = (keys << _WORD_BITS) | part.astype(np.uint64)
        if k:
            inside &= part != BOS
    return keys[inside]


def _merge(a: Counts, b: Counts) -> Counts:
    keys = np.concatenate([a.keys, b.keys])
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    first = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]])[: len(keys)])
    sums = (np.add.reduceat(np.concatenate(p)[order], first) for p in ((a.raw, b.raw), (a.weighted, b.weighted)))
    return Counts(keys[first], *sums)


def continuations(counts: Counts) -> Counts:
    """Counts of one order less by distinct left neighbours (Kneser and Ney), each weighing as its sources do."""
    width = int(counts.keys.max(initial=np.uint64(1))).bit_length()
    bits = np.uint64(-(-width // 16) * 16 - 16)
    short = counts.keys & ((np.uint64(1) << bits) - np.uint64(1))
    order = np.argsort(short, kind="stable")
    keys = short[order]
    first = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]]))
    ratio = counts.weighted / counts.raw
    return Counts(keys[first], np.diff(np.append(first, len(keys))).astype(float), np.add.reduceat(ratio[order], first))


def _discounted(counts: Counts) -> Floats:
    """Weighted counts less the modified Kneser-Ney discount, which the raw counts decide."""
    n = [float(np.count_nonzero(counts.raw == k)) or 1.0 for k in (1, 2, 3, 4)]
    y = n[0] / (n[0] + 2 * n[1])
    steps = [min(max(k - (k + 1) * y * n[k] / n[k - 1], 0.1), k * 0.95) for k in (1, 2, 3)]
    taken = np.array([0.0, *steps])[np.minimum(counts.raw, 3).astype(int)]
    kept: Floats = counts.weighted * (1 - taken / counts.raw)
    return kept


class _Order(NamedTuple):
    """Interpolated log probabilities of one order, before pruning, and what shorter contexts would say instead."""

    keys: Keys
    logprob: Floats
    without: Floats


def unigrams(counts: Counts, words: int) -> Floats:
    """Log probabilities of all words; the discounted mass is shared equally, so that none has zero."""
    probability = np.zeros(words)
    kept = _discounted(counts)
    probability[counts.keys.astype(int)] = kept / counts.weighted.sum()
    probability += (1 - probability.sum()) / words
    probability[BOS] = 0.0
    floored: Floats = np.maximum(np.log(np.maximum(probability / probability.sum(), 1e-30)), _FLOOR)
    return floored


def _interpolated(counts: Counts, shorter: Floats) -> _Order:
    """One order above ``shorter``, which gives the log probability of each n-gram's last word in the shorter context."""
    first = _group_starts(counts.keys)
    sizes = np.diff(np.append(first, len(counts.keys)))
    kept = _discounted(counts)
    total = np.repeat(np.add.reduceat(counts.weighted, first), sizes)
    rest = 1 - np.repeat(np.add.reduceat(kept, first), sizes) / total
    below = rest * np.exp(shorter)
    return _Order(counts.keys, np.log(kept / total + below), np.log(below))


def _group_starts(keys: Keys) -> Ints:
    context = keys >> _WORD_BITS
    return np.flatnonzero(np.concatenate([[True], context[1:] != context[:-1]]))


def _gain(order: _Order, occurrences: Floats) -> Floats:
    """What each n-gram saves on the training text, in nats, over leaving it to the shorter context."""
    return occurrences * (order.logprob - order.without)


def _best(gain: Floats, keep: int, always: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    chosen = always.copy()
    ranked = np.argsort(-np.where(always, -np.inf, gain), kind="stable")
    chosen[ranked[: max(keep - int(always.sum()), 0)]] = True
    return chosen


def _at(keys: Keys, wanted: Keys) -> Ints:
    """Positions of wanted keys among sorted ones, which has them all."""
    return np.searchsorted(keys, wanted).astype(np.int64)


class Trained(NamedTuple):
    """All orders after pruning, before they are coded."""

    unigram: Floats
    bigram: Scored
    trigram: Scored


def estimate(pairs: Counts, triples: Counts, words: int, sizes: Sizes, *, kneser_ney: bool = True) -> Trained:
    """Probabilities of three orders; of the n-grams those are kept that save most."""
    low_pairs, low_words = _lower_orders(pairs, triples, kneser_ney)
    single = unigrams(low_words, words)
    two = _interpolated(low_pairs, single[(low_pairs.keys & _WORD_MASK).astype(int)])
    suffix = _at(two.keys, triples.keys & np.uint64(0xFFFFFFFF))
    three = _interpolated(triples, two.logprob[suffix])
    chosen = _best(_gain(three, triples.weighted), sizes.trigrams, np.zeros(len(three.keys), bool))
    trigram = Scored(three.keys[chosen], three.logprob[chosen])
    contexts = np.isin(two.keys, np.unique(trigram.keys >> _WORD_BITS))
    occurrences = pairs.weighted[_at(pairs.keys, two.keys)]
    kept = _best(_gain(two, occurrences), sizes.bigrams, contexts)
    return Trained(single, Scored(two.keys[kept], two.logprob[kept]), trigram)


def _lower_orders(pairs: Counts, triples: Counts, kneser_ney: bool) -> tuple[Counts, Counts]:
    if not kneser_ney:
        return pairs, _last_words(pairs)
    starting = pairs.keys >> _WORD_BITS == BOS
    at_start = Counts(pairs.keys[starting], pairs.raw[starting], pairs.weighted[starting])
    return _merge(continuations(triples), at_start), continuations(pairs)


def _last_words(pairs: Counts) -> Counts:
    word = (pairs.keys & _WORD_MASK).astype(int)
    raw, weighted = (np.bincount(word, column).astype(np.float64) for column in (pairs.raw, pairs.weighted))
    seen = np.flatnonzero(raw)
    return Counts(seen.astype(np.uint64), raw[seen], weighted[seen])


def pack(trained: Trained, words: list[str], forms: list[str], casing: Casing) -> Model:
    """The arrays of the file: coded probabilities, and the back-off weights that make each context sum to one."""
    two, three = trained.bigram, trained.trigram
    two_levels, two_codes = _coded(two.logprob)
    three_levels, three_codes = _coded(three.logprob)
    last = (two.keys & _WORD_MASK).astype(np.int64)
    single_backoff = _backoff((two.keys >> _WORD_BITS).astype(np.int64), two_levels[two_codes], trained.unigram[last], len(words))
    context = _at(two.keys, three.keys >> _WORD_BITS)
    shorter = _bigram_logprob(trained.unigram, single_backoff, two.keys, two_levels[two_codes], three.keys)
    pair_backoff = _backoff(context, three_levels[three_codes], shorter, len(two.keys))
    levels, codes = _coded(pair_backoff)
    return Model(
        words, forms, casing, trained.unigram.astype(np.float32), single_backoff.astype(np.float32),
        np.searchsorted(two.keys >> _WORD_BITS, np.arange(len(words) + 1)).astype(np.uint32),
        last.astype(np.uint16), two_codes, codes, np.searchsorted(context, np.arange(len(two.keys) + 1)).astype(np.int64),
        (three.keys & _WORD_MASK).astype(np.uint16), three_codes,
        np.stack([two_levels, levels, three_levels]).astype(np.float32),
    )  # fmt: skip


def _coded(values: Floats) -> tuple[Floats, npt.NDArray[np.uint8]]:
    """256 levels, each the mean of as many values, and the nearest one's number for each value."""
    parts = np.array_split(np.sort(values), 256)
    levels = np.array([part.mean() if len(part) else 0.0 for part in parts])
    levels = np.sort(levels.astype(np.float32).astype(float))
    return levels, np.searchsorted((levels[1:] + levels[:-1]) / 2, values).astype(np.uint8)


def _backoff(context: Ints, logprob: Floats, shorter: Floats, contexts: int) -> Floats:
    """Log weight of the shorter context: the mass left over, by the mass it gives to the words not listed."""
    left = 1 - np.bincount(context, np.exp(logprob), contexts)
    covered = 1 - np.bincount(context, np.exp(shorter), contexts)
    return np.log(np.maximum(left, 1e-4) / np.maximum(covered, 1e-4))


def _bigram_logprob(single: Floats, backoff: Floats, keys: Keys, logprob: Floats, triples: Keys) -> Floats:
    """What the pruned bigrams say of the last word of each triple."""
    pair = triples & np.uint64(0xFFFFFFFF)
    at = np.minimum(_at(keys, pair), len(keys) - 1)
    apart = backoff[(pair >> _WORD_BITS).astype(int)] + single[(pair & _WORD_MASK).astype(int)]
    return np.where(keys[at] == pair, logprob[at], apart)
