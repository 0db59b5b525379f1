"""The metadata of a document: the parts put together, each field with its evidence and its doubts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import regex

from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.document import Evidence, Metadata, Page, Review, System
from ocr_pipeline.metadata.agreement import Phrases, PlaceNames
from ocr_pipeline.metadata.dating import PrintedDate, read_date
from ocr_pipeline.metadata.handwriting import digit_height
from ocr_pipeline.metadata.incoming import without_stamp
from ocr_pipeline.metadata.issuers import Issuers, Organs, known_organs, read_issuers
from ocr_pipeline.metadata.letterhead import Letterhead, read_letterhead
from ocr_pipeline.metadata.marks import Marks, marks
from ocr_pipeline.metadata.numbering import Around, Number, read_number
from ocr_pipeline.metadata.pieces import Piece, evidence, pieces_of, stamps_of
from ocr_pipeline.metadata.recipients import Listing, read_addressees, read_recipients
from ocr_pipeline.metadata.signatures import SignatureBlock, read_signatures
from ocr_pipeline.metadata.title import Title, read_title, written_title
from ocr_pipeline.metadata.types import DocumentTypes, document_types
from ocr_pipeline.orthography import fold, unify
from ocr_pipeline.symbols import marks_of

_INFERRED = 0.6
_MARKS_WITHIN = 30
# What a frame leaves beside its mark.
_MARK_EDGES = " .,;:!|/\\*-–_[](){}"
# Lines that are enough to tell whether a text writes Đ.
_LOOKED_AT = 80
_CODE = regex.compile(r"\p{L}+")


class MetadataReading(NamedTuple):
    """The fields, where each was read, and what a person should look at."""

    metadata: Metadata
    evidence: dict[str, Evidence]
    review: tuple[Review, ...]


class _Parts(NamedTuple):
    head: Letterhead
    issuers: Issuers
    number: Number | None
    date: PrintedDate | None
    title: Title
    addressees: Listing
    recipients: Listing
    signatures: tuple[SignatureBlock, ...]


def read_metadata(pages: Sequence[Page], *, dictionaries: Dictionaries) -> MetadataReading:
    """What the document says of itself; the header beats the body, and what is not sure is null and in ``review``.

    Works on lines alone; zones and boxes help where they are there.
    """
    rules, types, organs = marks(dictionaries), document_types(dictionaries), known_organs(dictionaries)
    pieces = without_stamp(pieces_of(pages), types)
    parts = _parts(pieces, rules, types, organs, dictionaries)
    names, found = PlaceNames(pieces), dict[str, Evidence]()
    fields = {
        **_numbered(parts, found),
        **_issued(parts, organs, names, found),
        **_placed(parts, names, organs, found),
        **_typed(parts, types, found),
        **_titled(parts, Phrases(pieces), found, dictionaries),
        **_peopled(parts, found),
        **_marked([*pieces[:_MARKS_WITHIN], *stamps_of(pages)], rules, found),
    }
    metadata, inferred = _with_inferred(Metadata(**fields), parts, organs, types, found)
    return MetadataReading(metadata, found, (*_reviews(parts), *inferred))


def _parts(pieces: Sequence[Piece], rules: Marks, types: DocumentTypes, organs: Organs, dictionaries: Dictionaries) -> _Parts:
    head = read_letterhead(pieces, rules, types)
    height = digit_height([p for p in (head.date, head.number) if p])
    issuers = read_issuers(head.issuer, dictionaries)
    title = read_title(head.rest, rules, types, organs, issuers.issuers)
    addressees = read_addressees(title.rest, rules)
    recipients = read_recipients(addressees.rest, rules)
    around = Around(title.heading.name if title.heading else None, marks_of(" ".join(p.text for p in pieces[:_LOOKED_AT])))
    return _Parts(
        head=head,
        issuers=issuers,
        number=read_number(head.number, rules, height, dictionaries, around) if head.number else None,
        date=read_date(head.date, rules, height) if head.date else None,
        title=title,
        addressees=addressees,
        recipients=recipients,
        signatures=read_signatures(
            recipients.rest, recipients.pieces[0] if recipients.pieces else None, issuers.issuers, dictionaries
        ),
    )


def _numbered(parts: _Parts, found: dict[str, Evidence]) -> dict[str, Any]:
    if parts.number is None or parts.number.whole is None or parts.head.number is None:
        return {"number": None}
    found["number"] = evidence([parts.head.number])
    return {"number": parts.number.whole}


def _issued(parts: _Parts, organs: Organs, names: PlaceNames, found: dict[str, Evidence]) -> dict[str, Any]:
    issuers = parts.issuers
    if issuers.pieces:
        found["issuer"] = evidence(issuers.pieces)
    if issuers.parent_pieces:
        found["parent_issuer"] = evidence(issuers.parent_pieces)
    place = parts.head.place.text if parts.head.place else None
    agreed = tuple(names.marked(names.agreed_at_end(name), place) or name for name in issuers.issuers)
    return {
        "issuer": " - ".join(agreed) or None,
        "issuers": agreed,
        "parent_issuer": names.marked(names.agreed_at_end(issuers.parent), place),
        "system": _system(parts, organs),
    }


def _system(parts: _Parts, organs: Organs) -> System | None:
    names = parts.issuers.issuers
    if parts.head.system != "party" and names and all(organs.is_mass(name) for name in names):
        return "mass-organisation"
    if parts.head.system:
        return parts.head.system
    if parts.number and parts.number.symbol:
        return "party" if parts.number.party_form else "state"
    return None


def _placed(parts: _Parts, names: PlaceNames, organs: Organs, found: dict[str, Evidence]) -> dict[str, Any]:
    place, date = parts.head.place, parts.date
    if place:
        found["place"] = evidence([place])
    if parts.head.date and date and (date.iso or date.partial):
        found["date"] = evidence([parts.head.date])
    return {
        "place": _place(place.text, names, organs) if place else None,
        "date": date.iso if date else None,
        "date_partial": date.partial if date else None,
    }


def _place(printed: str, names: PlaceNames, organs: Organs) -> str:
    """A province's name is known; of any other the form that the document prints most often."""
    province = organs.province(printed)
    if province is None:
        return names.agreed(printed)
    damaged = fold(province) == fold(printed) and [*map(unify, province.split())] != [*map(unify, printed.split())]
    return province if damaged else printed


