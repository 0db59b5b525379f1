"""Documents cited by type, title and perhaps date, without number: mostly laws."""

from __future__ import annotations

from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.document import UnnumberedMention, UnnumberedReference
from ocr_pipeline.orthography import unify
from ocr_pipeline.references.dates import last_date
from ocr_pipeline.references.places import Places
from ocr_pipeline.references.rules import reference_rules
from ocr_pipeline.symbols.flow import composed, flow


def find_unnumbered(text: str, *, dictionaries: Dictionaries | None = None) -> tuple[UnnumberedReference, ...]:
    """The documents that a text cites without a number, each with its mentions, in order of the first.

    >>> reference, = find_unnumbered("Căn cứ Luật Tổ chức Chính phủ ngày 19/02/2025;")
    >>> reference.title, reference.date
    ('Tổ chức Chính phủ', '2025-02-19')
    """
    dictionaries = dictionaries or Dictionaries.load()
    plain, places = composed(text), Places(text)
    flowing = flow(plain.text)
    found: dict[tuple[str, str, str | None], list[UnnumberedMention]] = {}
    titles: dict[tuple[str, str, str | None], tuple[str, str]] = {}
    for match in reference_rules(dictionaries).unnumbered.finditer(flowing):
        title = " ".join((match["title"] or "").split()).rstrip(" ,-")
        if not title and not (match["date"] and match["type"] == "Hiến pháp"):
            continue
        date = last_date(flowing, match.start("date"), match.end(), dictionaries) if match["date"] else None
        key = (match["type"], " ".join(map(unify, title.split())), date.iso if date else None)
        end = match.end() if match["date"] else match.end("title")
        span = plain.span(match.start(), end)
        page, line = places.of(span.start)
        mention = UnnumberedMention(page=page, line=line, span=span, surface=text[span.start : span.end])
        found.setdefault(key, []).append(mention)
        titles.setdefault(key, (match["type"], title))
    return tuple(
        UnnumberedReference(doc_type=titles[key][0], title=titles[key][1], date=key[2], mentions=tuple(mentions))
        for key, mentions in found.items()
    )
