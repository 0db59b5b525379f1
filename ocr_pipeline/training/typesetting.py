"""Sets Vietnamese text in lines: fonts, widths, wrapping, justification.

Lengths are points (1/72 inch) and do not depend on the resolution, so that the same text breaks into the same lines at
any dpi.
"""

from __future__ import annotations

import functools
import itertools
import re
import subprocess
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final, Literal, NamedTuple

from PIL import Image, ImageDraw, ImageFont

from ocr_pipeline.errors import MissingDependency

Align = Literal["justify", "left", "centre"]
POINTS: Final = 72.0
FAMILY: Final = "Liberation Serif"
_FOLDERS: Final = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.fonts", "~/.local/share/fonts", "/Library/Fonts")
# Regular, bold, italic, both: as files are named, and as fontconfig names them.
_FACES: Final = {
    (False, False): ("Regular", "Regular"),
    (True, False): ("Bold", "Bold"),
    (False, True): ("Italic", "Italic"),
    (True, True): ("BoldItalic", "Bold Italic"),
}
# Widths are measured at this size and scaled, so that rounding to pixels plays no part.
_MEASURED_AT: Final = 400
_MARKS: Final = re.compile(r"(\*\*|__)")
_VOWELS: Final = "aăâeêioôơuưy"
_TONES: Final = ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")
# A private code point that no text font draws: its picture is the box of a missing letter.
_NO_LETTER: Final = "\uf8fe"


class Style(NamedTuple):
    """A face and its size in points."""

    size: float = 14.0
    bold: bool = False
    italic: bool = False
    family: str = FAMILY


class Run(NamedTuple):
    """Letters of one style, without space in them."""

    text: str
    style: Style


# Where a number or a day was left blank: an empty place that lines do not break at.
GAP: Final = "~"
# What is never broken: usually one run, more where the style changes inside a word (a bold "Điều 1" and its dot).
Word = tuple[Run, ...]


class PlacedRun(NamedTuple):
    """A run and where it starts, in points from the left edge of the page."""

    x: float
    run: Run


class SetLine(NamedTuple):
    """One printed line: its runs, its baseline in points from the top edge of the page, and its text."""

    runs: tuple[PlacedRun, ...]
    baseline: float
    text: str


def vietnamese_letters() -> str:
    """Every vowel with every tone, and đ, in both cases.

    >>> len(vietnamese_letters())
    146
    """
    lower = "".join(unicodedata.normalize("NFC", vowel + tone) for vowel in _VOWELS for tone in _TONES) + "đ"
    return lower + lower.upper()


@functools.cache
def font_path(bold: bool = False, italic: bool = False, family: str = FAMILY) -> Path:
    """The file of a face; MissingDependency where no such font here has the Vietnamese letters.

    Liberation 1.x lacks 92 of them and silently draws boxes instead, hence the look at every letter.
    """
    file_name, style_name = _FACES[bold, italic]
    for path in itertools.chain(_matched(family, style_name), _searched(family, file_name)):
        if not missing_letters(path):
            return path
    raise MissingDependency(
        f"no {family} font ({style_name}) with all Vietnamese letters was found",
        remedy="Install fonts-liberation2, or fonts-liberation 2.x.",
    )


def _matched(family: str, style: str) -> Iterator[Path]:
    """What fontconfig offers, unless that is a substitute of another family."""
    command = ["fc-match", "--format=%{family}\t%{file}", f"{family}:style={style}"]
    try:
        found = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return
    name, _, path = found.partition("\t")
    if family in name and path:
        yield Path(path)


def _searched(family: str, style: str) -> Iterator[Path]:
    yield from font_files(f"{family.replace(' ', '')}-{style}.ttf")


def font_files(name: str) -> list[Path]:
    """The installed font files of this name, which may have ``*`` in it, folder by folder."""
    return [path for folder in _FOLDERS for path in sorted(Path(folder).expanduser().rglob(name))]


@functools.cache
def missing_letters(path: Path) -> str:
    """The Vietnamese letters that a font does not have."""
    font = _face(path, 40.0)
    box = bytes(font.getmask(_NO_LETTER))
    return "".join(letter for letter in vietnamese_letters() if bytes(font.getmask(letter)) == box)


