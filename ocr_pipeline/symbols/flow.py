"""A text as one reads it: lines run on, page numbers are skipped, look-alikes are one; every offset stays what it was."""

from __future__ import annotations

import unicodedata
from typing import Final, NamedTuple

import regex

from ocr_pipeline.document import Span
from ocr_pipeline.orthography import fold

PARAGRAPH: Final = "\n"

# One character for one character, so that a span in the flow is a span in the text.
_LOOKALIKES: Final = str.maketrans(
    dict.fromkeys("‐‑‒–—−﹣－", "-")
    | dict.fromkeys("⁄∕／", "/")
    | dict.fromkeys("\N{NO-BREAK SPACE}\t\r\v\u2002\u2003\u2009\u200b\u202f\ufeff", " ")
    | dict.fromkeys("\N{LATIN CAPITAL LETTER ETH}\N{LATIN CAPITAL LETTER AFRICAN D}", "Đ")
    | {"\N{LATIN SMALL LETTER ETH}": "đ", "\N{LATIN CAPITAL LETTER OI}": "Ư", "\N{LATIN SMALL LETTER OI}": "ư"}
    # Cyrillic and Greek letters in the shape of Latin ones: web copies of law texts have them in symbols.
    | dict(zip("АВСЕНІКМОРТХУ", "ABCEHIKMOPTXY", strict=True))
    | dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEZHIKMNOPTYX", strict=True))
)
_PAGE_NUMBER: Final = regex.compile(r"\W{0,4}(?:\d{1,3}|[Tt]rang \d{1,3})\W{0,4}")
_OPENING: Final = regex.compile(
    r"(?:[-+•*·](?!\s?[A-ZĐ]{2,}[/-])\s*\S|\d{1,2}(?:\.\d{1,2}){0,3}[.)]\s|[IVX]{1,5}\s?[.)-]\s|\p{L}\)\s|"
    r"(?:Điều|Chương|Mục|Phần)\s+[\dIVX]+\b[.:]?(?=\s+\p{Lu}|\s*$)|(?:Căn cứ|Kính gửi|Nơi nhận|Xét|Theo đề nghị)\b)"
)
_NUMBERED: Final = regex.compile(r"(?:\d{1,2}(?:\.\d{1,2})*[.)]|[IVX]{1,5}\s?[.)-]|\p{L}\))\s")
_BROKEN_NUMBER: Final = regex.compile(r"\d\s?[-/]\s*$")
_ENDS: Final = (".", ";", ":", "!", "?", "…")
# A line much shorter than its neighbour was ended on purpose.
_SHORT: Final = 0.55


def flow(text: str) -> str:
    r"""The text with a space for every line end inside a paragraph; a paragraph ends with a line feed.

    >>> flow("Nghị quyết số 57-\nNQ/TW.\n\fĐiều 1") == "Nghị quyết số 57- NQ/TW.\n\nĐiều 1"
    True
    """
    parts = regex.split(r"([\n\f])", text.translate(_LOOKALIKES))
    contents, ends = parts[::2], parts[1::2]
    kept = [_without_page_number(contents, ends, i) for i in range(len(contents))]
    empty = [not line and "\f" not in ends[max(0, i - 2) : i + 2] for i, line in enumerate(contents)]
    filled = [line.strip() for line in kept]
    following = _next_filled(filled)
    out, last, gap = [kept[0]], "", False
    for i in range(len(ends)):
        last, gap = (filled[i], False) if filled[i] else (last, gap or empty[i])
        after = following[i]
        blank = gap or (after > i + 1 and empty[i + 1])
        out.append(PARAGRAPH if ends_paragraph(last, filled[after] if after < len(filled) else "", blank=blank) else " ")
        out.append(kept[i + 1])
    return "".join(out)


def _next_filled(lines: list[str]) -> list[int]:
    """For each line the index of the next one with text on it."""
    following = [len(lines)] * len(lines)
    for i in range(len(lines) - 2, -1, -1):
        following[i] = i + 1 if lines[i + 1] else following[i + 1]
    return following


def _without_page_number(contents: list[str], ends: list[str], i: int) -> str:
    """The line, blanked where it is the number of a page: the first or last line beside a page break."""
    line = contents[i]
    if len(line) >= 16 or not _PAGE_NUMBER.fullmatch(line):
        return line
    before = next((k for k in range(i - 1, -1, -1) if contents[k].strip()), -1)
    after = next((k for k in range(i + 1, len(contents)) if contents[k].strip()), len(contents))
    return " " * len(line) if "\f" in ends[max(before, 0) : after] else line


def ends_paragraph(line: str, following: str, *, blank: bool) -> bool:
    """Whether a paragraph ends between two lines, from how the one ends and the other begins."""
    if not line or not following or _OPENING.match(following):
        return not _BROKEN_NUMBER.search(line) if following and line else True
    if line.endswith(_ENDS):
        return blank or not (following[0].islower() or line.endswith(";"))
    if blank:
        return not (following[0].islower() or _BROKEN_NUMBER.search(line))
    if following[0].islower() or not following[0].isalpha() or line.endswith((",", "-", "/")):
        return False
    if line.isupper() != following.isupper():
        return line.isupper() or bool(_NUMBERED.match(line))
    return len(line) < _SHORT * len(following)


class _Flat(dict[int, str]):
    """The folded form of each character, worked out when it is first met."""

    def __missing__(self, code: int) -> str:
        folded = (fold(chr(code)) or " ")[0]
        self[code] = folded
        return folded


_FLAT: Final = _Flat()


def flat(text: str) -> str:
    """Lower case without diacritics, one character for each, so that offsets stay.

    >>> flat("Số: 12/QĐ")
    'so: 12/qd'
    """
    return text.translate(_FLAT)


_CLUSTER: Final = regex.compile(r"\X")


class Composed(NamedTuple):
    """A text in composed form (NFC), with the way back to the one given. ``starts`` is empty where the two are one."""

    text: str
    starts: tuple[int, ...]

    def span(self, start: int, end: int) -> Span:
        """The span of the given text for one of the composed text."""
        return Span(self.starts[start], self.starts[end]) if self.starts else Span(start, end)


def composed(text: str) -> Composed:
    r"""The text in composed form: letters of half the web's pages come apart from their marks.

    >>> plain = composed("Nghi\N{COMBINING DOT BELOW} quyết")
    >>> plain.text, plain.span(0, 4)
    ('Nghị quyết', Span(start=0, end=5))
    """
    if unicodedata.is_normalized("NFC", text):
        return Composed(text, ())
    parts: list[str] = []
    starts: list[int] = []
    for found in _CLUSTER.finditer(text):
        part = unicodedata.normalize("NFC", found.group())
        parts.append(part)
        starts += [found.start()] * len(part)
    return Composed("".join(parts), (*starts, len(text)))
