"""The place inside a document that a citation names before it: điểm a khoản 2 Điều 5."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import regex

from ocr_pipeline.symbols.flow import flat

# How far before a citation its place may begin, in characters.
_REACH: Final = 220
# An account, whose name is that of a unit when folded: tài khoản 642, not tại khoản 2.
_ACCOUNT: Final = regex.compile(r"[Tt]ài [Kk]hoản$")


class Pinpoint(NamedTuple):
    """A place inside a document: where it is named, and how."""

    start: int
    text: str


class PinpointRules:
    """The pattern of ``[pinpoint]``: units with their values, joined, and what leads from them to the document."""

    def __init__(self, table: dict[str, Any]) -> None:
        units = "|".join(rf"{unit}\s{{1,3}}{value}(?:{table['more']}{value})*" for unit, value in table["units"].items())
        self._pattern = regex.compile(
            rf"(?<![a-z\d])(?P<places>(?:tu\s+)?(?:{units})(?:{table['joins']}(?:{units})){{0,9}})(?:{table['leads']})$"
        )

    def before(self, flowing: str, low: int, at: int) -> Pinpoint | None:
        """The place named right before an offset, as written.

        >>> from ocr_pipeline.dictionaries import Dictionaries
        >>> from ocr_pipeline.references.rules import reference_rules
        >>> text = "theo quy định tại các khoản 1, 2 và 5 Điều 32 của "
        >>> reference_rules(Dictionaries.load()).pinpoints.before(text, 0, len(text)).text
        'khoản 1, 2 và 5 Điều 32'
        """
        start = max(low, at - _REACH)
        found = self._pattern.search(flat(flowing[start:at]))
        if not found or _ACCOUNT.search(flowing, start, start + found.start("places") + len("khoản")):
            return None
        words = flowing[start + found.start("places") : start + found.end("places")].split()
        return Pinpoint(start + found.start("places"), " ".join(words).strip(" ,;"))
