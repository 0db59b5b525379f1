"""Unicode text that a VNI converter was run over once more: ``khơng`` for không, ``CỘNG HỒ`` for CỘNG HOÀ."""

from __future__ import annotations

import functools
import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.legacy_encodings.pairs import Pairs
from ocr_pipeline.legacy_encodings.spelling import Spelling
from ocr_pipeline.legacy_encodings.words import Word
from ocr_pipeline.orthography import case_shape

# What VNI reads in Unicode text: ô is its ơ, ò its ị, ó its ĩ, and à, á, ã behind an o are the marks of ồ, ố, ỗ.
# A tone mark on ô that was a character of its own goes over to the ơ. Of quá and quý the vowels are lost.
_HORN: Final = str.maketrans("ô", "ơ")
_TONED: Final = str.maketrans("ồốổỗộ", "ờớởỡợ")
_DOT: Final = str.maketrans("òó", "ịĩ")
_LOST: Final = frozenset({"quá", "quý"})
_KINDS: Final = ("horn", "toned", "merged", "dot", "lost")
# Nats against a change where nothing else tells of a second conversion: of what is no word, and of a word into another.
_NO_WORD, _OTHER_WORD = 13.0, 15.5
# Nats from which on a change is counted as a sign of its kind, and what one sign may say; from how many on in all the
# kind is established, what another established kind adds, and what a change costs then at least.
_SIGN, _SIGN_MOST, _ESTABLISHED, _EACH_OTHER, _LEAST = 8.0, 8.0, 8.0, 6.0, 1.0
# A q that a word in small letters follows is no word; how often quá or quý must have stood before that word.
_LONE_Q, _OFTEN = 20.0, 30
# Before a q that is an item of a list.
_ITEMS: Final = frozenset({"điểm", "mục", "khoản", "quận", "lớp", "ô", "dạng", "hệ"})
_NEVER = 1e6


class Repair(NamedTuple):
    """A word and what it was before the conversion; ``margin``: nats by which that reads better."""

    word: Word
    text: str
    kind: str
    margin: float


class Prices(NamedTuple):
    """Nats against a change, by kind: of what is no word, and of a word into another."""

    no_word: Mapping[str, float]
    other_word: Mapping[str, float]


def damaged(word: str) -> list[tuple[str, str]]:
    """What may have become of a word in lower case, each with the kind of damage.

    >>> damaged("không"), damaged("hoà"), damaged("quá")
    ([('khơng', 'horn')], [('hồ', 'merged')], [('q', 'lost')])
    """
    merged = word.replace("oà", "ồ").replace("oá", "ố").replace("oã", "ỗ")
    forms = [
        (word.translate(_HORN), "horn"),
        (word.translate(_TONED), "toned"),
        (merged, "merged"),
        (word.translate(_DOT), "dot"),
        ("q" if word in _LOST else word, "lost"),
    ]
    return [(form, kind) for form, kind in forms if form != word]


def repairs(lines: Sequence[Sequence[Word]], dictionaries: Dictionaries) -> list[Repair]:
    """The words of a text that were other words before a second conversion.

    Where the text as a whole was not converted twice, parts of it may have been.
    """
    search = _Search.load(dictionaries)
    runs = [_runs(line) for line in lines]
    found, established = _repairs([run for line in runs for run in line], search)
    if not found or established:
        return found
    kinds = {repair.kind for repair in found}
    return [repair for part in _parts(runs, kinds, search) for repair in _repairs(part, search)[0]]


def _parts(lines: Iterable[Sequence[Sequence[Word]]], kinds: set[str], search: _Search) -> list[list[Sequence[Word]]]:
    """The runs of a text in parts: lines with a word that would show some kinds of damage and does not stand apart."""
    parts: list[list[Sequence[Word]]] = [[]]
    for line in lines:
        escaped = any(kinds & search.kinds(word.text.lower()) for run in line for word in run)
        if escaped:
            parts += [list(line), []]
        else:
            parts[-1] += line
    return parts


def _repairs(runs: Sequence[Sequence[Word]], search: _Search) -> tuple[list[Repair], bool]:
    """The repairs of some runs of words, and whether any kind of damage is established in them."""
    low = Prices(dict.fromkeys(_KINDS, _SIGN), dict.fromkeys(_KINDS, _SIGN))
    doubtful = [run for run in runs if not search.fits(run)]
    signs = [repair for run in doubtful for repair in search.repairs(run, low)]
    if not signs:
        return [], False
    prices, established = _prices(signs, runs, search)
    return [repair for run in (runs if established else doubtful) for repair in search.repairs(run, prices)], established


def _runs(line: Sequence[Word]) -> list[list[Word]]:
    runs: list[list[Word]] = []
    for word in line:
        if word.follows and runs:
            runs[-1].append(word)
        else:
            runs.append([word])
    return runs


def _prices(signs: Sequence[Repair], runs: Iterable[Sequence[Word]], search: _Search) -> tuple[Prices, bool]:
    """What a change costs in this text, and whether any kind is established: told of by words, with none that escaped."""
    told = {kind: {(r.word.text.lower(), r.text.lower()): r.margin for r in signs if r.kind == kind} for kind in _KINDS}
    times = Counter(r.kind for r in signs)
    escaped = Counter(kind for run in runs for word in run for kind in search.kinds(word.text.lower()))
    most = {kind: _SIGN_MOST - (kind == "lost") for kind in _KINDS}  # a single q establishes nothing
    strengths = {k: sum(min(margin - _SIGN, most[k]) for margin in told[k].values()) for k in _KINDS}
    free = [kind for kind in _KINDS if escaped[kind] <= times[kind]]
    sure = {kind for kind in free if strengths[kind] >= _ESTABLISHED}
    no_word = dict.fromkeys(_KINDS, _NO_WORD)
    other_word = {kind: _OTHER_WORD if kind in free else _NEVER for kind in _KINDS}
    for kind in free:
        strength = strengths[kind] + _EACH_OTHER * len(sure - {kind})
        if strength >= _ESTABLISHED:
            no_word[kind] = other_word[kind] = max(_LEAST, _SIGN - strength / 4)
    return Prices(no_word, other_word), bool(sure)


