"""The forms of catalogues: their columns and the wording of what needs checking, from ``dictionaries/catalogues``."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Final, NamedTuple

from ocr_pipeline.dictionaries import Dictionaries

PROFILES: Final = ("party24", "state7", "ead05")
# Searchable PDFs come as one of these.
PDF_KINDS: Final = ("pdfa", "pdf")


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a profile; ``limit`` is in characters, 0 for none; ``fields`` are the metadata that it is read from."""

    heading: str
    value: str
    kind: str = "text"
    constant: str = ""
    limit: int = 0
    needed: bool = False
    fields: tuple[str, ...] = ()
    note: str = ""
    width: int = 12


@dataclass(frozen=True, slots=True)
class Profile:
    """A form of catalogue: its title, its columns in order, the codes of types where it has such."""

    title: str
    columns: tuple[Column, ...]
    type_codes: dict[str, str]


class Checks(NamedTuple):
    """How the sheet of what needs checking is called and worded."""

    sheet: str
    headings: tuple[str, ...]
    reasons: dict[str, str]


@functools.cache
def profile(name: str, dictionaries: Dictionaries) -> Profile:
    """The profile of a name, from its table."""
    table = dictionaries.toml(f"catalogues/{name}.toml")
    columns = tuple(Column(**{**row, "fields": tuple(row.get("fields", ()))}) for row in table["columns"])
    return Profile(table["title"], columns, table.get("type_codes", {}))


@functools.cache
def checks(dictionaries: Dictionaries) -> Checks:
    """The wording of the sheet of what needs checking."""
    table = dictionaries.toml("catalogues/checks.toml")
    return Checks(table["sheet"], tuple(table["headings"]), table["reasons"])
