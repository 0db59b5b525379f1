"""Whether a page can have the size that its file states, and what it has where it cannot.

Programs that make a PDF or an image of a scan write 72 dpi, or any number, where they do not know better, and a page of A4
becomes 1.20 m high. What is read depends on the size of letters, so that such a page is taken for A4 (ISO 216).
"""

from __future__ import annotations

from typing import Final

_A4_INCHES: Final = (8.27, 11.69)
# Longer than A2, or smaller than A6 in the proportions of a sheet (slips and cuttings have others).
_LONGEST: Final = 24.0
_SHORTEST: Final = 5.0
_PROPORTIONS: Final = (1.37, 1.46)


def a4_dpi(width: int, height: int) -> int:
    """The resolution of an image of so many pixels, were it a page of A4."""
    return max(50, round(_sheets(width, height)))


def enlarged(width: float, height: float) -> float:
    """By how much a page of so many inches is larger than it can be; 1.0 where it may be what it states.

    >>> enlarged(8.27, 11.69), enlarged(11.69, 16.54), round(enlarged(34.4, 48.7), 1), round(enlarged(2.75, 3.9), 1)
    (1.0, 1.0, 4.2, 0.3)
    """
    short, long = sorted((width, height))
    small = long < _SHORTEST and short > 0 and _PROPORTIONS[0] < long / short < _PROPORTIONS[1]
    return _sheets(width, height) if long > _LONGEST or small else 1.0


def _sheets(width: float, height: float) -> float:
    """The larger of the sides, counted in those of A4."""
    short, long = sorted((width, height))
    return max(short / _A4_INCHES[0], long / _A4_INCHES[1])