class _Search:
    """Chooses between words as they stand and what they may have been; of names only where a kind is established."""

    def __init__(self, spelling: Spelling, pairs: Pairs, words: Iterable[str]) -> None:
        self._spelling, self._pairs = spelling, pairs
        sources: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
        kinds: defaultdict[str, set[str]] = defaultdict(set)
        for word in words:
            for form, kind in damaged(word):
                sources[form].append((word, kind))
                kinds[word].add(kind)
        self._sources, self._kinds = dict(sources), dict(kinds)

    @staticmethod
    @functools.cache
    def load(dictionaries: Dictionaries) -> _Search:
        spelling = Spelling.load(dictionaries)
        return _Search(spelling, Pairs.load(dictionaries), spelling.words())

    def kinds(self, word: str) -> set[str]:
        """The kinds of damage that a word would show."""
        return self._kinds.get(word, set())

    def repairs(self, run: Sequence[Word], prices: Prices) -> list[Repair]:
        """The words of a run that were others, by the cheapest way through it."""
        options = [[(word.text.lower(), ""), *self._originals(run, i, prices)] for i, word in enumerate(run)]
        if all(len(row) == 1 for row in options):
            return []
        costs = [[self._own_cost(run, i, option, prices) for option in row] for i, row in enumerate(options)]
        onward = self._onward(options, costs)
        backward = self._backward(options, costs)
        found = []
        for i, row in enumerate(options):
            total = [a + b for a, b in zip(onward[i], backward[i], strict=True)]
            best = min(range(len(row)), key=total.__getitem__)
            if best:
                text, kind = row[best]
                margin = total[0] - total[best] + costs[i][best]
                found.append(Repair(run[i], _cased(text, run[i].text), kind, margin))
        return found

    def _own_cost(self, run: Sequence[Word], i: int, option: tuple[str, str], prices: Prices) -> float:
        if not option[1]:
            return self._lone(run, i)
        price = (prices.other_word if self._spelling.known(run[i].text) else prices.no_word)[option[1]]
        named = i > 0 and case_shape(run[i].text) == "title"
        return _NEVER if named and price > _SIGN else price

    def _onward(self, options: Sequence[Sequence[tuple[str, str]]], costs: Sequence[Sequence[float]]) -> list[list[float]]:
        """By word and option, the cost of the cheapest way that ends there."""
        ways = [[own + self._pairs.cost(None, text) for (text, _), own in zip(options[0], costs[0], strict=True)]]
        for i in range(1, len(options)):
            ways.append([
                own + min(way + self._pairs.cost(before, text) for way, (before, _) in zip(ways[-1], options[i - 1], strict=True))
                for (text, _), own in zip(options[i], costs[i], strict=True)
            ])  # fmt: skip
        return ways

    def _backward(self, options: Sequence[Sequence[tuple[str, str]]], costs: Sequence[Sequence[float]]) -> list[list[float]]:
        """By word and option, the cost of the cheapest way on from there."""
        ways = [[0.0] * len(options[-1])]
        for i in range(len(options) - 2, -1, -1):
            following = list(zip(options[i + 1], costs[i + 1], ways[-1], strict=True))
            ways.append([
                min(self._pairs.cost(text, after) + own + way for (after, _), own, way in following)
                for text, _ in options[i]
            ])  # fmt: skip
        return ways[::-1]

    def _originals(self, run: Sequence[Word], i: int, prices: Prices) -> list[tuple[str, str]]:
        """What a word may have been; a lone q, only before a word that quá or quý is known to stand before."""
        found = self._sources.get(run[i].text.lower(), [])
        if run[i].text.lower() != "q":
            return found
        following = run[i + 1].text if i + 1 < len(run) else ""
        before = run[i - 1].text.lower() if i else ""
        price = prices.no_word["lost"]
        if run[i].text == "q":
            likely = before not in _ITEMS and (i > 0 or price <= _SIGN)
            often = 0 if price < _SIGN else 1 if price == _SIGN else _OFTEN
        else:
            likely, often = i == 0 and price < _SIGN, 1
        likely = likely and run[i].start == 0
        return [(text, kind) for text, kind in found if likely and self._pairs.count(text, following) >= often]

    def fits(self, run: Sequence[Word]) -> bool:
        """Whether every word that may have been another stands beside a word it is known to stand beside."""
        texts = [word.text.lower() for word in run]
        for i, text in enumerate(texts):
            if text in self._sources:
                beside = itertools.pairwise(texts[max(0, i - 1) : i + 2])
                if not any(self._pairs.count(*pair) for pair in beside):
                    return False
        return True

    @staticmethod
    def _lone(run: Sequence[Word], i: int) -> float:
        following = run[i + 1].text if i + 1 < len(run) else ""
        return _LONE_Q if run[i].text.lower() == "q" and following.islower() else 0.0


def _cased(text: str, model: str) -> str:
    if model.isupper() and (len(model) > 1):
        return text.upper()
    return text.capitalize() if model[:1].isupper() else text
