"""What a recognised token may have been, with costs: onset and rhyme, memory of whole words, case."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import numpy as np

from ocr_pipeline.orthography import fold
from ocr_pipeline.restoration.channel import Channel, Memory
from ocr_pipeline.restoration.lexicon import Lexicon
from ocr_pipeline.restoration.matching import CAPITAL, LOWER, START, TITLE, UPPER
from ocr_pipeline.restoration.pieces import Options, PieceReader, mixed_cost

Array = np.ndarray[Any, Any]
# The most that whole words weigh against their parts.
_SHARE: Final = 0.7
# A reading that is worse than the best by this much (nats), its own frequency counted half, is not considered.
_WIDTH: Final = 11.0
_MOST: Final = 24
_RANKED: Final = 40
_LONGEST: Final = 16
_LONGEST_ONSET: Final = 4
_LONGEST_RHYME: Final = 7
# A character that begins so small a share of all recognised rhymes begins none.
_RARE_BEGINNING: Final = 0.0004
_VOWELS: Final = frozenset("aeiouy")
# Where what was seen explains a token this badly (nats), any letter may have become any other, at a cost.
_DEAR: Final = 8.0
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


_SHAPES: Final = _joined_shapes()


class Reading(NamedTuple):
    """One possible word for a token; ``cost`` is the negative logarithm of its chance to give the token."""

    cost: float
    word: int
    entry: int
    shape: int


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
    onsets: PieceReader = field(init=False)
    rhymes: PieceReader = field(init=False)
    others: PieceReader = field(init=False)
    memo: dict[tuple[str, str, bool], tuple[Reading, ...]] = field(default_factory=dict, init=False)
    found: dict[tuple[str, bool], Options] = field(default_factory=dict, init=False)
    begins: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        self.begins = _beginnings(self.channel.rhymes)
        lexicon, channel = self.lexicon, self.channel
        self.onsets = PieceReader(lexicon.onsets, lexicon.alphabet, channel, channel.onsets, 10)
        self.rhymes = PieceReader(lexicon.rhymes, lexicon.alphabet, channel, channel.rhymes, 64)
        self.others = PieceReader(lexicon.others, lexicon.alphabet, channel, Memory({}, {}), 8)

    def readings(self, token: str, context: str, *, guess: bool = False) -> tuple[Reading, ...]:
        """Readings of a token, best first; ``context`` is inside, line (its start), start (of a sentence) or capitals.

        ``guess`` lets letters have suffered damage that was never seen, where nothing else explains the token.
        """
        key = token, context, guess
        if key not in self.memo:
            self.memo[key] = self._ranked(token, context, guess)
        return self.memo[key]

    def _ranked(self, token: str, context: str, guess: bool) -> tuple[Reading, ...]:
        found = self._candidates(token, False)
        if guess and (not len(found.costs) or found.costs.min() > _DEAR):
            found = self._candidates(token, True)
        words = self.lexicon.words[found.entries]
        costs = found.costs + self._case_costs(words, found.shapes, context)
        worth = costs - 0.5 * self.lexicon.unigram[words]
        best: dict[int, Reading] = {}
        order = np.argsort(worth, kind="stable").tolist()
        for k in order:
            if worth[k] > worth[order[0]] + _WIDTH or len(best) == _MOST:
                break
            word = int(words[k])
            if word not in best:
                best[word] = Reading(float(costs[k]), word, int(found.entries[k]), int(found.shapes[k]))
        return tuple(best.values())

    def _case_costs(self, words: Array, shapes: Array, context: str) -> Array:
        shares = self.lexicon.shares[words] * np.array(_CONTEXTS[context])
        shares /= shares.sum(axis=1, keepdims=True)
        columns = np.where(shapes == LOWER, 0, np.where(shapes == UPPER, 2, 1))
        return -np.log(np.where(shapes == CAPITAL, shares[:, 1] + shares[:, 2], shares[np.arange(len(words)), columns]))

    def _candidates(self, token: str, guess: bool) -> Options:
        """Spellings with their shapes and costs, in no order; the likeliest weighed with the memory of whole words."""
        key = token, guess
        if key not in self.found:
            options = [self._syllables(token, guess)] if len(token) <= _LONGEST else []
            if not options or not len(options[0].costs) or options[0].costs.min() > _FOREIGN or token[1:] != token[1:].lower():
                others = self.others.options(token, guess and len(token) > 3)
                options.append(others._replace(entries=self.lexicon.other_entries[others.entries]))
            merged = Options(*(np.concatenate(columns) for columns in zip(*options, strict=True)))
            self.found[key] = self._remembered(token, merged)
        return self.found[key]

    def _syllables(self, token: str, guess: bool) -> Options:
        """Syllables by every cut of the token into onset and rhyme, each at the cost of its best cut."""
        entries, shapes, costs = [], [], []
        for at in range(max(0, len(token) - _LONGEST_RHYME), min(len(token), _LONGEST_ONSET + 1)):
            if at + 1 < len(token) and token[at] not in self.begins and not guess:
                continue
            onset = self.onsets.options(token[:at], guess)
            if not len(onset.costs) or onset.costs[0] > _HOPELESS:
                continue
            rhyme = self.rhymes.options(token[at:], guess)
            if len(rhyme.costs):
                entries.append(self.lexicon.syllables[onset.entries[:, None], rhyme.entries].ravel())
                shapes.append(_SHAPES[onset.shapes[:, None], rhyme.shapes].ravel())
                costs.append((onset.costs[:, None] + rhyme.costs).ravel())
        if not entries:
            return Options(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))
        entry, shape, cost = (np.concatenate(column) for column in (entries, shapes, costs))
        good = np.flatnonzero((entry >= 0) & (shape > 0))
        worth = cost[good] - 0.5 * self.lexicon.unigram[self.lexicon.words[entry[good]]]
        good = good[np.argsort(worth, kind="stable")[: 3 * _RANKED]]
        _, first = np.unique(entry[good] << 3 | shape[good], return_index=True)
        kept = good[np.sort(first)][:_RANKED]
        return Options(entry[kept], shape[kept], cost[kept])

    def _remembered(self, token: str, found: Options) -> Options:
        """The costs, with what is known of whole words: seen as this token, or often seen but not as this.

        The memory knows no case: it moves all shapes of a spelling by what it does for the likeliest of them.
        """
        memory = self.channel.words
        known = memory.given.get(token.lower(), {})
        best: dict[int, float] = {}
        for entry, cost in zip(found.entries.tolist(), found.costs.tolist(), strict=True):
            best[entry] = min(cost, best.get(entry, cost))
        shift = {entry: self._with_memory(entry, cost, known) - cost for entry, cost in best.items()}
        costs = found.costs + np.array([shift[entry] for entry in found.entries.tolist()])
        more = [(self.lexicon.entry_of.get(s), mixed_cost(math.inf, n, memory.totals[s], _SHARE)) for s, n in known.items()]
        rows = [(entry, cost) for entry, cost in more if entry is not None and entry not in best]
        shape = UPPER if token.isupper() and len(token) > 1 else TITLE if token[:1].isupper() else LOWER
        return Options(
            np.append(found.entries, [entry for entry, _ in rows]).astype(np.int64),
            np.append(found.shapes, [shape] * len(rows)).astype(np.int64),
            np.append(costs, [cost for _, cost in rows]),
        )

    def _with_memory(self, entry: int, cost: float, known: dict[str, float]) -> float:
        spelling = self.lexicon.spellings[entry]
        total = self.channel.words.totals.get(spelling, 0.0)
        return mixed_cost(cost, known.get(spelling, 0.0), total, _SHARE)
