"""Which words the language model knows, how they are written, and the words of every token of the corpus."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import regex

from ocr_pipeline.orthography import case_shape, fold, is_syllable, nfc, place_tone, split_tone, unify
from ocr_pipeline.restoration.language_model import BOS, CLASSES, UNK, Casing, ends_sentence, words_of
from ocr_pipeline.training.corpus import SOURCES, Streams

LIMIT: Final = 22_000
# A syllable that no list knows must be this frequent, in two of the sources: rarer ones are misprints and OCR damage.
_SYLLABLE_COUNT: Final = 60
_CAPITALS_COUNT: Final = 40
_FOREIGN_COUNT: Final = 60
# A word without diacritics that folds like a syllable of this frequency is Vietnamese without its marks.
_COMMON: Final = 1_000
# A syllable so many times rarer than one that differs in diacritics only is a misprint of it.
_TWIN: Final = 700
_RARE: Final = 300
_LISTED_TWIN: Final = 5_000
_LISTED_RARE: Final = 60
_MOSTLY: Final = 0.6
_OWN_PHRASES: Final = 1e-4
_LISTS: Final = (
    "words_viet22k.txt", "provinces_2025.txt", "provinces_pre2025.txt", "districts_pre2025.tsv", "wards_2025.tsv",
    "wards_pre2025.tsv", "names_boy.txt", "names_girl.txt", "name_parts.tsv", "surnames.tsv",
)  # fmt: skip
_LISTED_WORD: Final = regex.compile(r"\p{L}+")
_LATIN: Final = regex.compile(r"[\p{Latin}\p{M}\d]+")
_LETTER: Final = regex.compile(r"[a-zđăâêôơư]")
_STOP: Final = regex.compile(r"(?:[ptc]|ch)$")
_BARE_DIPHTHONG: Final = regex.compile(r"ie|ye|uo.")
_VIETNAMESE_LETTER: Final = regex.compile(r"[ăâđêôơư]")

Numbers = npt.NDArray[np.int64]


class Vocabulary(NamedTuple):
    """Words by id with their usual written form and casing; token ``t`` is ``ids[starts[t]:starts[t + 1]]``."""

    words: list[str]
    forms: list[str]
    casing: Casing
    starts: Numbers
    ids: npt.NDArray[np.uint16]


class _Word(NamedTuple):
    """What the corpus says about one key: count, sources that have it, written forms inside sentences."""

    key: str
    total: int
    sources: int
    forms: dict[str, float]


def choose(texts: Streams, shared: Path) -> Vocabulary:
    """The vocabulary of these texts: real syllables, names, abbreviations and frequent foreign words, no damage."""
    starts, pieces, keys, surfaces = _pieces(texts.tokens)
    words = _statistics(texts, starts, pieces, keys, surfaces)
    chosen = _accepted(words, _listed(shared))
    number = dict.fromkeys(keys, UNK) | {w.key: i for i, w in enumerate(chosen, len(CLASSES))}
    number |= {unify(name): i for i, name in enumerate(CLASSES)}
    ids = np.array([number[keys[k]] for k in range(len(keys))], np.uint16)[pieces[:, 0]]
    spellings = [_spelling(w) for w in chosen]
    ids[starts[0]] = BOS
    return Vocabulary([*CLASSES, *spellings], [*CLASSES, *map(_usual_form, chosen)], _casing(chosen), starts, ids)


def _pieces(tokens: list[str]) -> tuple[Numbers, Numbers, list[str], list[str]]:
    """Where each token's words start; their (key, written form) numbers; the keys; the written forms."""
    keys: dict[str, int] = {}
    surfaces: dict[str, int] = {}
    rows: list[tuple[int, int]] = []
    starts = [0]
    for number, token in enumerate(tokens):
        # The break between paragraphs is token 0 and one word: the start of a sentence.
        for word in words_of(token) if number else CLASSES[BOS : BOS + 1]:
            rows.append((keys.setdefault(unify(word), len(keys)), surfaces.setdefault(word, len(surfaces))))
        starts.append(len(rows))
    return np.array(starts), np.array(rows), list(keys), list(surfaces)


def _statistics(texts: Streams, starts: Numbers, pieces: Numbers, keys: list[str], surfaces: list[str]) -> list[_Word]:
    lengths = np.diff(starts)
    owner = np.repeat(np.arange(len(lengths)), lengths)
    ends = sentence_ends(texts.tokens)
    counts = np.zeros(len(keys), np.int64)
    spread = np.zeros(len(keys), np.int64)
    inside = np.zeros(len(texts.tokens))
    for name, stream in texts.sources.items():
        here = np.bincount(pieces[:, 0], np.bincount(stream, minlength=len(lengths))[owner], len(keys)).astype(np.int64)
        counts += here
        spread += (here > 0) & (name in SOURCES)
        # Phrases of our own say nothing about casing, unless nobody else writes the word.
        weight = 1.0 if name in SOURCES else _OWN_PHRASES
        inside += weight * np.bincount(stream[1:][~ends[stream[:-1]]], minlength=len(lengths))
    forms = np.bincount(pieces[:, 1], inside[owner], len(surfaces))
    key_of = np.zeros(len(surfaces), np.int64)
    key_of[pieces[:, 1]] = pieces[:, 0]
    by_key: list[dict[str, float]] = [{} for _ in keys]
    for surface, key, count in zip(surfaces, key_of.tolist(), forms.tolist(), strict=True):
        by_key[key][surface] = count
    return [_Word(*row) for row in zip(keys, counts.tolist(), spread.tolist(), by_key, strict=True)]


