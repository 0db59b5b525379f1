"""What each stretch costs as Unicode and in every encoding: the evidence for the segmentation."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Final

import regex

from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.legacy_encodings.decoding import LONGEST, Reading, Substitution, read, read_utf8
from ocr_pipeline.legacy_encodings.spelling import ACCENTED, Spelling
from ocr_pipeline.legacy_encodings.tables import Encoding, tables
from ocr_pipeline.legacy_encodings.unicode_forms import mend

NONE: Final[Mapping[str, Substitution]] = {}
_WORD: Final = regex.compile(r"\p{L}+")
# What no English and no plain text has: an accent behind a vowel with a letter or a further mark behind it.
_VIQR: Final = regex.compile(
    r"(?i)[aeiouy](?:[\^`~]|[(+*](?=[a-z'`?~.])|['?.](?=[a-z]))|\bdd(?=[aeiouy])",
)


class Evidence:
    """Costs and readings of stretches; state 0 is Unicode, the last is misread UTF-8, the others are the tables."""

    def __init__(self, dictionaries: Dictionaries) -> None:
        self.spelling = Spelling.load(dictionaries)
        self.tables = tables(dictionaries)
        self.states = len(self.tables) + 2
        self.costs = functools.lru_cache(maxsize=1 << 14)(self._costs)
        self._read = functools.lru_cache(maxsize=1 << 14)(self._read_plain)
        self._gains = functools.lru_cache(maxsize=1 << 14)(self._gained)

    @staticmethod
    @functools.cache
    def load(dictionaries: Dictionaries) -> Evidence:
        """One for each set of dictionaries: it remembers the stretches it has seen."""
        return Evidence(dictionaries)

    def encoding(self, state: int) -> Encoding | None:
        """The encoding of a state; None for Unicode."""
        if state == 0:
            return None
        return Encoding.UTF8 if state == self.states - 1 else self.tables[state - 1].encoding

    def state_of(self, encoding: Encoding) -> int:
        """The first state of an encoding."""
        return next(state for state in range(1, self.states) if self.encoding(state) == encoding)

    def gains(self, text: str) -> tuple[tuple[int, float], ...]:
        """The states in which a stretch reads better than as Unicode, with by how many nats."""
        return self._gains(text) if self.tells(text) else ()

    def unicode_cost(self, text: str) -> float:
        """What a stretch costs as the Unicode text it is."""
        return self.spelling.cost("".join(p.read for p in mend(text, self.spelling, vietnamese=True)), True)

    def reading(
        self, text: str, state: int, substitutions: Mapping[str, Substitution] = NONE, *, runs_on: bool = False
    ) -> Reading | None:
        """The stretch read in the encoding of a state; None where that cannot be.

        ``runs_on`` says that the sentence goes on behind it in a small letter.
        """
        if state < self.states - 1 and (runs_on or any(c in substitutions for c in ("", *text))):
            return read(text, self.tables[state - 1], substitutions, self.spelling, runs_on=runs_on)
        return self._read(text, state)

    def _read_plain(self, text: str, state: int) -> Reading | None:
        if state == self.states - 1:
            return read_utf8(text, self.spelling)
        return read(text, self.tables[state - 1], NONE, self.spelling)

    def tells(self, text: str) -> bool:
        """Whether a stretch may read otherwise in one encoding than in another."""
        return len(text) <= LONGEST and (not _is_plain(text) or bool(_VIQR.search(text)))

    def is_spelled(self, text: str) -> bool:
        """Whether all words with accents are counted ones."""
        return all(word.isascii() or self.spelling.known(word) for word in _WORD.findall(text))

    def has_odd(self, text: str, state: int) -> bool:
        """Whether a stretch has a character that is neither a letter nor a code: it may stand for one in this document."""
        codes = self.tables[state - 1].codes if state < self.states - 1 else {}
        return any(c > "\x7f" and c not in codes and not c.isalpha() for c in text)

    def _gained(self, text: str) -> tuple[tuple[int, float], ...]:
        plain, *others = self.costs(text)
        return tuple((state, plain - cost) for state, cost in enumerate(others, 1) if cost < plain)

    def _costs(self, text: str) -> tuple[float, ...]:
        """By state; all the same where the stretch reads the same in each."""
        if len(text) > LONGEST:
            return (0.0,) * self.states
        if _is_plain(text):
            return self._ascii_costs(text)
        plain = self.unicode_cost(text)
        if any(c in ACCENTED and c > "\xff" for c in text) and self.spelling.cost(text, True) < _GOOD:
            return (plain, *[plain + _FAR] * (self.states - 1))
        readings = [self.reading(text, state) for state in range(1, self.states)]
        return (plain, *(_FAR + plain if r is None else r.cost for r in readings))

    def _ascii_costs(self, text: str) -> tuple[float, ...]:
        bare = self.spelling.bare_cost(text)
        if not _VIQR.search(text):
            return (0.0, *[bare] * (self.states - 1))
        plain = self.unicode_cost(text)
        viqr = read(text, self.tables[-1], NONE, self.spelling).cost
        return (plain, *[plain + bare] * (self.states - 3), viqr, plain + bare)


def _is_plain(text: str) -> bool:
    """Whether a stretch is printable ASCII; control characters are letters in some encodings."""
    return text.isascii() and text.isprintable()


# A stretch of known words with letters that no 8-bit code page has is Unicode.
_GOOD, _FAR = 16.0, 40.0
