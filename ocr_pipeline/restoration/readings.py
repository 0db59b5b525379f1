"""What a recognised token may have been, with costs: onset and rhyme, memory of whole words, case."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np

from ocr_pipeline.compiled import Flat, Kernel
from ocr_pipeline.orthography import fold
from ocr_pipeline.restoration.channel import Array, Channel, Memory
from ocr_pipeline.restoration.kernels import joining
from ocr_pipeline.restoration.kernels.joining import Joined, Parts, Sounds, joined_memory
from ocr_pipeline.restoration.kernels.matching import CAPITAL, LOWER, START, TITLE, UPPER
from ocr_pipeline.restoration.lexicon import Lexicon, is_roman
from ocr_pipeline.restoration.pieces import NO_OPTIONS, Options, PieceReader, mixed_costs

_JOIN: Final = Kernel(joining.join)
# The most that whole words weigh against their parts.
_SHARE: Final = 0.7
_LONGEST: Final = 16
_LONGEST_ONSET: Final = 4
_LONGEST_RHYME: Final = 7
# A character that begins so small a share of all recognised rhymes begins none.
_RARE_BEGINNING: Final = 0.0004
_VOWELS: Final = frozenset("aeiouy")
# Other words than syllables are looked for where syllables explain a token worse than this, and in capitals.
_FOREIGN: Final = 8.0
# A cut whose onset costs more is not followed.
_HOPELESS: Final = 9.0
_CONTEXTS: Final = {
    # Weights of lower, Title, UPPER against what is usual for the word inside a sentence.
    "inside": (1.0, 1.0, 1.0),
    "line": (0.8, 2.0, 1.0),
    "start": (0.3, 3.0, 1.0),
    "capitals": (0.02, 0.05, 20.0),
}
# By shape: the column of its cost; a capital alone may be the beginning of either.
_COLUMN: Final = np.array([1, 0, 3, 1, 2])


def _joined_shapes() -> Array:
    """The shape of a syllable by those of its onset and rhyme; -1 where no word is written so."""
    table = np.full((5, 5), -1, np.int64)
    table[START] = np.arange(5)
    for onset, rhyme, whole in (
        (LOWER, LOWER, LOWER), (CAPITAL, LOWER, TITLE), (TITLE, LOWER, TITLE),
        (CAPITAL, UPPER, UPPER), (CAPITAL, CAPITAL, UPPER), (UPPER, UPPER, UPPER), (UPPER, CAPITAL, UPPER),
    ):  # fmt: skip
        table[onset, rhyme] = whole
    return table


class Reach(NamedTuple):
    """How far readings may lie from what stands there.

    A reading that is worse than the best by ``width`` (nats), its own frequency counted half, is not considered, nor one
    after the first ``most``. Where the best costs more than ``dear``, letters may have suffered damage that was never seen.
    """

    width: float
    most: int
    dear: float


class Readings(NamedTuple):
    """Possible words for a token, likeliest first; ``costs`` are negative logarithms of their chance to give the token."""

    costs: Array
    words: Array
    entries: Array
    shapes: Array

    def first(self, count: int) -> Readings:
        """The likeliest so many."""
        return Readings(*(column[:count] for column in self))


def _beginnings(rhymes: Memory) -> frozenset[str]:
    """The characters that recognised rhymes begin with."""
    weights: Counter[str] = Counter()
    for recognised, printed in rhymes.given.items():
        weights[recognised[:1]] += sum(printed.values())  # type: ignore[assignment]  # weighted counts
    total = sum(weights.values())
    return frozenset(c for c, weight in weights.items() if weight > _RARE_BEGINNING * total or fold(c) in _VOWELS)


@dataclass(slots=True)
class Reader:
    """Finds readings; remembers them for every token that it has seen."""

    lexicon: Lexicon
    channel: Channel
    reach: Reach
    onsets: PieceReader = field(init=False)
    rhymes: PieceReader = field(init=False)
    others: PieceReader = field(init=False)
    begins: frozenset[str] = field(init=False)
    sounds: Flat = field(init=False)
    joined: Joined = field(init=False)
    fixed: Flat = field(init=False)
    stamp: int = field(default=0, init=False)
    totals: Array = field(init=False)
    seen: Array = field(init=False)
    best: Array = field(init=False)
    cases: dict[str, Array] = field(default_factory=dict, init=False)
    memo: dict[tuple[str, str, bool], Readings] = field(default_factory=dict, init=False)
    found: dict[tuple[str, bool], Options] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        lexicon, channel = self.lexicon, self.channel
        self.begins = _beginnings(channel.rhymes)
        self.onsets = PieceReader(lexicon.onsets, lexicon.alphabet, channel, channel.onsets, 24)
        self.rhymes = PieceReader(lexicon.rhymes, lexicon.alphabet, channel, channel.rhymes, 160)
        self.others = PieceReader(lexicon.others, lexicon.alphabet, channel, Memory({}, {}), 30)
        self.sounds = Flat(Sounds(lexicon.syllables, _joined_shapes(), 0.5 * lexicon.unigram[lexicon.words]))
        self.joined = joined_memory(len(lexicon.spellings))
        self.fixed = Flat(self.joined)
        self.totals = np.array([channel.words.totals.get(spelling, 0.0) for spelling in lexicon.spellings])
        self.seen, self.best = np.zeros(len(self.totals)), np.full(len(self.totals), np.inf)
        for context, weights in _CONTEXTS.items():
            shares = lexicon.shares * np.array(weights)
            shares /= shares.sum(axis=1, keepdims=True)
            self.cases[context] = -np.log(np.column_stack([shares, shares[:, 1] + shares[:, 2]]))

    def readings(self, token: str, context: str, *, guess: bool = False) -> Readings:
        """Readings of a token, best first; ``context`` is inside, line (its start), start (of a sentence) or capitals.

        ``guess`` lets letters have suffered damage that was never seen, where the reader's reach allows it.
        """
        key = token, context, guess
        if key not in self.memo:
            self.memo[key] = self._ranked(token, context, guess)
        return self.memo[key]

    def forget(self) -> None:
        """Empty the memory of tokens; that of their parts stays, for there are not many."""
        self.memo.clear()
        self.found.clear()

    def _ranked(self, token: str, context: str, guess: bool) -> Readings:
        found = self._candidates(token, False)
        if guess and (not len(found.costs) or found.costs.min() > self.reach.dear):
            found = self._candidates(token, True)
        if is_roman(token):
            found = self._without_other_numerals(token, found)
        words = self.lexicon.words[found.entries]
        costs = found.costs + self.cases[context][words, _COLUMN[found.shapes]]
        worth = costs - 0.5 * self.lexicon.unigram[words]
        order = np.argsort(worth, kind="stable")
        order = order[worth[order] <= worth[order[:1]] + self.reach.width]
        kept = list({word: k for k, word in zip(order[::-1].tolist(), words[order[::-1]].tolist(), strict=True)}.values())
        chosen = np.array(kept[::-1], np.int64)
        chosen = chosen[np.argsort(worth[chosen], kind="stable")][: self.reach.most]
        return Readings(costs[chosen], words[chosen], found.entries[chosen], found.shapes[chosen])

    def _without_other_numerals(self, token: str, found: Options) -> Options:
        """One Roman numeral is not another one: no sentence tells which of them was meant."""
        kept = ~self.lexicon.roman[found.entries] | (found.entries == self.lexicon.entry_of.get(token.lower(), -1))
        return Options(*(column[kept] for column in found))

    def _candidates(self, token: str, guess: bool) -> Options:
        """Spellings with their shapes and costs, in no order; the likeliest weighed with the memory of whole words."""
        key = token, guess
        if key not in self.found:
            found = self._syllables(token, guess) if len(token) <= _LONGEST else NO_OPTIONS
            if not len(found.costs) or found.costs.min() > _FOREIGN or token[1:] != token[1:].lower():
                others = self.others.options(token, guess and len(token) > 3)
                others = others._replace(entries=self.lexicon.other_entries[others.entries])
                found = Options(*(np.concatenate(columns) for columns in zip(found, others, strict=True)))
            self.found[key] = self._remembered(token, found)
        return self.found[key]

    def _syllables(self, token: str, guess: bool) -> Options:
        """Syllables by every cut of the token into onset and rhyme, each at the cost of its best cut."""
        onsets, rhymes = [], []
        for at in range(max(0, len(token) - _LONGEST_RHYME), min(len(token), _LONGEST_ONSET + 1)):
            if at + 1 < len(token) and token[at] not in self.begins and not guess:
                continue
            onset = self.onsets.options(token[:at], guess)
            if not len(onset.costs) or onset.costs[0] > _HOPELESS:
                continue
            rhyme = self.rhymes.options(token[at:], guess)
            if len(rhyme.costs):
                onsets.append(onset)
                rhymes.append(rhyme)
        if not onsets:
            return NO_OPTIONS
        self.stamp += 1
        kept = _JOIN(Parts(*_columns(onsets), *_columns(rhymes)), self.sounds, self.fixed, self.stamp)
        return Options(*(column[:kept].copy() for column in (self.joined.entries, self.joined.shapes, self.joined.costs)))

    def _remembered(self, token: str, found: Options) -> Options:
        """The costs, with what is known of whole words: seen as this token, or often seen but not as this.

        The memory knows no case: it moves all shapes of a spelling by what it does for the likeliest of them.
        """
        given = self.channel.words.given.get(token.lower(), {})
        known = {entry: n for s, n in given.items() if (entry := self.lexicon.entry_of.get(s)) is not None}
        entries, counts = np.array(list(known), np.int64), np.array(list(known.values()))
        self.seen[entries] = counts
        np.minimum.at(self.best, found.entries, found.costs)
        best = self.best[found.entries]
        shift = mixed_costs(best, self.seen[found.entries], self.totals[found.entries], _SHARE) - best
        more = entries[np.isinf(self.best[entries])]
        costs = mixed_costs(self.best[more], self.seen[more], self.totals[more], _SHARE)
        self.best[found.entries], self.seen[entries] = np.inf, 0.0
        shape = UPPER if token.isupper() and len(token) > 1 else TITLE if token[:1].isupper() else LOWER
        return Options(
            np.append(found.entries, more),
            np.append(found.shapes, np.full(len(more), shape)),
            np.append(found.costs + shift, costs),
        )


def _columns(options: list[Options]) -> tuple[Array, Array, Array, Array]:
    """The options of several cuts in one row after the other, and where those of each end."""
    ends = np.cumsum([len(o.costs) for o in options])
    entries, shapes, costs = (np.concatenate(columns) for columns in zip(*options, strict=True))
    return entries, shapes, costs, ends
