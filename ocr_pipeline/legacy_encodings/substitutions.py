"""Letters that one document writes with characters of its own, found by what its words need."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from ocr_pipeline.legacy_encodings.decoding import Substitution
from ocr_pipeline.legacy_encodings.evidence import Evidence
from ocr_pipeline.legacy_encodings.spelling import ACCENTED
from ocr_pipeline.legacy_encodings.tables import Table

Substitutions = dict[str, Substitution]
Cost = Callable[[str, Substitutions], float]

_ORDINARY: Final = frozenset(".,;:/()\"'%…“”‘’•|=*&#_<>[]{}!?@$\\+\t \N{NO-BREAK SPACE}")
_LETTERS: Final = tuple(sorted(c for c in ACCENTED if c.islower()))
# Characters looked at, and words for each. Nats: what one word may say against a letter, and below which it is well
# spelled; what speaks against a letter that the text already has in its own code.
_CHARACTERS, _WORDS, _AT_MOST, _WELL, _PRESENT = 8, 40, 8.0, 3.0, 5.0
# Different words of a text without a letter from which on it must have been dropped: one in ten has it.
_WORDS_TO_MISS = 80


class _Demand(NamedTuple):
    """What it takes: how many words, the share of them well spelled, and by how many nats better than with any other letter."""

    words: int
    share: float
    clearer: float


# Text in an encoding is known to be broken; Unicode text has characters of its own for many reasons.
_IN_ENCODING, _IN_UNICODE = _Demand(2, 0.7, 9.0), _Demand(4, 0.85, 20.0)
# Codes that fonts lacked may be what the standard says.
_RARE_CODE = _Demand(3, 0.8, 18.0)


def in_encoding(state: int, words: Iterable[str], evidence: Evidence) -> Substitutions:
    """What stands for a letter in the stretches of an encoding, beyond its table."""
    table = evidence.tables[state - 1]
    counts = Counter(words)
    present = {table.codes[c] for word in counts for c in word if c in table.codes}

    def cost(word: str, known: Substitutions) -> float:
        reading = evidence.reading(word, state, known)
        return reading.cost if reading else float("inf")

    used = set().union(*table.codes) - table.rare
    odd = _odd_characters(counts, used.__contains__)
    found = _letters_for([c for c in odd if c not in table.rare], counts, present, cost, _IN_ENCODING)
    found |= _letters_for([c for c in odd if c in table.rare], counts, present, cost, _RARE_CODE)
    return found | _dropped(present | {s.letter for s in found.values()}, len(counts), table)


def in_unicode(words: Iterable[str], evidence: Evidence) -> dict[str, str]:
    """What stands for a letter in Unicode text whose font was mapped wrongly; text without accents tells nothing."""
    counts = Counter(words)
    odd = _odd_characters(counts, lambda c: c in ACCENTED or c.isascii() or c.isnumeric())
    strange = sum(any(c in odd for c in word) for word in counts)
    good = sum(any(c in ACCENTED and c > "\xff" for c in word) for word in counts)
    if not odd or good < strange:
        return {}

    def cost(word: str, known: Substitutions) -> float:
        return evidence.unicode_cost("".join(known[c].letter if c in known else c for c in word))

    present = {c.lower() for word in counts for c in word}
    return {c: s.letter for c, s in _letters_for(odd, counts, present, cost, _IN_UNICODE).items()}


def _odd_characters(words: Mapping[str, int], is_code: Callable[[str], bool]) -> list[str]:
    """Characters at letters that are neither letters nor punctuation, the commonest first."""
    counts: Counter[str] = Counter()
    for word in words:
        for i, c in enumerate(word):
            at_letter = word[max(0, i - 1) : i].isalpha() or word[i + 1 : i + 2].isalpha()
            if at_letter and c not in _ORDINARY and not (c.isascii() and c.isalnum()) and not is_code(c):
                counts[c] += 1
    return [c for c, _ in counts.most_common(_CHARACTERS)]


def _letters_for(odd: Sequence[str], words: Mapping[str, int], present: set[str], cost: Cost, demand: _Demand) -> Substitutions:
    """The letters that characters stand for: first those of words with one such character, then with what is known."""
    found: Substitutions = {}
    open_ones = list(odd)
    while True:
        letters = {}
        for c in open_ones:
            told = {_core(word, c): word for word in words if c in word and not (set(open_ones) - {c}) & set(word)}
            letters[c] = _letter_for(c, [*told.values()][:_WORDS], found, present, cost, demand)
        new = {c: Substitution(letter, always=not c.isascii()) for c, letter in letters.items() if letter}
        if not new:
            return found
        found |= new
        open_ones = [c for c in open_ones if c not in found]


def _core(word: str, odd: str) -> str:
    """The word without its punctuation and case: what is the same word says nothing new."""
    return "".join(c for c in word if c.isalpha() or c == odd).lower()


def _letter_for(
    odd: str, words: Sequence[str], found: Substitutions, present: set[str], cost: Cost, demand: _Demand
) -> str | None:
    """The letter with which most words are well spelled, where none, and no other letter, does nearly as well."""
    if len(words) < demand.words:
        return None
    costs = {"": [cost(word, found) for word in words]}
    for letter in _LETTERS:
        known = found | {odd: Substitution(letter, always=not odd.isascii())}
        costs[letter] = [cost(word, known) for word in words]
    least = [min(column) for column in zip(*costs.values(), strict=True)]
    losses = {letter: [min(_AT_MOST, c - m) for c, m in zip(row, least, strict=True)] for letter, row in costs.items()}
    totals = {letter: sum(row) + (_PRESENT if letter in present else 0.0) for letter, row in losses.items()}
    best, second = sorted(totals, key=totals.__getitem__)[:2]
    well = sum(loss < _WELL for loss in losses[best])
    clear = totals[second] - totals[best] >= demand.clearer
    return best if clear and best and well >= demand.share * len(words) else None


def _dropped(present: set[str], count: int, table: Table) -> Substitutions:
    """The letter whose code is the soft hyphen, which converters drop as invisible, where a long text has none of it."""
    letter = table.codes.get("\N{SOFT HYPHEN}", "")
    missing = letter.islower() and letter not in present and count >= _WORDS_TO_MISS
    return {"": Substitution(letter, always=False)} if missing else {}
