"""What a recognised token may have been, with costs: operations on letters, memory of whole tokens, case."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import numpy as np

from ocr_pipeline.restoration.channel import Channel
from ocr_pipeline.restoration.lexicon import Lexicon
from ocr_pipeline.restoration.matching import CAPITAL, LOWER, TITLE, UPPER, Workspace, match, workspace

Array = np.ndarray[Any, Any]
_LONGEST: Final = 16
# What is as likely as this many observations of a word is left to the operations when the memory knows the word.
_MEMORY_STRENGTH: Final = 25
_MEMORY_SHARE: Final = 0.7
# A reading that is worse than the best by this much (nats), its own frequency counted half, is not considered.
_WIDTH: Final = 11.0
_MOST: Final = 16
_STAMP: Final = 64
# Where the operations that were seen explain a token this badly (nats), any letter may have become any other, at a cost.
_DEAR: Final = 7.0
_GUESS: Final = 7.5
_CONTEXTS: Final = {
    # Weights of lower, Title, UPPER against what is usual for the word inside a sentence.
    "inside": (1.0, 1.0, 1.0),
    "line": (0.8, 2.0, 1.0),
    "start": (0.3, 3.0, 1.0),
    "capitals": (0.02, 0.05, 20.0),
}


class Reading(NamedTuple):
    """One possible word for a token; ``cost`` is the negative logarithm of its chance to give the token."""

    cost: float
    word: int
    entry: int
    shape: int


@dataclass(slots=True)
class Reader:
    """Finds readings; remembers them for every token that it has seen."""

    lexicon: Lexicon
    channel: Channel
    space: Workspace = field(init=False)
    stamp: int = field(default=0, init=False)
    found: dict[str, tuple[Array, Array, Array]] = field(default_factory=dict, init=False)
    memo: dict[tuple[str, str, bool], tuple[Reading, ...]] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self.space = workspace(self.lexicon.nodes)

    def readings(self, token: str, context: str, *, guess: bool = False) -> tuple[Reading, ...]:
        """Readings of a token, best first; ``context`` is inside, line (its start), start (of a sentence) or capitals.

        ``guess`` lets letters have suffered damage that was never seen, where nothing else explains the token.
        """
        key = token, context, guess
        if key not in self.memo:
            self.memo[key] = self._ranked(token, context, guess)
        return self.memo[key]

    def _ranked(self, token: str, context: str, guess: bool) -> tuple[Reading, ...]:
        entries, shapes, costs = self._matches(token)
        if guess and (not len(costs) or costs.min() > _DEAR):
            entries, shapes, costs = self._search(token, _GUESS)
        if not len(entries):
            return ()
        words = self.lexicon.words[entries]
        costs = costs + self._case_costs(words, shapes, context)
        worth = costs - 0.5 * self.lexicon.unigram[words]
        order = np.argsort(worth, kind="stable")
        best: dict[int, Reading] = {}
        for k in order:
            if worth[k] > worth[order[0]] + _WIDTH or len(best) == _MOST:
                break
            word = int(words[k])
            if word not in best:
                best[word] = Reading(float(costs[k]), word, int(entries[k]), int(shapes[k]))
        return tuple(best.values())

    def _case_costs(self, words: Array, shapes: Array, context: str) -> Array:
        shares = self.lexicon.shares[words] * np.array(_CONTEXTS[context])
        shares /= shares.sum(axis=1, keepdims=True)
        columns = np.where(shapes == LOWER, 0, np.where(shapes == UPPER, 2, 1))
        return -np.log(np.where(shapes == CAPITAL, shares[:, 1] + shares[:, 2], shares[np.arange(len(words)), columns]))  # type: ignore[no-any-return]

    def _matches(self, token: str) -> tuple[Array, Array, Array]:
        if token not in self.found:
            self.found[token] = self._search(token, 0.0)
        return self.found[token]

    def _search(self, token: str, guess: float) -> tuple[Array, Array, Array]:
        if not 0 < len(token) <= _LONGEST:
            return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0)
        lexicon, self.stamp = self.lexicon, self.stamp + _STAMP
        codes = self.channel.codes(token)
        found = match(codes, lexicon.tree, lexicon.alphabet, self.channel.operations, self.space, self.stamp, _WIDTH, guess)
        entries, shapes, costs = found[0].astype(np.int64), found[1].astype(np.int64), found[2].astype(np.float64)
        return self._remembered(token, entries, shapes, costs)

    def _remembered(self, token: str, entries: Array, shapes: Array, costs: Array) -> tuple[Array, Array, Array]:
        """The costs, with what is known of whole words: seen as this token, or often seen but not as this."""
        known = self.channel.memory.get(token.lower(), {})
        best: dict[int, float] = {}
        for entry, cost in zip(entries.tolist(), costs.tolist(), strict=True):
            best[entry] = min(cost, best.get(entry, cost))
        # The memory knows no case: it moves all shapes of a spelling by what it does for the likeliest of them.
        shift = {entry: self._with_memory(entry, cost, known) - cost for entry, cost in best.items()}
        costs = costs + np.array([shift[entry] for entry in entries.tolist()])
        more = self._only_remembered(known, best)
        if not more:
            return entries, shapes, costs
        shape = UPPER if token.isupper() and len(token) > 1 else TITLE if token[:1].isupper() else LOWER
        return (
            np.append(entries, [e for e, _ in more]),
            np.append(shapes, [shape] * len(more)),
            np.append(costs, [-np.log(chance * _MEMORY_SHARE) for _, chance in more]),
        )

    def _with_memory(self, entry: int, cost: float, known: dict[str, float]) -> float:
        spelling = self.lexicon.spellings[entry]
        total = self.channel.seen.get(spelling, 0.0)
        share = min(_MEMORY_SHARE, total / (total + _MEMORY_STRENGTH))
        whole = known.get(spelling, 0.0) / total if total else 0.0
        return float(-np.log(share * whole + (1 - share) * np.exp(-cost)))

    def _only_remembered(self, known: dict[str, float], present: dict[int, float]) -> list[tuple[int, float]]:
        """Spellings that the token was seen for and that no operations lead to, with their chances."""
        entries = ((self.lexicon.entry_of.get(s), n / self.channel.seen[s]) for s, n in known.items())
        return [(e, chance) for e, chance in entries if e is not None and e not in present]
