"""Training text of our own: phrases of letterheads and signatures with their slots filled, names of organs, places, persons."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import regex

from ocr_pipeline.dictionaries import Dictionaries

_FILE: Final = "register.toml"
_ISSUERS: Final = "issuer_names.tsv"
_GROUPS: Final = ("letterheads", "bodies", "signatures")
_SLOT: Final = regex.compile(r"\{(\w+)\}")
_KIND: Final = regex.compile(r"^(?:Tỉnh|Thành phố) ")
_SURNAMES_EACH: Final = 4
# A phrase with several slots takes this many fillings at most: each slot's values are met, not each combination.
_FILLINGS: Final = 120


def phrases(dictionaries: Dictionaries, shared: Path) -> Iterator[str]:
    """The lines of ``register.toml``, once for each value of their slots."""
    table = dictionaries.toml(_FILE)
    slots: dict[str, list[str]] = table["slots"] | _places(shared)
    for line in itertools.chain.from_iterable(table[group]["lines"] for group in _GROUPS):
        yield from _filled(line, slots)


def _places(shared: Path) -> dict[str, list[str]]:
    provinces = sorted({*_listed(shared, "provinces_2025.txt"), *_listed(shared, "provinces_pre2025.txt")})
    party = [p.replace("Tỉnh ", "Tỉnh ủy ").replace("Thành phố ", "Thành ủy ") for p in provinces]
    return {"province": provinces, "city": [_KIND.sub("", p) for p in provinces], "party_province": party}


def _filled(line: str, slots: dict[str, list[str]]) -> Iterator[str]:
    """Each value of each slot at least once, further slots in step.

    >>> list(_filled("{a} {b}", {"a": ["x", "y"], "b": ["1"]}))
    ['x 1', 'y 1']
    """
    names = list(dict.fromkeys(_SLOT.findall(line)))
    longest = max((len(slots[name]) for name in names), default=1)
    rounds = longest if len(names) < 2 else max(longest, min(math.prod(len(slots[name]) for name in names), _FILLINGS))
    for turn in range(rounds):
        # Steps that differ, so that two slots of equal length do not always meet in the same pairs.
        values = {name: slots[name][turn * (step + 1) % len(slots[name])] for step, name in enumerate(names)}
        yield line.format(**values)


def names(shared: Path) -> Iterator[str]:
    """Places from the ward up, and persons: surname and given names, common surnames oftener."""
    for name in ("provinces_2025.txt", "provinces_pre2025.txt", "districts_pre2025.tsv", "wards_2025.tsv", "wards_pre2025.tsv"):
        yield from _listed(shared, name)
    surnames = itertools.cycle(_surnames(shared))
    for given in [*_listed(shared, "names_boy.txt"), *_listed(shared, "names_girl.txt")]:
        for surname in itertools.islice(surnames, _SURNAMES_EACH):
            yield f"{surname} {given}"


def issuers(dictionaries: Dictionaries) -> Iterator[str]:
    """The names of organs that issue documents, alone, as letterheads and signatures have them."""
    for (name,) in dictionaries.rows(_ISSUERS):
        yield name


def _surnames(shared: Path) -> list[str]:
    rows = [line.split(", ") for line in _listed(shared, "surnames.tsv")]
    return [name for name, count in rows for _ in range(1 + int(count) // 400)]


def _listed(shared: Path, name: str) -> list[str]:
    """The rows of one list, fields joined as in running text; the longest field alone where it repeats the others."""
    path = shared / "lists" / name
    if not path.is_file():
        return []
    rows = [line.split("\t") for line in path.read_text(encoding="utf-8").split("\n") if line]
    return [row[1] if len(row) > 1 and row[1].startswith(row[0]) else ", ".join(row) for row in rows]
