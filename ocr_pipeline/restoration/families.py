"""Which recogniser a text came from: by its letters, and by which channel has seen its words."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final

import regex

from ocr_pipeline.restoration.channel import Channel
from ocr_pipeline.restoration.lattice import Costs
from ocr_pipeline.restoration.readings import Reach

# Letters that only a recogniser with a Vietnamese model writes.
_VIETNAMESE: Final = regex.compile(r"[ăđơưĂĐƠƯ\u1EA0-\u1EF9]")
_LETTER: Final = regex.compile(r"\p{L}")
_WORD: Final = regex.compile(r"\p{L}{2,}")
_LEAST_SHARE: Final = 0.06
_ENGLISH: Final = Costs(keep=8.0, keep_letter=1.5, number=0.0, digit=1.5)
COSTS: Final = {
    "eng": _ENGLISH,
    "eng-large": _ENGLISH,
    "vie": Costs(
        keep=3.0, keep_letter=0.3, merge=9.0, split=9.0, speck=math.inf, number=9.0, ruined=14.0, numbered=1.0, least=0.85
    ),
}
# A ruined text is searched widely, for its right word is seldom what stands there; one that is mostly right is not.
_WIDE: Final = Reach(width=20.0, most=150, dear=0.0)
REACH: Final = {"eng": _WIDE, "eng-large": _WIDE, "vie": Reach(width=11.0, most=24, dear=8.0)}
# A word that a channel has not seen counts as if seen so often.
_UNSEEN: Final = 0.5


def family_of(lines: Sequence[str], channels: Mapping[str, Channel]) -> str:
    """The channel for a text: ``vie`` where diacritics stand, else the English one that has seen its words oftener."""
    text = "\n".join(lines)
    letters = len(_LETTER.findall(text))
    if len(_VIETNAMESE.findall(text)) >= _LEAST_SHARE * max(letters, 1):
        return "vie"
    words = _WORD.findall(text.lower())
    return max(("eng", "eng-large"), key=lambda name: _familiarity(words, channels[name]))


def _familiarity(words: Sequence[str], channel: Channel) -> float:
    """Logarithm of the chance of the words under what the channel has seen."""
    total = sum(channel.words.totals.values())
    return sum(math.log((sum(channel.words.given.get(word, {}).values()) + _UNSEEN) / total) for word in words)
