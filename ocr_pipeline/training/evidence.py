"""All evidence about damage, pooled: weighted counts of (printed, recognised) words for each family of recognisers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.training.channel_pairs import HELD_OUT, aligned_groups, read_lines
from ocr_pipeline.training.damage_table import RENDERED, damages

# One line of a real scan tells as much as some rendered ones: rendered damage is milder and more regular. The table of the
# large English model says a little about its family.
_WEIGHT: Final = {"eng": 1.0, "vie": 1.0, "eng-large": 0.15}
_REAL_WEIGHT: Final = {"eng": 6.0, "vie": 6.0, "eng-large": 0.45}
# The two English models are one family: what they make of ô and Đ differs, but a channel that knows both reads either.
_FAMILY: Final = {"eng": "eng", "vie": "vie", "eng-large": "eng"}
Pairs = dict[str, Counter[tuple[str, str]]]


class Piece(NamedTuple):
    """Printed words and what they became; ``document`` is a scan's name, or "rendered"."""

    model: str
    document: str
    printed: str
    recognised: str
    times: float


def pieces(shared: Path, dictionaries: Dictionaries, more: Sequence[Path] = ()) -> Iterator[Piece]:
    """Everything known: the aligned lines of ``shared/ocr_pairs`` and of ``more``, and the table of the large English model."""
    for line in read_lines(shared, more):
        document = line.page.rsplit(".p", 1)[0] if line.real else RENDERED
        for printed, recognised in aligned_groups(line.printed, line.recognised):
            yield Piece(line.family, document, printed, recognised, 1.0)
    for row in damages(dictionaries):
        if not row.document.startswith(HELD_OUT):
            yield Piece("eng-large", row.document, row.printed, row.recognised, float(row.times))


def pooled(found: Iterator[Piece], *, keep: Callable[[str], bool] = lambda _: True) -> Pairs:
    """Weighted counts by family; ``keep`` leaves documents out, for figures on what was not learned from."""
    pairs: Pairs = {"eng": Counter(), "vie": Counter()}
    for piece in found:
        if piece.document == RENDERED or keep(piece.document):
            weight = piece.times * (_WEIGHT if piece.document == RENDERED else _REAL_WEIGHT)[piece.model]
            pairs[_FAMILY[piece.model]][piece.printed, piece.recognised] += weight  # type: ignore[assignment]  # weighted counts
    return pairs
