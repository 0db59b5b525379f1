"""Which recogniser a text came from, by the letters that it has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import regex

from ocr_pipeline.restoration.lattice import Costs

# Letters that only a recogniser with a Vietnamese model writes.
_VIETNAMESE: Final = regex.compile(r"[ăđơưĂĐƠƯ\u1EA0-\u1EF9]")
_LETTER: Final = regex.compile(r"\p{L}")
_LEAST_SHARE: Final = 0.06
COSTS: Final = {
    "eng": Costs(channel=1.0, keep=8.0, keep_letter=1.5, merge=5.0, split=5.0, number=0.0, language=1.0),
    "vie": Costs(channel=1.0, keep=3.0, keep_letter=0.3, merge=9.0, split=9.0, number=9.0, ruined=14.0, language=1.0, least=0.6),
}


def family_of(lines: Sequence[str]) -> str:
    """The channel for a text: ``eng`` where the diacritics are ruined, else ``vie``."""
    text = "\n".join(lines)
    letters = len(_LETTER.findall(text))
    return "vie" if len(_VIETNAMESE.findall(text)) >= _LEAST_SHARE * max(letters, 1) else "eng"