def sentence_ends(tokens: list[str]) -> npt.NDArray[np.bool_]:
    """By token, whether a sentence begins after it; it does after the break between paragraphs."""
    return np.array([True, *(ends_sentence(t) for t in tokens[1:])])


def _listed(shared: Path) -> frozenset[str]:
    """Keys of all words in the lists of words, places and persons."""
    found: set[str] = set()
    for path in (shared / "lists" / name for name in _LISTS):
        if path.is_file():
            found.update(map(unify, _LISTED_WORD.findall(nfc(path.read_text(encoding="utf-8")))))
    return frozenset(found)


def _accepted(words: list[_Word], listed: frozenset[str]) -> list[_Word]:
    """The words to know, most frequent first."""
    family: defaultdict[str, int] = defaultdict(int)
    for word in words:
        if possible(_spelling(word)):
            family[fold(word.key)] = max(family[fold(word.key)], word.total)
    known = [w for w in words if _LATIN.fullmatch(w.key) and _is_word(w, w.key in listed, family.get(fold(w.key), 0))]
    return sorted(known, key=lambda w: (-w.total, w.key))[: LIMIT - len(CLASSES)]


def _is_word(word: _Word, listed: bool, relative: int) -> bool:
    """Whether this is a word and not damage; ``relative`` counts its commonest twin without regard to diacritics."""
    spelling = _spelling(word)
    name = _share(word, "title") >= _MOSTLY
    if len(spelling) == 1:
        return bool(_LETTER.fullmatch(spelling)) or word.total >= _SYLLABLE_COUNT
    # đươc, quyêt, dịnh: too rare beside a twin to be anything but a misprint of it.
    rare, ratio = (_LISTED_RARE, _LISTED_TWIN) if listed else (_RARE, _TWIN)
    misprint = not name and word.total < rare and relative >= word.total * ratio
    if listed:
        return not misprint and (possible(spelling) or name or word.total >= _SYLLABLE_COUNT)
    if word.sources < 2:
        return False
    capitals = _share(word, "upper") + _share(word, "mixed") >= _MOSTLY
    if capitals:
        return word.total >= _CAPITALS_COUNT and (spelling.isascii() or not possible(spelling))
    if possible(spelling):
        return word.total >= _SYLLABLE_COUNT and not misprint
    marked = bool(_VIETNAMESE_LETTER.search(spelling)) or bool(split_tone(spelling)[1])
    return word.total >= _FOREIGN_COUNT and relative < _COMMON and (name or not marked)


def possible(spelling: str) -> bool:
    """Whether a lower-case word can be a Vietnamese syllable: also, a stop wants a tone, ie and uo within want a mark.

    >>> [possible(w) for w in ("quyết", "quyêt", "triet", "gien", "tuoi", "nghi")]
    [True, False, False, True, False, True]
    """
    base, tone = split_tone(spelling)
    if not is_syllable(spelling) or (not tone and _STOP.search(base)):
        return False
    return base.startswith("gi") or not _BARE_DIPHTHONG.search(base)


def _share(word: _Word, shape: str) -> float:
    total = sum(word.forms.values())
    return sum(n for form, n in word.forms.items() if case_shape(form) == shape) / total if total else 0.0


def _spelling(word: _Word) -> str:
    """Lower case, the tone mark in the new place; of several spellings the most frequent."""
    spellings: defaultdict[str, float] = defaultdict(float)
    for form, count in word.forms.items():
        spellings[place_tone(form.lower(), "new")] += count
    return min(spellings, key=lambda s: (-spellings[s], s))


def _usual_form(word: _Word) -> str:
    """The word as it is mostly written inside sentences (và, Nguyễn, UBND, TTg)."""
    forms: defaultdict[str, float] = defaultdict(float)
    for form, count in word.forms.items():
        forms[place_tone(form, "new")] += count
    return min(forms, key=lambda s: (-forms[s], s))


def _casing(chosen: list[_Word]) -> Casing:
    shares = [[0.0] * len(CLASSES) + [_share(w, shape) for w in chosen] for shape in ("lower", "title", "upper")]
    return Casing(*(np.floor(np.array(s) * 255).astype(np.uint8) for s in shares))
