"""The name of a document's type before its number, also where the recogniser damaged it."""

from __future__ import annotations

import functools
from typing import Final, NamedTuple

import regex
from rapidfuzz import fuzz, process

from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.orthography import fold, is_syllable

# How far before a number its noun may begin, in characters.
_REACH: Final = 64
# "số" as printed and as recognisers damage it.
_NUMBER_WORD: Final = regex.compile(
    r"(?<!\p{L})(?:[sS$5§]\p{M}?[ốôồổộỗóòoọõéêèbdO06ð€&ỐÔỒỔỘÓ][é60]?['’]?|\)|[sS]|(?<=^|\n)86(?=:))\s?[:.;]?\s*[_.,„<]?$"
)
_CLEAN_NUMBER_WORD: Final = regex.compile(r"(?<!\p{L})(?:[Ss][ốôồổộóoọ]|SỐ|SÔ)\s?[:.]?\s*$")
_CUT: Final = regex.compile(r"[\n;,“”\"„()\[\]/]|\.(?=\s)|:(?=\s)")
_WORD: Final = regex.compile(r"[^\s]+")
_LETTERS: Final = regex.compile(r"[\W_]+")
# How like a name damaged words must be, and a few short words that are sound as they stand: Thương mại is not Thư công.
_LIKE, _ALIKE, _TELLING = 74, 84, 12


class Noun(NamedTuple):
    """What stands before a number: where it begins, the type it names, whether as printed, and whether "số" is there."""

    start: int
    name: str | None
    codes: frozenset[str]
    surface: str
    clean: bool
    numbered: bool
    other: bool


class Nouns:
    """Names of types, folded, with the codes that they may have."""

    def __init__(self, dictionaries: Dictionaries) -> None:
        rules = dictionaries.toml("symbols.toml")["nouns"]
        self._codes: dict[str, set[str]] = {}
        self._names: dict[str, str] = {}
        self._abbreviations: dict[str, str] = {}
        for code, name, *_ in dictionaries.rows("doc_types.tsv"):
            self._add(name, code)
            if code not in ("-", "L", "SL", "BC", "CT", "TT", "PL", "TL"):
                self._abbreviations.setdefault(code, name)
        self._abbreviations |= {"CT": "Chỉ thị", "TT": "Thông tư", "QĐ": "Quyết định", "HD": "Hướng dẫn"}
        for name in rules["general"]:
            self._add(name, "-")
        self._unlike = frozenset(_letters(words) for words in rules["unlike"])
        self._asides = frozenset(fold(word) for word in rules["asides"])
        self._modifiers = frozenset(fold(word) for word in rules["modifiers"]) | self._asides
        self._others = frozenset(fold(word) for word in rules["others"])
        self._fuzzy = {_letters(name): name for name in self._names.values()}
        for name in ("Kế hoạch hành động", "Chương trình hành động", "Kế hoạch phối hợp", "Thông báo kết luận"):
            self._fuzzy.setdefault(_letters(name), name)

    def _add(self, name: str, code: str) -> None:
        self._names[fold(name)] = name
        if code != "-":
            self._codes.setdefault(fold(name), set()).add(code)

    def codes_of(self, name: str) -> frozenset[str]:
        """The codes of a type, and those of the names that it begins with: Kế hoạch hành động has KHHĐ and KH."""
        words = fold(name).split()
        known = [self._codes.get(" ".join(words[:length]), set()) for length in range(len(words), 0, -1)]
        return frozenset().union(*known)

    def before(self, text: str, at: int) -> Noun:
        """The noun that ends where the number begins."""
        low = max(0, at - _REACH)
        window = text[low:at]
        found = _NUMBER_WORD.search(window)
        numbered = bool(found)
        end = found.start() if found else len(window)
        start_of_number_word = low + end if found else at
        head = window[:end]
        cuts = [m.end() for m in _CUT.finditer(head.rstrip(": "))]
        words = list(_WORD.finditer(head, cuts[-1] if cuts else 0))[-7:]
        exact = self._exact(words)
        surely = numbered and bool(_CLEAN_NUMBER_WORD.search(window))
        if exact:
            start, name, surface = exact
            return Noun(low + start, name, self.codes_of(name), surface, True, numbered, False)
        if self._is_other(words):
            return Noun(start_of_number_word, None, frozenset(), "", True, numbered, True)
        like = self._like(words)
        if like:
            start, name, surface = like
            return Noun(low + start, name, self.codes_of(name), surface, False, numbered, False)
        return Noun(start_of_number_word, None, frozenset(), "", surely, numbered, False)

    def _exact(self, words: list[regex.Match[str]]) -> tuple[int, str, str] | None:
        """The longest name at the end of the words, with its modifiers."""
        texts = [word.group().strip(":.") for word in words]
        if any(_letters(" ".join(texts[-k:])) in self._unlike for k in (1, 2)):
            return None
        folded = [fold(text) for text in texts]
        end = len(words)
        first = end
        for k in range(max(0, end - 6), end):
            base = self._based(folded[k:])
            if base:
                tail = texts[k + len(base.split()) :]
                name = base if self._is_aside(tail) else " ".join([base, *(t.lower() for t in tail)])
                surface = " ".join(texts[k:])
                return words[k].start(), name, surface
            first = min(first, k)
        if texts and texts[-1] in self._abbreviations:
            return words[-1].start(), self._abbreviations[texts[-1]], texts[-1]
        return None

    def _based(self, folded: list[str]) -> str | None:
        """The name that begins the words where the rest are modifiers."""
        for length in range(min(5, len(folded)), 0, -1):
            name = self._names.get(" ".join(folded[:length]))
            if name and self._modifies(folded[length:]):
                return name
        return None

    def _modifies(self, folded: list[str]) -> bool:
        if not folded:
            return True
        return any(
            " ".join(folded[:length]) in self._modifiers and self._modifies(folded[length:])
            for length in range(1, min(3, len(folded)) + 1)
        )

    def _is_aside(self, words: list[str]) -> bool:
        """Whether some of the words behind a name do not belong to it."""
        folded = [fold(word) for word in words]
        return any(" ".join(folded[k : k + n]) in self._asides for k in range(len(folded)) for n in (1, 2))

    def _is_other(self, words: list[regex.Match[str]]) -> bool:
        folded = [fold(word.group().strip(":.")) for word in words]
        return any(" ".join(folded[-k:]) in self._others for k in range(1, 3) if len(folded) >= k)

    def _like(self, words: list[regex.Match[str]]) -> tuple[int, str, str] | None:
        """The name that the last words look like."""
        best: tuple[float, int, str, str] | None = None
        for length in range(1, min(6, len(words)) + 1):
            surface = " ".join(word.group() for word in words[-length:])
            key = _letters(surface)
            if key in self._unlike:
                return None
            if len(key) < 5:
                continue
            sound = len(key) < _TELLING and not surface.isascii() and all(is_syllable(word) for word in surface.split())
            found = process.extractOne(key, self._fuzzy.keys(), scorer=fuzz.ratio, score_cutoff=_ALIKE if sound else _LIKE)
            if found and (best is None or found[1] > best[0]):
                best = (found[1], words[-length].start(), self._fuzzy[found[0]], surface)
        return best[1:] if best else None


def _letters(text: str) -> str:
    return _LETTERS.sub("", fold(text))


@functools.cache
def nouns(dictionaries: Dictionaries) -> Nouns:
    """The names of one folder."""
    return Nouns(dictionaries)
