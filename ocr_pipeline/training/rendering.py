"""Renders directives as pages with their true text: the forms of NĐ 30/2020 (state) and HD 36-HD/VPTW (Party).

Two-column letterhead, title, justified body, two-column foot, page numbers. What is printed is returned line by line in
the order in which transcriptions read: left letterhead, right letterhead, title, body, recipients, signature.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, NamedTuple

import numpy as np
from PIL import Image, ImageDraw

from ocr_pipeline.training.typesetting import POINTS, Align, Run, SetLine, Style, Word, draw, parse_marks, place, width, wrap

System = Literal["state", "party"]
Zone = Literal["letterhead-left", "letterhead-right", "body", "recipients", "signature", "page-number"]

PAGE_WIDTH: Final = 595.3  # A4, in points
PAGE_HEIGHT: Final = 841.9
_LEFT: Final = 85.0  # 30 mm; right 15-20 mm, top and bottom 20 mm: NĐ 30/2020, Phụ lục I
_MEASURE: Final = 459.0
_TOP: Final = 58.0
_BOTTOM: Final = 785.0
_INDENT: Final = 28.0
_LEFT_SHARE: Final = 0.42
_RIGHT_SHARE: Final = 0.56
_MOTTO: Final = {
    "state": ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc"),
    "party": ("ĐẢNG CỘNG SẢN VIỆT NAM",),
}
# A body paragraph that begins so stands in the middle: "QUYẾT ĐỊNH:", the authority's name.
CENTRED: Final = "^"


class Rule(NamedTuple):
    """A thin horizontal stroke, in points."""

    left: float
    right: float
    y: float


class Block(NamedTuple):
    """Lines of one zone, in reading order."""

    zone: Zone
    lines: tuple[SetLine, ...]


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signs: the lines above the signature, and the printed name below."""

    authority: tuple[str, ...]
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Directive:
    """What is printed on a directive; text fields may carry the marks of ``typesetting.parse_marks``."""

    system: System
    parent: tuple[str, ...] = ()
    issuer: tuple[str, ...]
    number_line: str
    about: str = ""
    place_date: str
    title: str = ""
    abstract: str = ""
    addressees: tuple[str, ...] = ()
    body: tuple[str, ...]
    recipients: tuple[str, ...]
    signers: tuple[Signer, ...]
    size: float = 14.0
    page_number: Literal["top", "bottom"] = "top"


@dataclass(frozen=True, slots=True)
class SetPage:
    """A page ready to be drawn; ``signature`` is the middle of the empty place to sign in, in points."""

    blocks: tuple[Block, ...]
    rules: tuple[Rule, ...] = ()
    signature: tuple[float, float] | None = None

    @property
    def text(self) -> str:
        """What is printed, line by line, zones parted by blank lines (page numbers and body are not)."""
        parts: list[str] = []
        for before, block in zip((None, *self.blocks), self.blocks, strict=False):
            apart = before is not None and "page-number" not in {before.zone, block.zone}
            parts += ["", *(line.text for line in block.lines)] if apart else [line.text for line in block.lines]
        return "\n".join(parts) + "\n"

    @property
    def lines(self) -> Iterator[SetLine]:
        """Every line of the page."""
        return (line for block in self.blocks for line in block.lines)


class _BodyLine(NamedTuple):
    words: tuple[Word, ...]
    indent: float
    align: Align
    space_before: float


def set_pages(directive: Directive) -> tuple[SetPage, ...]:
    """A directive as pages."""
    head, rules, top = _letterhead(directive)
    foot_height = _foot(directive, 0.0)[2]
    sheets = _paginate(list(_body(directive)), directive.size, top, foot_height)
    pages = []
    for number, (lines, bottom) in enumerate(sheets, 1):
        blocks: list[Block] = [] if number > 1 else list(head)
        blocks.append(Block("body", tuple(lines)))
        page = SetPage(tuple(blocks), tuple(rules) if number == 1 else ())
        if number == len(sheets):
            foot, signature, _ = _foot(directive, bottom + 18)
            page = replace(page, blocks=(*page.blocks, *foot), signature=signature)
        pages.append(_numbered(page, number, directive) if number > 1 else page)
    return tuple(pages)


def _numbered(page: SetPage, number: int, directive: Directive) -> SetPage:
    at_top = directive.page_number == "top"
    words = parse_marks(str(number), Style(13))
    block = Block("page-number", (place(words, _LEFT, _MEASURE, "centre", _TOP - 18 if at_top else _BOTTOM + 24),))
    return replace(page, blocks=(block, *page.blocks) if at_top else (*page.blocks, block))


