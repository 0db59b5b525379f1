"""A query as a reader types it: words, "phrases", numbers of documents in any written form. Any string is a query."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Final, NamedTuple

import regex

from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.number_keys import type_codes
from ocr_pipeline.orthography import fold, nfc
from ocr_pipeline.passages import WORD, text_keys
from ocr_pipeline.symbols import symbol_key

# A number with its symbol, as people type it: 57-NQ/TW, 57 NQ/TW, 57/nq-tw, 30/2020/NĐ-CP, 45/2019/QH14. A stroke or a
# hyphen behind the letters tells it from "57 trang"; where it follows the digits alone, a code or a year tells it.
_GAP: Final = r"\s*[-/\u2010-\u2015]\s*"
_NUMBER: Final = regex.compile(
    rf"(?<!\w)(?P<ordinal>\d{{1,6}}[a-zđ]?)(?:{_GAP}(?P<year>(?:19|20)\d\d))?(?:{_GAP}|\s+)?"
    rf"(?P<tail>[a-zđư]{{1,12}}\d*(?:{_GAP}[a-zđư]{{1,12}}\d*)*)(?!\w)",
    regex.IGNORECASE,
)
_ORDINAL: Final = rf"(?P<ordinal>\d{{1,6}}[a-zđ]?)(?:{_GAP}(?P<year>(?:19|20)\d\d))?(?!\w)"
_QUOTED: Final = regex.compile(r'["“”«»]([^"“”«»]*)["“”«»]')


class Term(NamedTuple):
    """One thing that a page must have: a word or a phrase by its keys, or a number by its key."""

    exact: str
    folded: str
    number: str | None = None

    @property
    def is_number(self) -> bool:
        """Whether it is the number of a document."""
        return self.number is not None


def terms_of(query: str, dictionaries: Dictionaries) -> tuple[Term, ...]:
    """The terms of a query, in order; numbers are looked for inside quotation marks too.

    >>> [t.number or t.folded for t in terms_of('Đảng uỷ "chuyển đổi số" 57 nq/tw', Dictionaries.load())]
    ['dang', 'uy', 'chuyen doi so', '57nqtw']
    >>> [t.number for t in terms_of("nghị quyết số 57", Dictionaries.load())]
    ['nq57']
    """
    query = nfc(query)
    found: list[Term] = []
    end = 0
    for quoted in _QUOTED.finditer(query):
        found += _loose(query[end : quoted.start()], dictionaries)
        found += _phrase(quoted[1], dictionaries)
        end = quoted.end()
    return (*found, *_loose(query[end:], dictionaries))


def joined(terms: tuple[Term, ...]) -> tuple[Term, ...]:
    """The same with the words that follow one another as one phrase.

    >>> [t.folded for t in joined(terms_of("Đảng uỷ xã 57-NQ/TW", Dictionaries.load()))]
    ['dang uy xa', '57 nq tw']
    """
    found: list[Term] = []
    for term in terms:
        if found and not term.is_number and not found[-1].is_number:
            found[-1] = Term(f"{found[-1].exact} {term.exact}", f"{found[-1].folded} {term.folded}")
        else:
            found.append(term)
    return tuple(found)


def number_key(text: str, dictionaries: Dictionaries) -> str | None:
    """The key of a number in any written form; None where the text is none.

    >>> {number_key(text, Dictionaries.load()) for text in ("57-NQ/TW", "57 nq/tw", "57/NQ-TƯ")}
    {'57nqtw'}
    >>> [number_key(text, Dictionaries.load()) for text in ("NQ 57", "Nghị quyết số 57", "nđ 30/2020", "năm 2020")]
    ['nq57', 'nq57', 'nd302020', None]
    """
    numbers = [term.number for term in _loose(text.strip(), dictionaries)]
    return numbers[0] if len(numbers) == 1 else None


def _phrase(text: str, dictionaries: Dictionaries) -> list[Term]:
    numbers = _loose(text, dictionaries)
    if len(numbers) == 1 and numbers[0].is_number:
        return numbers
    exact, folded = text_keys(text)
    return [Term(exact, folded)] if exact else []


def _loose(text: str, dictionaries: Dictionaries) -> list[Term]:
    """Words one by one, and the numbers among them."""
    found: list[Term] = []
    end = 0
    for number in _numbers(text, dictionaries):
        found += _words(text[end : number.start])
        found.append(Term(*text_keys(number.written), number.key))
        end = number.end
    return [*found, *_words(text[end:])]


def _words(text: str) -> Iterator[Term]:
    for word in WORD.findall(text):
        yield Term(*text_keys(word))


class _Number(NamedTuple):
    """A number of the query: its place with what introduces it, as written, its key."""

    start: int
    end: int
    written: str
    key: str


def _numbers(text: str, dictionaries: Dictionaries) -> Iterator[_Number]:
    """Each number with its type and số before it; a whole number comes before a short form in it."""
    named = _named(dictionaries)
    at = 0
    while at < len(text):
        whole, short = _whole(text, at, dictionaries), named.search(text, at)
        if whole and (not short or whole.start() < short.end()):
            introduced = _introduction(dictionaries).search(text, at, whole.start())
            start = introduced.start() if introduced else whole.start()
            yield _Number(start, whole.end(), whole[0], _whole_key(whole, dictionaries))
            at = whole.end()
        elif short:
            yield _Number(short.start(), short.end(), short[0], _short_key(short, dictionaries))
            at = short.end()
        else:
            return


def _whole(text: str, at: int, dictionaries: Dictionaries) -> regex.Match[str] | None:
    codes = _folded_codes(dictionaries)
    for found in _NUMBER.finditer(text, at):
        signs = regex.search(r"[-/\u2010-\u2015]", found[0])
        parts = [fold(part) for part in WORD.findall(found["tail"])]
        if signs and (len(parts) > 1 or found["year"] or parts[0] in codes):
            return found
    return None


def _whole_key(found: regex.Match[str], dictionaries: Dictionaries) -> str:
    """The key of a number; 57-NQ is short for one whose organ is not told."""
    tail = fold(found["tail"])
    if tail in _folded_codes(dictionaries):
        return tail + fold(found["ordinal"]) + (found["year"] or "")
    return symbol_key(found[0])


@functools.cache
def _folded_codes(dictionaries: Dictionaries) -> frozenset[str]:
    return frozenset(fold(code) for code in type_codes(dictionaries))


def _short_key(found: regex.Match[str], dictionaries: Dictionaries) -> str:
    code = _codes_by_name(dictionaries)[fold(" ".join(found["type"].split()))]
    return code + fold(found["ordinal"]) + (found["year"] or "")


@functools.cache
def _named(dictionaries: Dictionaries) -> regex.Pattern[str]:
    """A type by name or code, maybe số, and digits: NQ 57, Nghị quyết số 57, nd 30/2020, 57-NQ."""
    return regex.compile(rf"{_typed(dictionaries)}(?:\s+{_unmarked('so')})?[\s:.]*{_ORDINAL}", regex.IGNORECASE)


@functools.cache
def _introduction(dictionaries: Dictionaries) -> regex.Pattern[str]:
    """What stands before a whole number and says no more than it: its type, số."""
    number = rf"(?<!\w){_unmarked('so')}[\s:.]*"
    return regex.compile(rf"(?:{_typed(dictionaries)}[\s:.]+(?:{number})?|{number})$", regex.IGNORECASE)


def _typed(dictionaries: Dictionaries) -> str:
    words = sorted(_codes_by_name(dictionaries), key=len, reverse=True)
    return rf"(?<!\w)(?P<type>{'|'.join(_unmarked(word) for word in words)})"


def _unmarked(word: str) -> str:
    """A pattern that the folded word matches with any marks."""
    marked = {"a": "aàáảãạăằắẳẵặâầấẩẫậ", "d": "dđ", "e": "eèéẻẽẹêềếểễệ", "i": "iìíỉĩị"}
    marked |= {"o": "oòóỏõọôồốổỗộơờớởỡợ", "u": "uùúủũụưừứửữự", "y": "yỳýỷỹỵ"}
    return "".join(rf"[{marked[c]}]" if c in marked else r"\s+" if c == " " else regex.escape(c) for c in word)


@functools.cache
def _codes_by_name(dictionaries: Dictionaries) -> dict[str, str]:
    """The folded code for each folded name and code of a type."""
    codes: dict[str, str] = {}
    for code, name, *_ in dictionaries.rows("doc_types.tsv"):
        if code != "-":
            codes.setdefault(fold(name), fold(code))
            codes.setdefault(fold(code), fold(code))
    return codes
