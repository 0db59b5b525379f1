"""The types of documents: their names, codes, and the line of capitals that names one."""

from __future__ import annotations

import functools
from typing import NamedTuple

from rapidfuzz import fuzz, process

from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.metadata.pieces import flatten, is_capitals

# Likeness of a whole line, and of the first words of one: CÔNG TY ĐIỆN LỰC is no CÔNG ĐIỆN.
_SAME, _SAME_BEGINNING = 88, 96
# Words of the line; QUYẾT ĐỊNH CỦA ỦY BAN NHÂN DÂN TỈNH BÀ RỊA - VŨNG TÀU is a long one.
_MOST_WORDS = 13
# Words that may follow the type on its own line: PHỐI HỢP, LIÊN TỊCH, KẾT LUẬN ...
_MOST_WORDS_BEHIND = 4
# CÔNG VĂN ĐẾN, VĂN BẢN ĐI: the head of a stamp of the office that receives or sends.
_REGISTERS = frozenset({"den", "di"})


class Heading(NamedTuple):
    """The type of a document as its title line names it. ``length``: words of the line that name it."""

    name: str
    code: str | None
    length: int


class DocumentTypes:
    """Names and codes of ``doc_types.tsv``; one code may stand for two names (Party QĐ: Quyết định, Quy định)."""

    def __init__(self, dictionaries: Dictionaries) -> None:
        self._rows = [(code, name, system) for code, name, system, *_ in dictionaries.rows("doc_types.tsv")]
        self._keys = {_key(name): name for _, name, _ in self._rows}

    def heading(self, text: str) -> Heading | None:
        """The type that a whole line names, a few wrong letters allowed.

        A line that only begins with a type is one where nearly all of it is the type: BÁO CÁO TÓM TẮT.
        """
        words = text.strip(" :.*-–—").split()
        if not words or len(words) > _MOST_WORDS or not is_capitals(text) or flatten(words[-1]) in _REGISTERS:
            return None
        whole = self._named("".join(words), _SAME)
        if whole:
            return Heading(whole, self.code(whole), len(words))
        if of := next((i for i in range(1, len(words)) if flatten(words[i]) == "cua"), 0):
            name = self._named("".join(words[:of]), _SAME_BEGINNING)
            return Heading(name, self.code(name), of) if name else None
        for length in range(min(len(words) - 1, 5), 1, -1):
            name = self._named("".join(words[:length]), _SAME_BEGINNING)
            if name and len(words) - length <= _MOST_WORDS_BEHIND:
                return Heading(name, self.code(name), length)
        return None

    def _named(self, text: str, least: float) -> str | None:
        found = process.extractOne(_key(text), self._keys.keys(), scorer=fuzz.ratio, score_cutoff=least)
        return self._keys[found[0]] if found and len(found[0]) > 3 else None

    def code(self, name: str, system: str | None = None) -> str | None:
        """The code of a name, that of the given system first."""
        codes = [(code, kind) for code, other, kind in self._rows if other.casefold() == name.casefold()]
        return next((c for c, k in codes if system and k == system), codes[0][0] if codes else None)

    def is_code(self, code: str) -> bool:
        """Whether the letters are the code of a type."""
        return any(other == code for other, _, _ in self._rows)

    def name(self, code: str, system: str | None = None) -> str | None:
        """The name that a code stands for; None where it is unknown or stands for several in the system."""
        rows = [(name, kind) for other, name, kind in self._rows if other == code]
        names = {n for n, k in rows if not system or k in (system, "both", "")} or {n for n, _ in rows}
        return names.pop() if len(names) == 1 else None


def _key(text: str) -> str:
    return "".join(c for c in flatten(text) if c.isalpha())


@functools.cache
def document_types(dictionaries: Dictionaries) -> DocumentTypes:
    """The types of one folder."""
    return DocumentTypes(dictionaries)
