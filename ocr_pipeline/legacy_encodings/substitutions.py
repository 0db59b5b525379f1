"""Letters that one document writes with characters of its own, found by what its words need."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from ocr_pipeline.legacy_encodings.decoding import Substitution
from ocr_pipeline.legacy_encodings.evidence import Evidence
from ocr_pipeline.legacy_encodings.spelling import ACCENTED

Substitutions = dict[str, Substitution]

_ORDINARY: Final = frozenset(".,;:/()\"'%…“”‘’•|=*&#_<>[]{}!?@$\\+\t \N{NO-BREAK SPACE}")
_LETTERS: Final = tuple(sorted(c for c in ACCENTED if c.islower()))
# Characters looked at, and words for each. Nats: what one word may say against a letter; by how much all words together
# must speak for it, against any other letter and against no letter. The share of words that must be well spelled with it.
_CHARACTERS, _WORDS = 8, 40
_AT_MOST, _CLEARER, _WELL, _AGREE, _FEWEST = 8.0, 9.0, 3.0, 0.7, 2
# What speaks against a letter that the text already has in its own code.
_PRESENT = 5.0


def in_encoding(state: int, words: Iterable[str], evidence: Evidence) -> Substitutions:
    """What stands for a letter in the stretches of an encoding, beyond its table: the surest first."""
    table = evidence.tables[state - 1]
    counts = Counter(words)
    found: Substitutions = {}
    present = {table.codes[c] for word in counts for c in word if c in table.codes}
    odd = _odd_characters(counts, lambda c: c in table.codes and c not in table.rare)
    while odd:
        letters = {c: _letter_for(c, odd, counts, found, present, state, evidence) for c in odd}
        letters = {c: letter for c, letter in letters.items() if letter}
        if not letters:
            break
        found |= {c: Substitution(letter, always=not c.isascii()) for c, letter in letters.items() if letter}
        odd = [c for c in odd if c not in found]
    return found


def _odd_characters(words: Mapping[str, int], is_code: Callable[[str], bool]) -> list[str]:
    """Characters at letters that are neither letters nor punctuation, the commonest first."""
    counts: Counter[str] = Counter()
    for word in words:
        for i, c in enumerate(word):
            at_letter = word[max(0, i - 1) : i].isalpha() or word[i + 1 : i + 2].isalpha()
            if at_letter and c not in _ORDINARY and not (c.isascii() and c.isalnum()) and not is_code(c):
                counts[c] += 1
    return [c for c, _ in counts.most_common(_CHARACTERS)]


def _letter_for(
    odd: str,
    others: Sequence[str],
    words: Mapping[str, int],
    found: Substitutions,
    present: set[str],
    state: int,
    evidence: Evidence,
) -> str | None:
    """The letter that one character stands for, by the words that have no other unexplained one."""
    rest = set(others) - {odd}
    told = [word for word in words if odd in word and not rest & set(word)][:_WORDS]
    if len(told) < _FEWEST:
        return None
    costs = {"": [_cost(word, found, state, evidence) for word in told]}
    for letter in _LETTERS:
        known = found | {odd: Substitution(letter, always=not odd.isascii())}
        costs[letter] = [_cost(word, known, state, evidence) for word in told]
    return _winner(costs, present)


def _cost(word: str, substitutions: Substitutions, state: int, evidence: Evidence) -> float:
    reading = evidence.reading(word, state, substitutions)
    return reading.cost if reading else float("inf")


def _winner(costs: Mapping[str, Sequence[float]], present: set[str]) -> str | None:
    """The letter with which most words are well spelled, where none, and no other letter, does nearly as well."""
    least = [min(column) for column in zip(*costs.values(), strict=True)]
    losses = {letter: [min(_AT_MOST, c - m) for c, m in zip(row, least, strict=True)] for letter, row in costs.items()}
    totals = {letter: sum(row) + (_PRESENT if letter in present else 0.0) for letter, row in losses.items()}
    best, second = sorted(totals, key=totals.__getitem__)[:2]
    well = sum(loss < _WELL for loss in losses[best])
    clear = totals[second] - totals[best] >= _CLEARER
    return best if clear and best and well >= _AGREE * len(losses[best]) else None
