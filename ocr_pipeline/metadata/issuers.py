"""Who issued the document and who stands above, from the lines of the left letterhead."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import NamedTuple

import regex

from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.metadata.capitals import capitals
from ocr_pipeline.metadata.pieces import Piece, flatten, joined
from ocr_pipeline.orthography import fold
from ocr_pipeline.symbols.issuer_names import issuer_names

_EDGES = " .,;:*'\"“”|_=~`^-–—"
# A known name that damage is put right by has so many words, and costs so much at the most, a word.
_FEWEST, _DEAREST = 4, 0.3
_JOINT = regex.compile(r"\s+[-–—]\s+(?=\p{Lu})|\s*[-–—]\s*$")


class Issuers(NamedTuple):
    """The organs of the letterhead: issuers with their pieces, and the superior one with its."""

    issuers: tuple[str, ...]
    pieces: tuple[Piece, ...]
    parent: str | None
    parent_pieces: tuple[Piece, ...]


class Organs:
    """First words of organs' names, and what a symbol says of the issuer."""

    def __init__(self, dictionaries: Dictionaries) -> None:
        table = dictionaries.toml("metadata.toml")["organs"]
        self._heads = tuple(sorted(table["heads"], key=len, reverse=True))
        self._not_heads = tuple(table["not_heads"])
        self._incomplete = frozenset(table["incomplete"])
        self._superiors = tuple(table["superiors"])
        self._mass = tuple(table["mass"])
        self._small = frozenset(map(fold, table["small"]))
        self._symbols = {row[0]: (row[1], row[2]) for row in dictionaries.rows("organ_symbols.tsv")}
        self._provinces = {row[0]: row[2] if row[2] != "-" else row[1] for row in dictionaries.rows("places.tsv")}

    def begins(self, flat: str) -> bool:
        """Whether a folded line begins with the head of an organ's name."""
        if any(flat.startswith(w) for w in self._not_heads) and not flat.startswith(("tinh uy", "tinh doan")):
            return False
        return any(flat == h or flat.startswith(h + " ") for h in self._heads)

    def goes_on(self, flat: str, following: str) -> bool:
        """Whether the name of a line is continued by the next one."""
        words = flat.split()
        if not words or words[-1] in self._small or flat.endswith((",", "&")):
            return True
        return flat in self._incomplete and not following.startswith(("van phong", "ban "))

    def joint(self, above: str, below: str) -> bool:
        """Whether a dash at the end of a line joins two issuers: a speck after a superior's name does not."""
        if not above.rstrip().endswith(("-", "–", "—")):
            return False
        upper, lower = fold(above).strip(_EDGES), fold(below).strip(_EDGES)
        rank = next((s for s in self._superiors if upper.startswith(s)), None)
        return rank is None or lower.startswith(rank)

    def is_mass(self, name: str) -> bool:
        """Whether the organ is one of a mass organisation."""
        return any(words in fold(name) for words in self._mass)

    def province(self, place: str | None) -> str | None:
        """The table's name of a province that the place line names, without kind and damage."""
        flat = fold(place or "").removeprefix("tp.").removeprefix("tp").strip()
        return next((name for name in self._provinces if fold(name) == flat), None)

    def inferred(self, symbol: str, place: str | None) -> tuple[str | None, str | None]:
        """Issuer and superior that a symbol and the place tell; None where they do not."""
        issuer, parent = self._symbols.get(symbol, ("-", "-"))
        known = self._names_of_place(place)
        return _filled(issuer, known), _filled(parent, known)

    def whole(self, name: str, place: str | None) -> str | None:
        """The name of a people's committee or council of which the letterhead gives no place, with the province."""
        council = fold(name) in ("hoi dong nhan dan", "hdnd")
        if not council and fold(name) not in ("uy ban nhan dan", "ubnd"):
            return None
        of_place = self._names_of_place(place).get("people_council" if council else "people_committee")
        return of_place.replace(of_place.split(" tỉnh")[0].split(" thành phố")[0], name) if of_place else None

    def _names_of_place(self, place: str | None) -> dict[str, str]:
        names = {"place": place} if place else {}
        province = self.province(place)
        if province:
            kind = self._provinces[province]
            names["party_province"] = f"{'Thành' if kind.startswith('thành') else 'Tỉnh'} ủy {province}"
            names["state_province"] = f"UBND {kind} {province}"
            names["people_committee"] = f"Ủy ban nhân dân {kind} {province}"
            names["people_council"] = f"Hội đồng nhân dân {kind} {province}"
        return names


