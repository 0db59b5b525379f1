"""How well a stretch of text reads as Vietnamese: a cost in nats, by the frequency of its syllables."""

from __future__ import annotations

import functools
import math
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from typing import Final

import regex

from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.orthography import case_shape, fold, is_syllable

_ACCENTED: Final = "àảãáạăằẳẵắặâầẩẫấậđèẻẽéẹêềểễếệìỉĩíịòỏõóọôồổỗốộơờởỡớợùủũúụưừửữứựỳỷỹýỵ"
ACCENTED: Final = frozenset(_ACCENTED + _ACCENTED.upper())
"""The 134 letters that ASCII lacks."""
_ALPHABET: Final = ACCENTED | frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_ABBREVIATING: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZĂÂĐÊÔƠƯ")
_PIECE: Final = regex.compile(r"(?P<word>[\p{L}\p{M}]+)|(?P<number>\p{Nd}+)|(?P<sign>.)", regex.DOTALL)
_LETTERS: Final = regex.compile(r"\p{L}+")
_SIGNS: Final = frozenset(".,;:/-()\"'%…“”‘’–—•|=*&#_<>[]{}!?@$\\ \t\N{NO-BREAK SPACE}")
# Signs inside a word, that plain text hardly has there: behind a letter and before one.
_INSIDE: Final = {"^": 6.0, "`": 6.0, "~": 6.0, "(": 3.0, "+": 3.0, "*": 3.0, "?": 5.0, "'": 3.0, ".": 2.5}
_BEHIND: Final = {"^": 5.0, "`": 4.0, "~": 4.0, "+": 2.0}
_ODD_AT_LETTER, _ODD_ALONE, _INVISIBLE = 7.0, 4.0, 12.0
_MIXED_CASE = 3.0
_BARE: Final = str.maketrans({c: fold(c).upper() if c.isupper() else fold(c) for c in ACCENTED})
_MOST_BARE, _BARE_UNKNOWN = 3.0, 1.0


class Spelling:
    """Costs of words. ``foreign`` text may hold words of other languages; text in a legacy encoding hardly does."""

    def __init__(self, counts: dict[str, int]) -> None:
        self._counts = counts
        total = sum(counts.values())
        self._costs = {word: math.log(total / count) for word, count in counts.items()}
        bare: defaultdict[str, int] = defaultdict(int)
        for word, count in counts.items():
            bare[word.translate(_BARE)] += count
        self._bare = {word: math.log(bare[word] / count) for word, count in counts.items() if word.isascii()}
        self.cost = functools.lru_cache(maxsize=1 << 16)(self._cost)
        self.word_cost = functools.lru_cache(maxsize=1 << 16)(self._word_cost)

    @staticmethod
    @functools.cache
    def load(dictionaries: Dictionaries) -> Spelling:
        """The costs by the counts of ``legacy_syllables.tsv``."""
        return Spelling({word: int(count) for word, count in dictionaries.rows("legacy_syllables.tsv")})

    def known(self, word: str) -> bool:
        """Whether the word, in any case, is among the counted ones."""
        return word.lower() in self._costs

    def words(self) -> Iterable[str]:
        """All counted words."""
        return self._counts

    def count(self, word: str) -> int:
        """How often a word in lower case was counted."""
        return self._counts.get(word, 0)

    def bare_cost(self, text: str) -> float:
        """How much less likely ASCII words are in text that has its accents than in text that has lost them."""
        return sum(min(self._bare.get(word.lower(), _BARE_UNKNOWN), _MOST_BARE) for word in _LETTERS.findall(text))

    def _cost(self, text: str, foreign: bool) -> float:
        """What a stretch without spaces costs: its words, and the signs that do not belong where they stand."""
        total = 0.0
        for piece in _PIECE.finditer(text):
            if piece["word"]:
                total += self.word_cost(piece["word"], foreign)
            elif piece["sign"]:
                total += _sign_cost(text, piece.start())
        return total

    def _word_cost(self, word: str, foreign: bool) -> float:
        mixed = _MIXED_CASE if case_shape(word) == "mixed" else 0.0
        known = self._costs.get(word.lower())
        if known is not None:
            return known + mixed
        if word.isascii():
            return min(5.0 + 1.5 * len(word), 20.0)
        if not set(word) <= _ALPHABET:
            return (16.0 if foreign else 28.0) + 2 * len(word)
        if len(word) <= 8 and set(word) <= _ABBREVIATING:
            return 10.0 + len(word)
        return (14.0 if foreign else 18.0 if is_syllable(word) else 24.0) + len(word) + mixed


def _sign_cost(text: str, at: int) -> float:
    sign = text[at]
    before = at > 0 and text[at - 1].isalpha()
    after = at + 1 < len(text) and text[at + 1].isalpha()
    if before and after and sign in _INSIDE:
        return _INSIDE[sign]
    if before and sign in _BEHIND:
        return _BEHIND[sign]
    if sign in _SIGNS or sign in _BEHIND:
        return 0.0
    if unicodedata.category(sign) in ("Cc", "Cf"):
        return _INVISIBLE
    return _ODD_AT_LETTER if before or after else _ODD_ALONE