def _typed(parts: _Parts, types: DocumentTypes, found: dict[str, Evidence]) -> dict[str, Any]:
    """The title line decides; a công văn has none."""
    system = parts.head.system
    symbol = parts.number.symbol if parts.number else None
    code = found_code[0] if (found_code := _CODE.match(symbol or "")) else None
    if parts.title.heading and parts.title.heading_piece:
        found["doc_type"] = evidence([parts.title.heading_piece])
        named = parts.title.heading.name
        return {"doc_type": named, "doc_type_code": types.code(named, system) or code}
    name = types.name(code, system) if code else None
    if parts.head.under_number and parts.addressees.items and name != "Công văn":
        # Letters of a unit may be those of a type: 1863/CT-TTHT of a tax office.
        name, code = None, None
    lettered = parts.head.number is not None or parts.head.date is not None
    if name is None and lettered and (parts.addressees.items or parts.head.under_number):
        name, code = "Công văn", "CV"
    if name and parts.head.number:
        found["doc_type"] = evidence([parts.head.number])
    return {"doc_type": name, "doc_type_code": code if name else None}


def _titled(parts: _Parts, phrases: Phrases, found: dict[str, Evidence], dictionaries: Dictionaries) -> dict[str, Any]:
    lines = parts.title.lines or parts.head.under_number
    if not lines and not parts.title.heading:
        lines = _below_letterhead(parts)
    if lines:
        found["title"] = evidence(lines)
    return {"title": written_title(list(map(phrases.agreed, lines)), dictionaries) or None}


