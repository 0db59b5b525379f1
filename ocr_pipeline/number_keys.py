"""The keys by which the number of a document is found, however it is written."""

from __future__ import annotations

import functools
from collections.abc import Iterator

from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.orthography import fold
from ocr_pipeline.symbols import symbol_key
from ocr_pipeline.symbols.form import cut, parts_of


def number_keys(number: str, code: str | None, dictionaries: Dictionaries) -> tuple[str, ...]:
    """The keys by which a number is found: the whole, type and ordinal, and these with the year where it bears one.

    >>> number_keys("30/2020/NĐ-CP", None, Dictionaries.load())
    ('302020ndcp', 'nd30', 'nd302020')
    >>> number_keys("45/2019/QH14", "L", Dictionaries.load())
    ('452019qh14', 'l45', 'l452019')
    """
    return tuple(dict.fromkeys(_number_keys(number, code, dictionaries)))


def _number_keys(number: str, code: str | None, dictionaries: Dictionaries) -> Iterator[str]:
    yield symbol_key(number)
    parts = cut(number)
    if parts is None:
        return
    codes = type_codes(dictionaries)
    stated = next((part for part in parts_of(parts.tail) if part in codes), code)
    if stated:
        short = fold(stated) + fold(parts.ordinal)
        yield short
        if parts.year:
            yield f"{short}{parts.year}"


@functools.cache
def type_codes(dictionaries: Dictionaries) -> frozenset[str]:
    """The codes of the types of documents."""
    return frozenset(row[0] for row in dictionaries.rows("doc_types.tsv")) - {"-"}