@functools.lru_cache(maxsize=256)
def _face(path: Path, pixels: float) -> ImageFont.FreeTypeFont:
    # The basic layout engine is in every build of Pillow; Vietnamese needs no shaping.
    return ImageFont.truetype(str(path), pixels, layout_engine=ImageFont.Layout.BASIC)


def font(style: Style, dpi: float) -> ImageFont.FreeTypeFont:
    """The face of a style at a resolution."""
    return _face(font_path(style.bold, style.italic, style.family), style.size * dpi / POINTS)


@functools.lru_cache(maxsize=65536)
def width(text: str, style: Style) -> float:
    """The printed width of a text in points."""
    face = _face(font_path(style.bold, style.italic, style.family), _MEASURED_AT)
    return face.getlength(text) * style.size / _MEASURED_AT


def parse_marks(text: str, style: Style) -> list[Word]:
    """The words of a text in which ``**`` switches bold, ``__`` italic, and ``~`` stands for an empty place.

    >>> [[(run.text, run.style.bold) for run in word] for word in parse_marks("**Điều 1**. Nay", Style())]
    [[('Điều', True)], [('1', True), ('.', False)], [('Nay', False)]]
    """
    words: list[Word] = []
    joined = False
    for piece in _MARKS.split(text):
        if piece == "**":
            style = style._replace(bold=not style.bold)
        elif piece == "__":
            style = style._replace(italic=not style.italic)
        elif piece:
            runs: list[Word] = [(Run(part.replace(GAP, "\N{NO-BREAK SPACE}"), style),) for part in piece.split()]
            if runs and joined and not piece[0].isspace():
                words[-1] += runs.pop(0)
            words += runs
            joined = not piece[-1].isspace()
    return words


def plain(text: str) -> str:
    """A text without its marks, as it is printed.

    >>> plain("**Điều 1**. Nay")
    'Điều 1. Nay'
    """
    return " ".join(_MARKS.sub("", text).replace(GAP, " ").split())


def _word_width(word: Word) -> float:
    return sum(width(run.text, run.style) for run in word)


def _gap(word: Word) -> float:
    return width(" ", word[0].style)


def wrap(words: Sequence[Word], measure: float, indent: float = 0.0) -> list[list[Word]]:
    """Words in lines no wider than ``measure``, the first shorter by ``indent``."""
    lines: list[list[Word]] = [[]]
    room = measure - indent
    for word in words:
        needed = _word_width(word) + (_gap(word) if lines[-1] else 0.0)
        if lines[-1] and needed > room:
            lines.append([])
            room, needed = measure, _word_width(word)
        lines[-1].append(word)
        room -= needed
    return lines


def place(words: Sequence[Word], left: float, measure: float, align: Align, baseline: float) -> SetLine:
    """One line of words between ``left`` and ``left + measure``; a justified one fills that stretch."""
    natural = sum(map(_word_width, words)) + sum(map(_gap, words[1:]))
    spare = measure - natural
    x = left + (spare / 2 if align == "centre" else 0.0)
    stretch = spare / (len(words) - 1) if align == "justify" and len(words) > 1 else 0.0
    placed = []
    for number, word in enumerate(words):
        x += _gap(word) + stretch if number else 0.0
        for run in word:
            placed.append(PlacedRun(x, run))
            x += width(run.text, run.style)
    return SetLine(tuple(placed), baseline, " ".join(" ".join("".join(r.text for r in word).split()) for word in words))


def draw(line: SetLine, image: Image.Image, dpi: float, ink: int | tuple[int, int, int] = 0) -> None:
    """Draw a line onto a page image of the given resolution."""
    pen = ImageDraw.Draw(image)
    scale = dpi / POINTS
    for x, run in line.runs:
        pen.text((round(x * scale), round(line.baseline * scale)), run.text, fill=ink, font=font(run.style, dpi), anchor="ls")


def extent(lines: Iterable[SetLine]) -> tuple[float, float, float, float]:
    """The box around lines, in points: left, top, right, bottom, with room for marks above and tails below."""
    lines = list(lines)
    left = min(run.x for line in lines for run in line.runs)
    right = max(placed.x + width(placed.run.text, placed.run.style) for line in lines for placed in line.runs)
    top = min(line.baseline - 1.15 * max(p.run.style.size for p in line.runs) for line in lines)
    bottom = max(line.baseline + 0.3 * max(p.run.style.size for p in line.runs) for line in lines)
    return left, top, right, bottom
