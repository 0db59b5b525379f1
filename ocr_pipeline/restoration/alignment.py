"""What became of each letter of a printed word: its alignment with the token that was recognised."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from ocr_pipeline.compiled import Flat, Kernel
from ocr_pipeline.restoration.channel import Array, Channel
from ocr_pipeline.restoration.kernels import aligning
from ocr_pipeline.restoration.kernels.matching import CAPITAL, TITLE, UPPER
from ocr_pipeline.restoration.lexicon import Lexicon

_ALIGN: Final = Kernel(aligning.align)
# The memory is emptied when it has so many: a batch may run for days.
_MOST_KNOWN: Final = 100_000


class Operations(NamedTuple):
    """What was done to the letters of a word: printed letters above 24 bits of recognised ones, and what each costs (nats)."""

    done: Array
    costs: Array


_NOTHING: Final = Operations(np.zeros(0, np.int64), np.zeros(0))


class Aligner:
    """Aligns words of a lexicon with tokens, by the operations of a channel; remembers what it has aligned."""

    def __init__(self, channel: Channel, lexicon: Lexicon) -> None:
        self._channel, self._lexicon = channel, lexicon
        self._space = aligning.aligning()
        self._fixed = Flat(channel.steps), Flat(self._space)
        self._known: dict[tuple[str, int, int], Operations] = {}

    def operations(self, token: str, entry: int, shape: int) -> Operations:
        """The cheapest operations that make the token of a spelling in this shape; none where no operations do."""
        key = token, entry, shape
        if key not in self._known:
            if len(self._known) > _MOST_KNOWN:
                self._known.clear()
            self._known[key] = self._aligned(token, _written(self._lexicon.spellings[entry], shape))
        return self._known[key]

    def _aligned(self, token: str, printed: str) -> Operations:
        if max(len(token), len(printed)) > aligning.LONGEST:
            return _NOTHING
        found = _ALIGN(self._channel.codes(printed), self._channel.codes(token), *self._fixed)
        return Operations(self._space.operations[:found].copy(), self._space.prices[:found].copy())


def _written(spelling: str, shape: int) -> str:
    if shape in (CAPITAL, UPPER):
        return spelling.upper()
    return spelling[:1].upper() + spelling[1:] if shape == TITLE else spelling