def _column(
    rows: Iterable[tuple[str, Style]],
    left: float,
    measure: float,
    baseline: float,
    align: Align = "centre",
    leading: float = 1.22,
) -> tuple[list[SetLine], float]:
    """Rows of text below one another in a column, wrapped, and the baseline that a next row would have."""
    lines = []
    for text, style in rows:
        words = parse_marks(text, style)
        for row in _balanced(words, measure) if align == "centre" else wrap(words, measure):
            lines.append(place(row, left, measure, align, baseline))
            baseline += style.size * leading
    return lines, baseline


def _letterhead(d: Directive) -> tuple[list[Block], list[Rule], float]:
    """The two columns, their rules, and where the title may begin."""
    party = d.system == "party"
    size = 13.0 if party else 12.0
    left_measure, right_left = _LEFT_SHARE * _MEASURE, _LEFT + (1 - _RIGHT_SHARE) * _MEASURE
    right_measure = _RIGHT_SHARE * _MEASURE + 14
    names = [(line, Style(size)) for line in d.parent] + [(line, Style(size, bold=True)) for line in d.issuer]
    upper, left_end = _column(names + ([("*", Style(size))] if party else []), _LEFT - 14, left_measure, _TOP + 12)
    motto = [(line, Style(size + (party or number), bold=True)) for number, line in enumerate(_MOTTO[d.system])]
    right, right_end = _column(motto, right_left, right_measure, _TOP + 12)
    second_row = max(left_end, right_end) + (0 if party else 8)
    lower, end = _column(_below_issuer(d, size), _LEFT - 14, left_measure, second_row)
    date, _ = _column([(d.place_date, Style(size + 1, italic=True))], right_left, right_measure, second_row)
    rules = [_rule_under(right[-1], right_end - 10, 1.0)]
    rules += [] if party else [_rule_under(upper[-1], left_end - 9, 0.4)]
    blocks = [Block("letterhead-left", (*upper, *lower)), Block("letterhead-right", (*right, *date))]
    return blocks, rules, end + 14


def _below_issuer(d: Directive, size: float) -> list[tuple[str, Style]]:
    about = [(d.about, Style(size, italic=d.system == "party"))] if d.about else []
    return [(d.number_line, Style(size + 1)), *about]


def _rule_under(line: SetLine, y: float, share: float) -> Rule:
    left = line.runs[0].x
    last = line.runs[-1]
    right = last.x + width(last.run.text, last.run.style)
    cut = (1 - share) / 2 * (right - left)
    return Rule(left + cut, right - cut, y)


def _body(d: Directive) -> Iterator[_BodyLine]:
    """Title, addressees and paragraphs as lines that are not yet on a page."""
    if d.title:
        yield from _lines(d.title, Style(d.size + 1, bold=True), "centre", 0.0, 6)
        yield from _lines(d.abstract, Style(d.size, bold=True), "centre", 0.0, 1, narrow=40)
        if d.system == "party":
            yield from _lines("-----", Style(d.size), "centre", 0.0, 0)
    yield from _addressees(d)
    for paragraph in d.body:
        if paragraph.startswith(CENTRED):
            yield from _lines(paragraph.removeprefix(CENTRED), Style(d.size, bold=True), "centre", 0.0, 8)
        else:
            yield from _lines(paragraph, Style(d.size), "justify", _INDENT, 6)


def _lines(text: str, style: Style, align: Align, indent: float, before: float, narrow: float = 0.0) -> Iterator[_BodyLine]:
    words = parse_marks(text, style)
    rows = _balanced(words, _MEASURE - 2 * narrow) if align == "centre" else wrap(words, _MEASURE, indent)
    for number, row in enumerate(rows):
        last = number == len(rows) - 1
        wanted: Align = "left" if align == "justify" and last else align
        yield _BodyLine(tuple(row), indent if number == 0 else 0.0, wanted, before if number == 0 else 0.0)


def _balanced(words: Sequence[Word], measure: float) -> list[list[Word]]:
    """As few lines as the measure allows, of about equal width, as titles are broken by hand."""
    rows = wrap(words, measure)
    while len(narrower := wrap(words, measure - 10)) == len(rows) and measure > 60:
        rows, measure = narrower, measure - 10
    return rows


def _addressees(d: Directive) -> Iterator[_BodyLine]:
    style = Style(d.size)
    if len(d.addressees) == 1:
        yield from _lines(f"Kính gửi: {d.addressees[0]}", style, "centre", 0.0, 14)
    elif d.addressees:
        yield _BodyLine(tuple(parse_marks("Kính gửi:", style)), 70.0, "left", 14)
        for name in d.addressees:
            yield _BodyLine(tuple(parse_marks(f"- {name}", style)), 100.0, "left", 1)


