"""The only composer: pages go in, a document with text, facts and doubts comes out."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from importlib.metadata import version
from typing import NamedTuple, TypeVar

from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.document import (
    OUTSIDE_TEXT,
    Anaphor,
    Box,
    DateMention,
    Document,
    Edit,
    Line,
    Mention,
    Metadata,
    Page,
    Provenance,
    Reference,
    Review,
    SourceFile,
    Span,
    UnnumberedMention,
    UnnumberedReference,
    Word,
)
from ocr_pipeline.metadata import read_metadata, read_outline
from ocr_pipeline.offsets import OffsetMap
from ocr_pipeline.references import (
    find_anaphora,
    find_dates,
    find_doubts,
    find_references,
    find_unnumbered,
    resolve_references,
)
from ocr_pipeline.restoration import RestoredLine, restore_lines
from ocr_pipeline.settings import Settings

_Placed = TypeVar("_Placed", Anaphor, DateMention)
PAGE_BREAK = "\f"
_UNRESTORED = frozenset({"seal", "noise"})


def read_text(
    text: str, *, settings: Settings | None = None, dictionaries: Dictionaries | None = None, name: str = "text"
) -> Document:
    """The document of a text, clean or garbled, pages parted by form feeds; needs neither Tesseract nor Poppler.

    >>> read_text("Số: 05/QĐ-UBND").metadata.number
    '05/QĐ-UBND'
    """
    settings, dictionaries = settings or Settings(), dictionaries or Dictionaries.load()
    pages = [text_page(number, part) for number, part in enumerate(text.split(PAGE_BREAK), 1)]
    data = text.encode("utf-8", "surrogatepass")
    file = SourceFile(
        name=name,
        path=name,
        sha256=hashlib.sha256(data).hexdigest(),
        media_type="text/plain",
        pages=len(pages),
        first_page=1,
        last_page=len(pages),
    )
    return compose(pages, file, settings, dictionaries, None)


def text_page(number: int, text: str) -> Page:
    """A page of plain text: every line counts, blank ones too."""
    lines = tuple(Line(text=line, raw=line) for line in text.split("\n"))
    return Page(number=number, source_page=number, width=0, height=0, dpi=0, text_source="text", lines=lines)


def compose(
    pages: Sequence[Page], file: SourceFile, settings: Settings, dictionaries: Dictionaries, engine: str | None
) -> Document:
    """The document that pages as recognised make: restored, joined, its facts found and placed."""
    pages, edits, doubts = _restored(pages, settings, dictionaries)
    text, pages = joined(pages)
    reading = read_metadata(pages, dictionaries=dictionaries)
    told = told_by_text(text, pages, edits, reading.metadata, dictionaries)
    return Document(
        id=f"{file.sha256[:16]}-p{file.first_page}-{file.last_page}",
        source=file,
        metadata=reading.metadata,
        evidence=reading.evidence,
        references=told.references,
        unnumbered_references=told.unnumbered_references,
        dates=told.dates,
        outline=read_outline(pages),
        text=text,
        pages=tuple(pages if settings.words else map(_without_words, pages)),
        edits=tuple(edits),
        review=(*reading.review, *doubts, *told.review, *_page_problems(pages)),
        provenance=Provenance(
            ocr_pipeline=version("ocr_pipeline"), engine=engine, settings=settings.as_dict(), dictionaries=dictionaries.digests()
        ),
    )


class ToldByText(NamedTuple):
    """What a document's text says beside its metadata, each fact with its page and line, and what is doubtful in it."""

    references: tuple[Reference, ...]
    unnumbered_references: tuple[UnnumberedReference, ...]
    dates: tuple[DateMention, ...]
    review: tuple[Review, ...]


def told_by_text(
    text: str, pages: Sequence[Page], edits: Sequence[Edit], metadata: Metadata, dictionaries: Dictionaries
) -> ToldByText:
    """References and dates of a text whose lines have their spans in it."""
    places = _Places(pages)
    mentions = [places.locate(m, edits) for m in find_references(text, dictionaries=dictionaries)]
    anaphora = [places.placed(a) for a in find_anaphora(text, mentions, dictionaries=dictionaries)]
    references = resolve_references(mentions, metadata=metadata, dictionaries=dictionaries, anaphora=anaphora)
    dates = tuple(places.placed(d) for d in find_dates(text, dictionaries=dictionaries))
    return ToldByText(
        references=references,
        unnumbered_references=tuple(places.locate_unnumbered(u) for u in find_unnumbered(text, dictionaries=dictionaries)),
        dates=dates,
        review=find_doubts(references, dates, dictionaries=dictionaries),
    )


def _without_words(page: Page) -> Page:
    return replace(page, lines=tuple(replace(line, words=()) for line in page.lines))


def _page_problems(pages: Sequence[Page]) -> Iterator[Review]:
    for page in pages:
        if page.problem:
            yield Review(page=page.number, line=None, field=None, reason="page-problem", detail=page.problem)


