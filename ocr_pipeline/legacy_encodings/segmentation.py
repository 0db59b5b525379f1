"""Which stretches of a text are in which encoding: the cheapest way through all of them, where a change costs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import regex

# A no-break space parts as a space does, unless it may be a code: of Õ in VISCII behind a capital, the last byte of à, Ạ or
# Ỡ in UTF-8. A space before a combining mark carries the mark.
_SPACES: Final = r" \t\r\n\f\v\N{NO-BREAK SPACE}\u2000-\u200b\u2028\u2029\u3000\ufeff"
_STRETCH: Final = regex.compile(rf"(?:[^{_SPACES}]|(?<=[A-ZÃº»])\N{{NO-BREAK SPACE}}| (?=\p{{M}}))+")
# Nats. Into a legacy encoding, at the start of a text as well; back to Unicode; both are likelier between lines.
_ENTER, _ENTER_LINE = 14.0, 8.0
_LEAVE, _LEAVE_LINE = 6.0, 3.0


class Stretch(NamedTuple):
    """Characters of a line without a space between them; offsets into the line, lines from 0."""

    line: int
    start: int
    end: int
    text: str


def stretches_of(lines: Sequence[str]) -> list[Stretch]:
    """The stretches of all lines, in order."""
    return [
        Stretch(number, found.start(), found.end(), found.group())
        for number, line in enumerate(lines)
        for found in _STRETCH.finditer(line)
    ]


def hopeless(costs: Sequence[Sequence[float]]) -> set[int]:
    """The states that no cheapest path leads through: no run of positions gains in them what it costs to enter."""
    table = np.array(costs, np.float64)
    gains = np.vstack([np.zeros(table.shape[1]), np.cumsum(table[:, :1] - table, axis=0)])
    best = (gains - np.minimum.accumulate(gains, axis=0)).max(axis=0)
    return set(np.flatnonzero(best < min(_ENTER, _ENTER_LINE)).tolist()) - {0}


def cheapest_path(costs: Sequence[Sequence[float]], fresh: Sequence[bool]) -> list[int]:
    """The state of each position: 0 for Unicode, others for encodings.

    ``costs[i][s]`` is what position ``i`` costs in state ``s``; ``fresh[i]`` says that a line begins there.
    """
    if not costs:
        return []
    total = [cost + (_ENTER_LINE if state else 0.0) for state, cost in enumerate(costs[0])]
    came: list[list[int]] = []
    for row, new_line in zip(costs[1:], fresh[1:], strict=True):
        total, origins = _step(total, row, new_line)
        came.append(origins)
    state = min(range(len(total)), key=total.__getitem__)
    path = [state]
    for origins in reversed(came):
        state = origins[state]
        path.append(state)
    return path[::-1]


def _step(total: Sequence[float], row: Sequence[float], new_line: bool) -> tuple[list[float], list[int]]:
    enter, leave = (_ENTER_LINE, _LEAVE_LINE) if new_line else (_ENTER, _LEAVE)
    best = min(range(1, len(total)), key=total.__getitem__)
    into_unicode = total[best] + leave
    sums = [min(total[0], into_unicode) + row[0]]
    origins = [0 if total[0] <= into_unicode else best]
    cheapest, source = (total[0], 0) if total[0] <= into_unicode else (into_unicode, best)
    for state in range(1, len(total)):
        changed = cheapest + enter
        sums.append(min(total[state], changed) + row[state])
        origins.append(state if total[state] <= changed else source)
    return sums, origins
