"""Counts of up to four words, and the probabilities they give: Kneser and Ney's, interpolated, pruned, in 8-bit codes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from ocr_pipeline.restoration.language_model import BOS, Casing, Model

_WORD_BITS: Final = np.uint64(16)
_WORD_MASK: Final = np.uint64(0xFFFF)
_LAST_TWO: Final = np.uint64(0xFFFF_FFFF)
_LAST_THREE: Final = np.uint64(0xFFFF_FFFF_FFFF)
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
    """How many n-grams of two, three and four words are kept."""

    bigrams: int
    trigrams: int
    quadrigrams: int


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

    ``starts`` holds ``BOS`` and the first three words of each sentence; only what follows ``BOS`` is new in them.
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
    quadrigram: Scored


def estimate(pairs: Counts, triples: Counts, quads: Counts, words: int, sizes: Sizes) -> Trained:
    """Probabilities of four orders; of the n-grams those are kept that save most, and the contexts of those kept."""
    low_triples = _merge(continuations(quads), _at_start(triples, 2))
    low_pairs = _merge(continuations(triples), _at_start(pairs, 1))
    single = unigrams(continuations(pairs), words)
    two = _interpolated(low_pairs, single[(low_pairs.keys & _WORD_MASK).astype(int)])
    three = _interpolated(low_triples, two.logprob[_at(two.keys, low_triples.keys & _LAST_TWO)])
    four = _interpolated(quads, three.logprob[_at(three.keys, quads.keys & _LAST_THREE)])
    quadrigram = _kept(four, quads.weighted, sizes.quadrigrams, np.zeros(0, np.uint64))
    trigram = _kept(three, triples.weighted[_at(triples.keys, three.keys)], sizes.trigrams, quadrigram.keys)
    bigram = _kept(two, pairs.weighted[_at(pairs.keys, two.keys)], sizes.bigrams, trigram.keys)
    return Trained(single, bigram, trigram, quadrigram)


def _at_start(counts: Counts, others: int) -> Counts:
    """The n-grams of a beginning sentence, ``BOS`` and so many words: they have no left neighbours to be counted by."""
    chosen = counts.keys >> (_WORD_BITS * np.uint64(others)) == BOS
    return Counts(counts.keys[chosen], counts.raw[chosen], counts.weighted[chosen])


def _kept(order: _Order, occurrences: Floats, keep: int, longer: Keys) -> Scored:
    """The n-grams that save most, with all that are contexts of longer ones."""
    contexts = np.isin(order.keys, np.unique(longer >> _WORD_BITS))
    chosen = _best(_gain(order, occurrences), keep, contexts)
    return Scored(order.keys[chosen], order.logprob[chosen])


def pack(trained: Trained, words: list[str], forms: list[str], casing: Casing) -> Model:
    """The arrays of the file: coded probabilities, and the back-off weights that make each context sum to one."""
    single, two = trained.unigram, _Coded(trained.bigram.keys, *_coded(trained.bigram.logprob))
    three, four = (_Coded(o.keys, *_coded(o.logprob)) for o in (trained.trigram, trained.quadrigram))
    single_backoff = _backoff((two.keys >> _WORD_BITS).astype(np.int64), two.values, single[_last(two.keys)], len(words))
    shorter = _below(two, single_backoff[_first(three.keys & _LAST_TWO, 1)] + single[_last(three.keys)], three.keys & _LAST_TWO)
    pair_levels, pair_codes = _coded(_backoff(_at(two.keys, three.keys >> _WORD_BITS), three.values, shorter, len(two.keys)))
    suffix, last_two = four.keys & _LAST_THREE, four.keys & _LAST_TWO
    lowest = _below(two, single_backoff[_first(last_two, 1)] + single[_last(four.keys)], last_two)
    # Where the context of a pair is not kept, nothing was left over to weigh.
    weights = np.append(pair_levels[pair_codes], 0.0)[_position(two.keys, suffix >> _WORD_BITS)]
    shorter = _below(three, weights + lowest, suffix)
    triple_levels, triple_codes = _coded(
        _backoff(_at(three.keys, four.keys >> _WORD_BITS), four.values, shorter, len(three.keys))
    )
    return Model(
        words, forms, casing, single.astype(np.float32), single_backoff.astype(np.float32),
        _starts(two.keys, np.arange(len(words), dtype=np.uint64)), _last(two.keys).astype(np.uint16), two.codes, pair_codes,
        _starts(three.keys, two.keys), _last(three.keys).astype(np.uint16), three.codes, triple_codes,
        _starts(four.keys, three.keys), _last(four.keys).astype(np.uint16), four.codes,
        np.stack([two.levels, pair_levels, three.levels, triple_levels, four.levels]).astype(np.float32),
    )  # fmt: skip


class _Coded(NamedTuple):
    """N-grams with their log probabilities as codes into levels."""

    keys: Keys
    levels: Floats
    codes: npt.NDArray[np.uint8]

    @property
    def values(self) -> Floats:
        """The log probabilities as they can be read back."""
        return self.levels[self.codes]


def _last(keys: Keys) -> Ints:
    return (keys & _WORD_MASK).astype(np.int64)


def _first(keys: Keys, others: int) -> Ints:
    return (keys >> (_WORD_BITS * np.uint64(others))).astype(np.int64)


def _starts(keys: Keys, contexts: Keys) -> Ints:
    """Where the successors of each context start among the n-grams, and their end."""
    return np.append(np.searchsorted(keys >> _WORD_BITS, contexts), len(keys)).astype(np.int64)


def _position(keys: Keys, wanted: Keys) -> Ints:
    """Positions of wanted keys among sorted ones; -1 for those that are not there."""
    if not len(keys):
        return np.full(len(wanted), -1)
    at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[at] == wanted, at, -1)


def _below(order: _Coded, apart: Floats, wanted: Keys) -> Floats:
    """What the pruned n-grams say of the wanted ones: their own probability, or ``apart`` where they are not kept."""
    at = _position(order.keys, wanted)
    return np.where(at >= 0, np.append(order.values, 0.0)[at], apart)


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
