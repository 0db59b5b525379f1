"""Vietnamese spelling: normal form, tone placement, folding for search, syllable structure, case shapes."""

from __future__ import annotations

import functools
import unicodedata
from typing import Final, Literal

import regex
import unidecode

TONES: Final = (
    "\N{COMBINING GRAVE ACCENT}\N{COMBINING ACUTE ACCENT}\N{COMBINING TILDE}\N{COMBINING HOOK ABOVE}\N{COMBINING DOT BELOW}"
)
_TONE_SET: Final = frozenset(TONES)
_D_LOOKALIKES: Final = str.maketrans(
    {
        "\N{LATIN CAPITAL LETTER ETH}": "Đ",
        "\N{LATIN CAPITAL LETTER AFRICAN D}": "Đ",
        "\N{LATIN SMALL LETTER ETH}": "đ",
        "\N{LATIN CAPITAL LETTER OI}": "Ư",
        "\N{LATIN SMALL LETTER OI}": "ư",
    }
)
_SYLLABLE: Final = regex.compile(r"[^\W_]+")


class _Letters(dict[int, str]):
    """What becomes of a composed letter by its code: itself without tone mark, or the tone mark alone."""

    def __init__(self, *, tones: bool) -> None:
        self._tones = tones

    def __missing__(self, code: int) -> str:
        marks = unicodedata.normalize("NFD", chr(code))
        self[code] = unicodedata.normalize("NFC", "".join(c for c in marks if (c in _TONE_SET) == self._tones))
        return self[code]


_TONELESS: Final = _Letters(tones=False)
_TONE_ALONE: Final = _Letters(tones=True)

# Onset, rhyme without tone: the two halves of a syllable (Vietnamese phonotactics; qu and gi are onsets).
_ONSETS: Final = "ngh|ng|nh|ch|gh|gi|kh|ph|qu|th|tr|[bcdđghklmnprstvx]"
_SHAPE: Final = regex.compile(rf"(?P<onset>{_ONSETS})?(?P<nucleus>[aăâeêioôơuưy]+)(?P<coda>ng|nh|ch|[cmnpt])?", regex.IGNORECASE)
_STOPS: Final = frozenset({"c", "ch", "p", "t"})
# Where both placements are in use: open oa, oe, uy.
_TWO_PLACES: Final = frozenset({"oa", "oe", "uy"})

CaseShape = Literal["lower", "title", "upper", "mixed", "none"]


def nfc(text: str) -> str:
    r"""Composed form, with the look-alikes of Đ and Ư (ETH, African D, OI) as the letters they stand for.

    >>> nfc("Q\u00d0 ch\u01a3ng")
    'QĐ chưng'
    """
    return unicodedata.normalize("NFC", text).translate(_D_LOOKALIKES)


@functools.lru_cache(maxsize=1 << 16)
def split_tone(syllable: str) -> tuple[str, str]:
    r"""The syllable without its tone mark, and the mark (empty for ngang).

    >>> split_tone("thuỷ") == split_tone("thủy") == ("thuy", "\N{COMBINING HOOK ABOVE}")
    True
    """
    composed = unicodedata.normalize("NFC", syllable)
    return unicodedata.normalize("NFC", composed.translate(_TONELESS)), composed.translate(_TONE_ALONE)


@functools.lru_cache(maxsize=1 << 16)
def unify(word: str) -> str:
    """Case-folded key with the tone mark moved to the end: equal for hòa and hoà.

    >>> unify("Hoà") == unify("hòa") != unify("hoa")
    True
    """
    base, tone = split_tone(word.casefold())
    return base + tone


def place_tone(word: str, style: Literal["keep", "old", "new"]) -> str:
    """The word with its tone mark where the style puts it; other words are returned as they are.

    >>> place_tone("hoà", "new"), place_tone("Ủy", "old"), place_tone("quỳ", "old")
    ('hòa', 'Uỷ', 'quỳ')
    """
    if style == "keep":
        return word
    base, tone = split_tone(word)
    shape = _SHAPE.fullmatch(base)
    if len(tone) != 1 or not shape or shape["coda"] or shape["nucleus"].lower() not in _TWO_PLACES:
        return word
    at = shape.start("nucleus") + (1 if style == "new" else 2)
    return unicodedata.normalize("NFC", base[:at] + tone + base[at:])


@functools.lru_cache(maxsize=1 << 16)
def fold(text: str) -> str:
    """Search key: lower case, no diacritics, đ as d; foreign letters as Unidecode writes them.

    >>> fold("Đảng ủy, Uỷ ban, Straße")
    'dang uy, uy ban, strasse'
    """
    decomposed = unicodedata.normalize("NFD", nfc(text).casefold().replace("đ", "d"))
    plain = "".join(c for c in decomposed if not unicodedata.combining(c))
    # A lone surrogate is no character: Unidecode would warn of it.
    return plain if plain.isascii() else unidecode.unidecode(plain.encode(errors="ignore").decode()).lower()


@functools.lru_cache(maxsize=1 << 16)
def is_syllable(word: str) -> bool:
    """Whether the word has the structure of a Vietnamese syllable, in any case and tone placement.

    >>> [is_syllable(w) for w in ("Nghị", "quyết", "Uỷ", "khơng", "QĐ", "triet")]
    [True, True, True, True, False, True]
    """
    base, tone = split_tone(nfc(word))
    shape = _SHAPE.fullmatch(base)
    if not shape or len(tone) > 1 or len(shape["nucleus"]) > 3:
        return False
    stopped = shape["coda"] and shape["coda"].lower() in _STOPS
    return not (stopped and tone in ("\N{COMBINING GRAVE ACCENT}", "\N{COMBINING TILDE}", "\N{COMBINING HOOK ABOVE}"))


@functools.lru_cache(maxsize=1 << 16)
def lacks_tone(word: str) -> bool:
    """Whether a syllable ends in c, ch, p or t and has marks but neither sắc nor nặng, as none has: a mark was lost.

    >>> [lacks_tone(w) for w in ("thuôc", "lưc", "viêt", "thuốc", "triet", "Đăk")]
    [True, True, True, False, False, False]
    """
    base, tone = split_tone(nfc(word))
    shape = _SHAPE.fullmatch(base)
    return bool(shape and not tone and not shape["nucleus"].isascii() and shape["coda"] and shape["coda"].lower() in _STOPS)


def syllables(text: str) -> list[str]:
    """The runs of letters and digits, as ``score.py`` counts them.

    >>> syllables("57-NQ/TW, đổi mới")
    ['57', 'NQ', 'TW', 'đổi', 'mới']
    """
    return _SYLLABLE.findall(nfc(text))


def case_shape(word: str) -> CaseShape:
    """Lower, Title, UPPER, mIxed; ``none`` where there is no letter with case.

    >>> [case_shape(w) for w in ("ủy", "Ủy", "ỦY", "TTr", "57")]
    ['lower', 'title', 'upper', 'mixed', 'none']
    """
    letters = [c for c in word if c.isalpha()]
    if not letters or not any(c.isupper() or c.islower() for c in letters):
        return "none"
    if all(c.islower() for c in letters):
        return "lower"
    if len(letters) > 1 and all(c.isupper() for c in letters):
        return "upper"
    return "title" if letters[0].isupper() and all(c.islower() for c in letters[1:]) else "mixed"