def _paginate(lines: Sequence[_BodyLine], size: float, top: float, foot_height: float) -> list[tuple[list[SetLine], float]]:
    """Body lines on pages, each with the baseline of its last; a foot is never alone on a page."""
    sheets: list[tuple[list[SetLine], float]] = [([], top)]
    leading = size * 1.24
    for number, line in enumerate(lines):
        placed, y = sheets[-1]
        needed = foot_height + leading if number == len(lines) - 2 else 0.0
        if y + line.space_before + leading + needed > _BOTTOM:
            sheets.append(([], _TOP))
            placed, y = sheets[-1]
        y += (line.space_before if placed else 0.0) + leading
        placed.append(place(line.words, _LEFT + line.indent, _MEASURE - line.indent, line.align, y))
        sheets[-1] = (placed, y)
    return sheets


def _foot(d: Directive, top: float) -> tuple[list[Block], tuple[float, float], float]:
    """Recipients on the left, who signs on the right; the place to sign, and the height of it all.

    Of two signers the second stands on the left and the recipients below: the body that leads signs on the right.
    """
    half = 0.48 * _MEASURE
    signed, ends = [], []
    for signer, left in zip(d.signers, (_LEFT + 0.5 * _MEASURE, _LEFT - 10), strict=False):
        upper, end = _column(((line, Style(d.size - 0.5, bold=True)) for line in signer.authority), left, half, top + d.size)
        name, name_end = _column([(signer.name, Style(d.size, bold=True))], left, half, end + 66)
        signed.append([*upper, *name])
        ends.append((end, name_end))
    recipients_top = max(e for _, e in ends) + 8 if len(d.signers) > 1 else top
    header, row = _column([("__**Nơi nhận:**__", Style(12))], _LEFT, half, recipients_top + 12, "left")
    rows, end = _column(((f"- {name}", Style(11)) for name in d.recipients), _LEFT, half - 14, row, "left", 1.15)
    # Read from left to right, so the leading signer comes last.
    order = [line for column in reversed(signed) for line in column]
    blocks = [Block("recipients", (*header, *rows)), Block("signature", tuple(order))]
    signature = (_LEFT + 0.5 * _MEASURE + half / 2, ends[0][0] + 22)
    return blocks, signature, max(end, *(e for _, e in ends)) - top


def draw_page(page: SetPage, dpi: float) -> Image.Image:
    """A page as a grey image (mode L), ink 0 on paper 255."""
    image = Image.new("L", (round(PAGE_WIDTH * dpi / POINTS), round(PAGE_HEIGHT * dpi / POINTS)), 255)
    for line in page.lines:
        draw(line, image, dpi)
    pen = ImageDraw.Draw(image)
    for rule in page.rules:
        y = round(rule.y * dpi / POINTS)
        pen.line(
            [(round(rule.left * dpi / POINTS), y), (round(rule.right * dpi / POINTS), y)], fill=0, width=max(1, round(dpi / 100))
        )
    return image


def render_lines(
    lines: Sequence[str], style: Style, dpi: float, rng: np.random.Generator, *, justify: bool = True
) -> tuple[Image.Image, tuple[str, ...]]:
    """Plain text set as body pages would set it, as one grey image, and the printed lines."""
    return render_paragraphs([(line, style) for line in lines], dpi, rng, justify=justify)


def render_paragraphs(
    paragraphs: Sequence[tuple[str, Style]], dpi: float, rng: np.random.Generator, *, justify: bool = True
) -> tuple[Image.Image, tuple[str, ...]]:
    """Paragraphs, each in its style, as one grey image, and the printed lines.

    The measure varies a little with ``rng``, so that lines break at different places. For the learning of recognition
    damage from any text.
    """
    measure = float(rng.uniform(0.85, 1.0)) * _MEASURE
    margin = float(rng.uniform(14, 40))
    placed: list[SetLine] = []
    y = margin
    for text, style in paragraphs:
        rows = wrap([*_unmarked(text, style)], measure, _INDENT)
        for number, words in enumerate(rows):
            indent = _INDENT if number == 0 else 0.0
            align: Align = "justify" if justify and number < len(rows) - 1 else "left"
            y += style.size * 1.3
            placed.append(place(words, margin + indent, measure - indent, align, y))
    scale = dpi / POINTS
    image = Image.new("L", (round((measure + 2 * margin) * scale), round((y + margin) * scale)), 255)
    for line in placed:
        draw(line, image, dpi)
    return image, tuple(line.text for line in placed)


def _unmarked(text: str, style: Style) -> Iterator[Word]:
    """Words of a text that means its signs literally."""
    return ((Run(word, style),) for word in text.split())
