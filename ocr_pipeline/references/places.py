"""Page and line of an offset: pages are parted by form feeds, lines by line feeds; both count from 1."""

from __future__ import annotations

from bisect import bisect_right

import regex

_BREAK = regex.compile(r"[\n\f]")


class Places:
    """The starts of the pages and lines of a text, found once."""

    def __init__(self, text: str) -> None:
        self._starts = [0]
        self._numbers = [(1, 1)]
        for found in _BREAK.finditer(text):
            page, line = self._numbers[-1]
            self._starts.append(found.end())
            self._numbers.append((page + 1, 1) if found.group() == "\f" else (page, line + 1))

    def of(self, offset: int) -> tuple[int, int]:
        r"""Page and line of an offset.

        >>> Places("a\nb\fc").of(4)
        (2, 1)
        """
        return self._numbers[bisect_right(self._starts, offset) - 1]
