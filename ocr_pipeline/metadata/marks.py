"""The formulas and trigger words of ``metadata.toml``, compiled once."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import regex
from rapidfuzz import fuzz

from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.document import System
from ocr_pipeline.metadata.pieces import flatten
from ocr_pipeline.orthography import fold

# An office that is told in spite of letters that a seal took: so like it, and no shorter than that.
_ROLE_SCORE, _LEAST_ROLE = 90.0, 8
_NO_LETTERS = regex.compile(r"[^\p{L}\d]+")
_FORMULA_SCORE = 82
_SYSTEMS: dict[str, System] = {"state": "state", "party": "party", "mass": "mass-organisation"}


@dataclass(frozen=True, slots=True)
class Formula:
    """A fixed line of the right half of the letterhead, found in a line: where, and what it tells."""

    start: int
    end: int
    system: System | None


class Marks:
    """Patterns by name, word lists, and the search for letterhead formulas."""

    def __init__(self, dictionaries: Dictionaries) -> None:
        table = dictionaries.toml("metadata.toml")
        self._rules = {name: (regex.compile(r["pattern"]), r.get("on") == "text") for name, r in table["rules"].items()}
        self._formulas = [(text, _SYSTEMS.get(kind)) for kind, texts in table["formulas"].items() for text in texts]
        self.openings = tuple(sorted(table["title"]["openings"], key=len, reverse=True))
        self.unfinished = frozenset(table["title"]["unfinished"])
        self.sure_openings = tuple(table["title"]["sure_openings"])
        self.halves = frozenset(table["title"]["halves"])
        self.roles = tuple(sorted(table["signing"]["roles"], key=len, reverse=True))
        self.titles = frozenset(table["signing"]["titles"])
        self.urgency = {flatten(w): w for w in table["marks"]["urgency"]}
        self.secrecy = {flatten(w): w for w in table["marks"]["secrecy"]}

    def match(self, rule: str, text: str) -> regex.Match[str] | None:
        """The rule at the start of the text."""
        pattern, printed = self._rules[rule]
        return pattern.match(text if printed else flatten(text))

    def full(self, rule: str, text: str) -> regex.Match[str] | None:
        """The rule over the whole text."""
        pattern, printed = self._rules[rule]
        return pattern.fullmatch(text if printed else flatten(text))

    def search(self, rule: str, text: str) -> regex.Match[str] | None:
        """The rule anywhere in the text, its last place where there are several."""
        pattern, printed = self._rules[rule]
        return max(pattern.finditer(text if printed else flatten(text)), key=lambda m: m.start(), default=None)

    def is_role(self, text: str) -> bool:
        """Whether a line begins with an office that signs, or is one of which a seal has taken a letter or two."""
        flat = " ".join(_NO_LETTERS.sub(" ", fold(text)).split())
        if any(flat == r or flat.startswith(r + " ") for r in self.roles):
            return True
        return len(flat) >= _LEAST_ROLE and any(fuzz.ratio(flat, r) >= _ROLE_SCORE for r in self.roles)

    def formula(self, text: str) -> Formula | None:
        """The formula that a line holds, a few wrong letters allowed."""
        flat = flatten(text)
        best, best_score = None, 0.0
        for wanted, system in self._formulas:
            if len(flat) < 0.8 * len(wanted):
                continue
            place = fuzz.partial_ratio_alignment(wanted, flat, score_cutoff=max(_FORMULA_SCORE, best_score + 0.01))
            if place is not None and _is_heading(text[place.dest_start : place.dest_end], text[place.dest_end :], system):
                best, best_score = Formula(place.dest_start, place.dest_end, system), place.score
        return best


def _is_heading(found: str, rest: str, system: System | None) -> bool:
    """A body may name the Party or the Republic: in the letterhead they stand in capitals and end the line."""
    if sum(c.isalpha() for c in rest) > 6:
        return False
    letters = [c for c in found if c.isalpha()]
    return system is None or sum(c.isupper() for c in letters) >= 0.7 * len(letters)


@functools.cache
def marks(dictionaries: Dictionaries) -> Marks:
    """The compiled rules of one folder."""
    return Marks(dictionaries)
