"""The words that a token may be restored to: the language model's, in both tone placements, cut into onset and rhyme."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import regex

from ocr_pipeline.compiled import Kernel
from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.orthography import is_syllable, place_tone
from ocr_pipeline.restoration.channel import Channel, load_channels
from ocr_pipeline.restoration.kernels import matching
from ocr_pipeline.restoration.kernels.matching import Alphabet, Tree
from ocr_pipeline.restoration.language_model import CLASSES, LanguageModel

Array = np.ndarray[Any, Any]
_GROW: Final = Kernel(matching.grow)
_LONGEST: Final = 14
# Where a tone mark in the new place may have another in the old one: hòa, hòe, ủy.
_TWO_PLACES: Final = regex.compile(r"[òóỏõọùúủũụ][aey]")
_ROMAN: Final = regex.compile(r"[ivx]+")
_ONSET: Final = regex.compile(r"(?:ngh|ng|nh|ch|gh|gi(?=.)|kh|ph|qu(?=.)|th|tr|[bcdđghklmnprstvx](?=.))?")


def cut_syllable(spelling: str) -> tuple[str, str]:
    """Onset and rhyme of a lower-case syllable.

    >>> cut_syllable("nghị"), cut_syllable("ủy"), cut_syllable("gì"), cut_syllable("quý")
    (('ngh', 'ị'), ('', 'ủy'), ('g', 'ì'), ('qu', 'ý'))
    """
    found = _ONSET.match(spelling)
    onset = found.group() if found else ""
    return onset, spelling[len(onset) :]


class Pieces:
    """Spellings of one kind, as a tree over the codes of the channel's alphabet."""

    def __init__(self, spellings: Sequence[str], alphabet: str) -> None:
        self.spellings: Final = tuple(spellings)
        self.entry_of: Final = {spelling: k for k, spelling in enumerate(self.spellings)}
        self.tree: Final = _tree(self.spellings, alphabet)
        self.nodes: Final = int(self.tree.children.max(initial=0)) + 1


class Lexicon:
    """Spellings with the ids of their words; ``syllables[onset, rhyme]`` is a spelling or -1; other words stand whole."""

    def __init__(self, model: LanguageModel, alphabet: str) -> None:
        pairs = _spellings(model)
        self.spellings: Final = tuple(spelling for spelling, _ in pairs)
        self.words: Final = np.array([word for _, word in pairs], np.int64)
        self.old: Final = np.array([s != model.words[w] for s, w in pairs])
        # Whether the tone mark of a spelling has two places at all.
        self.placed: Final = np.isin(self.words, self.words[self.old])
        self.entry_of: Final = {spelling: k for k, (spelling, _) in enumerate(pairs)}
        self.roman: Final = np.array([bool(_ROMAN.fullmatch(spelling)) for spelling in self.spellings])
        self.alphabet: Final = _alphabet(alphabet)
        cuts = {s: cut_syllable(s) for s in self.spellings if is_syllable(s)}
        self.onsets: Final = Pieces(sorted({onset for onset, _ in cuts.values()}), alphabet)
        self.rhymes: Final = Pieces(sorted({rhyme for _, rhyme in cuts.values()}), alphabet)
        self.others: Final = Pieces([s for s in self.spellings if s not in cuts], alphabet)
        self.other_entries: Final = np.array([self.entry_of[s] for s in self.others.spellings], np.int64)
        self.syllables: Final = np.full((len(self.onsets.spellings), len(self.rhymes.spellings)), -1, np.int64)
        for spelling, (onset, rhyme) in cuts.items():
            self.syllables[self.onsets.entry_of[onset], self.rhymes.entry_of[rhyme]] = self.entry_of[spelling]
        self.shares: Final = _shares(model)
        self.unigram: Final = np.asarray(model.tables.unigram)

    def seldom_capitals(self, entry: int) -> bool:
        """Whether a spelling is oftener written otherwise than all in capitals; Roman numerals are not."""
        return not self.roman[entry] and float(self.shares[self.words[entry]][2]) < 0.5

    @staticmethod
    @functools.cache
    def load(dictionaries: Dictionaries) -> Lexicon:
        """The lexicon of the model and the channels that came with the dictionaries."""
        channel: Channel = next(iter(load_channels(dictionaries).values()))
        return Lexicon(LanguageModel.load(dictionaries), channel.alphabet)


def is_roman(text: str) -> bool:
    """Whether a text is a Roman numeral of more than one letter.

    >>> is_roman("III"), is_roman("IIl"), is_roman("V")
    (True, False, False)
    """
    return len(text) > 1 and text.isupper() and bool(_ROMAN.fullmatch(text.lower()))


def _spellings(model: LanguageModel) -> list[tuple[str, int]]:
    """Every word as the model writes it, and with the tone mark in the old place where that differs."""
    pairs = []
    for number, word in enumerate(model.words[len(CLASSES) :], len(CLASSES)):
        if word.isalpha() and len(word) <= _LONGEST:
            pairs.append((word, number))
            if _TWO_PLACES.search(word) and (old := place_tone(word, "old")) != word:
                pairs.append((old, number))
    return pairs


def _alphabet(alphabet: str) -> Alphabet:
    lower, upper, capital = np.arange(256), np.arange(256), np.zeros(256, np.bool_)
    codes = {c: i + 2 for i, c in enumerate(alphabet)}
    for c, code in codes.items():
        lower[code] = codes.get(c.lower(), code)
        upper[code] = codes.get(c.upper(), code)
        capital[code] = c != c.lower()
    return Alphabet(lower, upper, capital)


def _tree(spellings: tuple[str, ...], alphabet: str) -> Tree:
    table = np.ones(1 << 16, np.int64)
    for i, c in enumerate(alphabet):
        table[ord(c)] = i + 2
    text = "".join(spellings)
    letters = table[np.frombuffer(text.encode("utf-16-le"), "<u2")] if text else np.zeros(0, np.int64)
    ends = np.cumsum([len(s) for s in spellings], dtype=np.int64)
    size = 1 << max(8, int(2 * len(text)).bit_length())
    keys, children = np.full(size, -1, np.int64), np.zeros(size, np.int32)
    columns = [np.full(len(text) + 1, fill, np.int32) for fill in (-1, 0, 0, 0)]
    nodes = _GROW(letters, ends, Tree(keys, children, *columns))
    return Tree(keys, children, *(column[:nodes].copy() for column in columns))


def _shares(model: LanguageModel) -> Array:
    """For each word the shares of its being written lower, Title and UPPER inside a sentence, smoothed."""
    counts = np.stack([np.asarray(c, np.float32) for c in model.casing], axis=1) + 2.0
    return counts / counts.sum(axis=1, keepdims=True)
