"""Documents cited by type, title and perhaps date, without number: mostly laws."""

from __future__ import annotations

from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.document import UnnumberedMention, UnnumberedReference
from ocr_pipeline.orthography import unify
from ocr_pipeline.references.dates import last_date
from ocr_pipeline.references.places import Places
from ocr_pipeline.references.rules import reference_rules
from ocr_pipeline.symbols.flow import composed, flow

# Type, title without regard to case and marks' places, date.
_Key = tuple[str, str, str | None]


def find_unnumbered(text: str, *, dictionaries: Dictionaries | None = None) -> tuple[UnnumberedReference, ...]:
    """The documents that a text cites without a number, each with its mentions, in order of the first.

    >>> reference, = find_unnumbered("Căn cứ Luật Tổ chức Chính phủ ngày 19/02/2025;")
    >>> reference.title, reference.date
    ('Tổ chức Chính phủ', '2025-02-19')
    """
    dictionaries = dictionaries or Dictionaries.load()
    plain, places = composed(text), Places(text)
    flowing = flow(plain.text)
    found: dict[_Key, list[UnnumberedMention]] = {}
    titles: dict[_Key, tuple[str, str]] = {}
    for match in reference_rules(dictionaries).unnumbered.finditer(flowing):
        title = " ".join((match["title"] or "").split()).rstrip(" ,-").removesuffix(" và")
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
        for key, mentions in _joined(found).items()
    )


def _joined(found: dict[_Key, list[UnnumberedMention]]) -> dict[_Key, list[UnnumberedMention]]:
    """The mentions of one document together: with its date or year and without, where the text knows only one of that name."""
    dates: dict[tuple[str, str], set[str]] = {}
    for doc_type, title, date in found:
        dates.setdefault((doc_type, title), set()).update({date} if date else ())
    joined: dict[_Key, list[UnnumberedMention]] = {}
    for (doc_type, title, date), mentions in found.items():
        fuller = {other for other in dates[doc_type, title] if other.startswith(date or "")}
        whole = max(fuller, key=len, default=None)
        same = whole is not None and all(whole.startswith(other) for other in fuller)
        joined.setdefault((doc_type, title, whole if same else date), []).extend(mentions)
    return {key: sorted(mentions, key=lambda m: m.span) for key, mentions in joined.items()}