def _filled(name: str, known: dict[str, str]) -> str | None:
    """A name of the table with its place; None where it needs one that is not known."""
    for key, value in known.items():
        name = name.replace(f"{{{key}}}", value)
    return None if name == "-" or "{" in name else name


def read_issuers(pieces: Sequence[Piece], dictionaries: Dictionaries) -> Issuers:
    """The last organ of the letterhead is the issuer, the one above it its superior; joined ones issue together."""
    organs = known_organs(dictionaries)
    groups = _groups([p for p in pieces if len(flatten(p.text).strip(_EDGES)) > 1], organs)
    if not groups:
        return Issuers((), (), None, ())
    own = [groups.pop()]
    while groups and organs.joint(joined(groups[-1]), joined(own[0])):
        own.insert(0, groups.pop())
    parts = [part for group in own for part in _split(_clean(group), organs)]
    names = _shared_place([_named(part, dictionaries) for part in parts if part])
    parent = groups[-1] if groups and len(own) == 1 else []
    return Issuers(
        tuple(names),
        tuple(p for group in own for p in group),
        _named(_clean(parent), dictionaries) or None,
        tuple(parent),
    )


def _groups(pieces: Sequence[Piece], organs: Organs) -> list[list[Piece]]:
    groups: list[list[Piece]] = []
    for piece in pieces:
        flat = fold(piece.text).strip(_EDGES)
        before = fold(joined(groups[-1])).strip(" .;:*_") if groups else ""
        # No organ has a name of one word: SỞ NÔNG NGHIỆP VÀ MÔI / TRƯỜNG.
        if groups and (" " not in flat or not organs.begins(flat) or organs.goes_on(before, flat)):
            groups[-1].append(piece)
        else:
            groups.append([piece])
    while len(groups) > 1 and not organs.begins(fold(groups[0][0].text).strip(_EDGES)):
        groups.pop(0)
    return groups


def _named(printed: str, dictionaries: Dictionaries) -> str:
    """A name as running text writes it; damaged words of a long known name are read as that name has them."""
    name = capitals(dictionaries).lowered(printed)
    found = issuer_names(dictionaries).at(name, 0, damaged=True)
    words = len(name[: found.end].split()) if found else 0
    if not found or not found.repairs or words < _FEWEST or found.cost > _DEAREST * words or name[found.end :].strip(_EDGES):
        return name
    for repair in reversed(found.repairs):
        name = name[: repair.start] + repair.text + name[repair.end :]
    return capitals(dictionaries).lowered(name.upper())


def _clean(pieces: Sequence[Piece]) -> str:
    return joined(pieces).strip(_EDGES)


def _split(text: str, organs: Organs) -> list[str]:
    """SỞ TÀI CHÍNH - SỞ Y TẾ are two issuers; BỘ LAO ĐỘNG - THƯƠNG BINH VÀ XÃ HỘI is one."""
    parts: list[str] = []
    for part in _JOINT.split(text):
        if parts and not organs.begins(fold(part)):
            parts[-1] += f" - {part}"
        else:
            parts.append(part)
    return parts


def _shared_place(names: list[str]) -> list[str]:
    return [" ".join(name.split()) for name in names]


@functools.cache
def known_organs(dictionaries: Dictionaries) -> Organs:
    """The tables of one folder."""
    return Organs(dictionaries)