def _below_letterhead(parts: _Parts) -> tuple[Piece, ...]:
    """A công văn whose letterhead lost its columns: the abstract stands between number and Kính gửi."""
    run: list[Piece] = []
    if parts.head.number is None or not parts.addressees.pieces:
        return ()
    for piece in parts.head.rest:
        if piece.page == parts.addressees.pieces[0].page and piece.number >= parts.addressees.pieces[0].number:
            return tuple(run)
        if (not piece.text and run) or len(run) > 8:
            return tuple(run)
        run += [piece] if piece.text else []
    return ()


def _peopled(parts: _Parts, found: dict[str, Evidence]) -> dict[str, Any]:
    signers = tuple(block.signer for block in parts.signatures)
    if parts.signatures:
        found["signers"] = evidence([p for block in parts.signatures for p in block.pieces])
    for field, listing in (("addressees", parts.addressees), ("recipients", parts.recipients)):
        if listing.pieces:
            found[field] = evidence(listing.pieces)
    return {
        "signers": signers,
        "signer": signers[0] if signers else None,
        "addressees": parts.addressees.items,
        "recipients": parts.recipients.items,
    }


def _marked(pieces: Sequence[Piece], rules: Marks, found: dict[str, Evidence]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    marks = [(piece.flat.strip(_MARK_EDGES), piece) for piece in pieces if piece.text.isupper()]
    for field, words in (("urgency", rules.urgency), ("secrecy", rules.secrecy)):
        mark, piece = next(((mark, piece) for mark, piece in marks if mark in words), (None, None))
        fields[field] = words[mark] if mark else None
        if piece:
            found[field] = evidence([piece])
    return fields


def _with_inferred(
    metadata: Metadata, parts: _Parts, organs: Organs, types: DocumentTypes, found: dict[str, Evidence]
) -> tuple[Metadata, list[Review]]:
    """Issuer and superior told by symbol and place where the letterhead does not give them whole, marked so."""
    inferred = _inferred(metadata, parts, organs, types)
    if not inferred:
        return metadata, []
    line = parts.head.number or parts.head.place or parts.head.date
    place = replace(evidence([line] if line else []), confidence=_INFERRED, source="inferred")
    found |= dict.fromkeys(inferred, place)
    reviews = [_inferred_review(field, value, place) for field, value in inferred.items()]
    issuer = inferred.get("issuer") or metadata.issuer
    issuers = (inferred["issuer"],) if "issuer" in inferred else metadata.issuers
    parent = inferred.get("parent_issuer") or metadata.parent_issuer
    return replace(metadata, issuer=issuer, issuers=issuers, parent_issuer=parent), reviews


def _inferred(metadata: Metadata, parts: _Parts, organs: Organs, types: DocumentTypes) -> dict[str, str]:
    if metadata.issuer:
        whole = organs.whole(metadata.issuer, metadata.place)
        return {"issuer": whole} if whole else {}
    if not parts.number or not parts.number.symbol or not parts.head.number:
        return {}
    letters = parts.number.symbol.replace("/", "-").split("-")
    organ = letters[1] if len(letters) > 1 and types.is_code(letters[0]) else letters[0]
    issuer, parent = organs.inferred(organ, metadata.place)
    named = {"issuer": issuer, "parent_issuer": parent if issuer else None}
    return {field: value for field, value in named.items() if value}


def _inferred_review(field: str, value: str, place: Evidence) -> Review:
    return Review(
        page=place.page, line=place.line, field=field, reason="inferred",
        detail=f"{value}: told by the symbol, not by the letterhead", bbox=place.bbox,
    )  # fmt: skip


def _reviews(parts: _Parts) -> list[Review]:
    doubts = [parts.number.review if parts.number else None, parts.date.review if parts.date else None]
    return [r for r in (*doubts, *(b.review for b in parts.signatures)) if r]