def _restored(
    pages: Sequence[Page], settings: Settings, dictionaries: Dictionaries
) -> tuple[list[Page], list[Edit], list[Review]]:
    """The pages with restored lines, and the edits and doubts numbered by page and line."""
    if not settings.restore:
        return list(pages), [], []
    places = [(p, i) for p, page in enumerate(pages) for i, line in enumerate(page.lines) if line.zone not in _UNRESTORED]
    lines = [pages[p].lines[i] for p, i in places]
    results = restore_lines(
        [line.raw for line in lines],
        settings=settings,
        dictionaries=dictionaries,
        doubts=[[(w.start, w.end, w.confidence) for w in line.words] for line in lines],
    )
    changed = [list(page.lines) for page in pages]
    edits: list[Edit] = []
    doubts: list[Review] = []
    for (p, i), line, result in zip(places, lines, results, strict=True):
        changed[p][i] = _restored_line(line, result)
        edits += [replace(edit, page=pages[p].number, line=i + 1) for edit in result.edits]
        doubts += [replace(doubt, page=pages[p].number, line=i + 1) for doubt in result.review]
    return [replace(page, lines=tuple(new)) for page, new in zip(pages, changed, strict=True)], edits, doubts


def _restored_line(line: Line, result: RestoredLine) -> Line:
    offsets = OffsetMap(result.edits)
    words = tuple(w._replace(start=offsets.to_text(w.start), end=offsets.to_text(w.end, end=True)) for w in line.words)
    return replace(line, text=result.text, words=words, confidence=round(min(line.confidence, result.confidence), 4))


def joined(pages: Sequence[Page]) -> tuple[str, list[Page]]:
    """The document's text and the pages with the spans of their lines in it."""
    texts: list[str] = []
    spanned: list[Page] = []
    start = 0
    for page in pages:
        lines, text = _spanned(page.lines, start)
        texts.append(text)
        spanned.append(replace(page, lines=lines, span=Span(start, start + len(text))))
        start += len(text) + 1
    return PAGE_BREAK.join(texts), spanned


def _spanned(lines: Sequence[Line], start: int) -> tuple[tuple[Line, ...], str]:
    spanned: list[Line] = []
    inside: list[str] = []
    for line in lines:
        if line.zone in OUTSIDE_TEXT:
            spanned.append(replace(line, span=None))
            continue
        spanned.append(replace(line, span=Span(start, start + len(line.text))))
        inside.append(line.text)
        start += len(line.text) + 1
    return tuple(spanned), "\n".join(inside)


class _Places:
    """Finds page, line, box and raw text for a span of the document's text."""

    def __init__(self, pages: Sequence[Page]) -> None:
        self._lines = [(page.number, i, line) for page in pages for i, line in enumerate(page.lines, 1) if line.span]

    def _under(self, span: Span) -> list[tuple[int, int, Line]]:
        """The lines that the span touches; they are few, and sorted by their spans."""
        low, high = 0, len(self._lines)
        while low < high:
            middle = (low + high) // 2
            end = self._lines[middle][2].span
            if end is not None and end.end < span.start:
                low = middle + 1
            else:
                high = middle
        touched = []
        for row in self._lines[low:]:
            assert row[2].span is not None
            if row[2].span.start >= span.end:
                break
            touched.append(row)
        return touched or self._lines[low : low + 1]

    def locate(self, mention: Mention, edits: Sequence[Edit]) -> Mention:
        """The mention with page and line as counted in ``pages``, its box and its raw text."""
        rows = self._under(mention.span)
        page, number, _ = rows[0]
        raws, boxes = [], []
        for row_page, row_number, line in rows:
            assert line.span is not None
            start, end = max(mention.span.start - line.span.start, 0), min(mention.span.end, line.span.end) - line.span.start
            offsets = OffsetMap([e for e in edits if e.page == row_page and e.line == row_number])
            raws.append(line.raw[offsets.to_raw(start) : offsets.to_raw(end, end=True)])
            boxes += [word for word in line.words if row_page == page and word.start < end and word.end > start]
        return replace(mention, page=page, line=number, raw="\n".join(raws), bbox=_around(boxes))

    def locate_unnumbered(self, reference: UnnumberedReference) -> UnnumberedReference:
        """The same for each mention of a document without number."""

        def located(mention: UnnumberedMention) -> UnnumberedMention:
            page, line, _ = self._under(mention.span)[0]
            return replace(mention, page=page, line=line)

        return replace(reference, mentions=tuple(located(m) for m in reference.mentions))

    def placed(self, found: _Placed) -> _Placed:
        """A date, or what stands for a document, with page and line as counted in ``pages``."""
        page, line, _ = self._under(found.span)[0]
        return replace(found, page=page, line=line)


def _around(words: Sequence[Word]) -> Box | None:
    if not words:
        return None
    return Box(min(w.x0 for w in words), min(w.y0 for w in words), max(w.x1 for w in words), max(w.y1 for w in words))
