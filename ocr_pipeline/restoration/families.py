"""Which recogniser a text came from, by its letters, and what is known of each."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import regex

from ocr_pipeline.restoration.lattice import Costs
from ocr_pipeline.restoration.readings import Reach

# Letters that only a recogniser with a Vietnamese model writes.
_VIETNAMESE: Final = regex.compile(r"[ăđơưĂĐƠƯ\u1EA0-\u1EF9]")
_LETTER: Final = regex.compile(r"\p{L}")
_LEAST_SHARE: Final = 0.06
COSTS: Final = {
    "eng": Costs(keep=8.0, keep_letter=1.5, number=0.0, digit=1.5, letters=0.6),
    "vie": Costs(
        keep=3.0,
        keep_letter=0.3,
        keep_known=3.0,
        keep_odd=6.0,
        merge=9.0,
        split=9.0,
        speck=math.inf,
        number=9.0,
        ruined=14.0,
        numbered=1.0,
        least=0.85,
    ),
}
# A ruined text is searched widely, for its right word is seldom what stands there; one that is mostly right is not.
_WIDE: Final = Reach(width=20.0, most=150, dear=0.0)
REACH: Final = {"eng": _WIDE, "vie": Reach(width=11.0, most=24, dear=8.0)}


def family_of(lines: Sequence[str]) -> str:
    """The channel for a text: ``vie`` where diacritics stand, else ``eng``."""
    text = "\n".join(lines)
    letters = len(_LETTER.findall(text))
    return "vie" if len(_VIETNAMESE.findall(text)) >= _LEAST_SHARE * max(letters, 1) else "eng"
