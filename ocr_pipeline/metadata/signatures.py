"""Who signed: authority (TM., KT., TL. ...), role, titles and name of each signature block."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import regex
from rapidfuzz import fuzz

from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.document import Review, Signer
from ocr_pipeline.metadata.columns import in_columns
from ocr_pipeline.metadata.issuers import Organs, known_organs
from ocr_pipeline.metadata.marks import Marks, marks
from ocr_pipeline.metadata.names import PersonName, Surnames, known_surnames, read_name, read_unfamiliar_name
from ocr_pipeline.metadata.pieces import Piece, is_capitals
from ocr_pipeline.orthography import fold

# Seal and signature leave specks between role and name; a block that has no name within so many lines has none.
_MOST_BETWEEN = 14
# Likeness above which a signature's organ is the issuer.
_LIKE = 70
# Least confidence of the words of an office's second line.
_LEGIBLE = 0.6
_SPECKS = regex.compile(r"(?:\p{L}{1,2}\s+(?=[“\"]))?[\s_|~*`'‘’“”\"«»<>\-–—.,:;]+(?=\p{L})")
_SPECKS_BEHIND = regex.compile(r"(?<=\p{L})[\s_|~*`'‘’“”\"«»<>+}{^=]+$")


class SignatureBlock(NamedTuple):
    """A signer and where he stands; ``review`` where the name is there and not sure."""

    signer: Signer
    pieces: tuple[Piece, ...]
    review: Review | None


class _Signing(NamedTuple):
    """What tells a signature: words, family names, organs, and the issuers where there are several."""

    marks: Marks
    surnames: Surnames
    organs: Organs
    joint: tuple[str, ...]


def read_signatures(
    pieces: Sequence[Piece], after: Piece | None, issuers: Sequence[str], dictionaries: Dictionaries
) -> tuple[SignatureBlock, ...]:
    """The signature blocks of the document, those of its annexes left out.

    ``after`` is the first piece of Nơi nhận: a name that stands alone behind it is the signer's where seal and
    signature left nothing of his office. Of several signers the one of the first issuer comes first.
    """
    joint = tuple(issuers) if len(issuers) > 1 else ()
    known = _Signing(marks(dictionaries), known_surnames(dictionaries), known_organs(dictionaries), joint)
    pieces = [_without_specks(piece) for piece in in_columns(pieces)]
    blocks: list[SignatureBlock] = []
    i = 0
    while i < len(pieces):
        found = _block(pieces, i, known)
        if found is None:
            i += 1
            if blocks and i < len(pieces) and _is_body(pieces[i].text):
                break
            continue
        blocks.append(_with_organ(found[0], pieces[i - 1] if i else None, known) if joint else found[0])
        i = found[1]
    places = _issuer_places(blocks, issuers)
    blocks = [block for _, block in sorted(zip(places, blocks, strict=True), key=lambda pair: pair[0])]
    named = [b for b in blocks if b.signer.name or b.review]
    return tuple(named or _nameless(blocks, _lone_name(pieces, after, known)))


def _without_specks(piece: Piece) -> Piece:
    """The line without what a seal or a signature left before its first letter and behind its last."""
    before, behind = _SPECKS.match(piece.text), _SPECKS_BEHIND.search(piece.text)
    if not (before or behind):
        return piece
    return piece.cut(before.end() if before else 0, behind.start() if behind else len(piece.text))


def _with_organ(block: SignatureBlock, above: Piece | None, known: _Signing) -> SignatureBlock:
    """The block with the name of its organ, which stands above the office where several organs sign."""
    if above is None or not is_capitals(above.text) or not known.organs.begins(fold(above.text)):
        return block
    signer = replace(block.signer, authority=(above.text, *block.signer.authority))
    return block._replace(signer=signer, pieces=(above, *block.pieces))


def _issuer_places(blocks: Sequence[SignatureBlock], issuers: Sequence[str]) -> list[int]:
    """Which of the issuers signs in each block: the likest, else in their order those that sign in no other."""
    found: list[int | None] = []
    for block in blocks:
        organ = " ".join(block.signer.authority[:1])
        likeness = [_likeness(issuer, organ) for issuer in issuers]
        found.append(likeness.index(max(likeness)) if likeness and max(likeness) > _LIKE else None)
    left = iter([place for place in range(len(issuers)) if place not in found])
    return [next(left, len(issuers)) if place is None else place for place in found]


def _likeness(issuer: str, organ: str) -> float:
    return fuzz.partial_ratio(fold(issuer), fold(organ)) if organ else 0.0


def _nameless(blocks: Sequence[SignatureBlock], lone: SignatureBlock | None) -> Sequence[SignatureBlock]:
    if lone is None:
        return blocks[:1]
    if not blocks:
        return [lone]
    office = blocks[0].signer
    signer = Signer(authority=office.authority, role=office.role, titles=lone.signer.titles, name=lone.signer.name)
    return [SignatureBlock(signer, (*blocks[0].pieces, *lone.pieces), lone.review)]


def _lone_name(pieces: Sequence[Piece], after: Piece | None, known: _Signing) -> SignatureBlock | None:
    for piece in pieces:
        near = after and piece.page == after.page and piece.number > after.number
        if near and (name := read_name(piece, known.marks, known.surnames)):
            return _made([], piece, name, known.marks)
    return None


def _block(pieces: Sequence[Piece], i: int, known: _Signing) -> tuple[SignatureBlock, int] | None:
    """The block that begins at ``i`` and the index behind it."""
    rules = known.marks
    if not _is_head(pieces[i].text, rules) and not _is_of_issuer(pieces[i], known):
        return None
    head = [pieces[i]]
    end = i + 1
    for end in range(i + 1, min(i + 1 + _MOST_BETWEEN, len(pieces))):
        text = pieces[end].text
        if _is_body(text) or _is_clause(text, rules):
            end -= 1
            break
        organ = is_capitals(text) and known.organs.begins(fold(text))
        name = None if organ else read_name(pieces[end], rules, known.surnames)
        if name:
            return _made(head, pieces[end], name, rules), end + 1
        if (
            is_capitals(text)
            and len(text.split()) > 1
            and (_is_head(text, rules) or _goes_on(pieces[end], pieces[end - 1], head, known.organs))
        ):
            head.append(pieces[end])
    unfamiliar = next(_unfamiliar(pieces[i + 1 : end + 1], known), None)
    if unfamiliar:
        return _made(head, *unfamiliar, rules), end + 1
    signed = any(rules.full("authority", p.text) for p in head) and (len(head) > 1 or head[0].line.zone == "signature")
    return (_made(head, None, None, rules), end + 1) if signed else None


def _unfamiliar(pieces: Sequence[Piece], known: _Signing) -> Iterator[tuple[Piece, PersonName]]:
    """Names of no known family below an office, but for what names an organ."""
    for piece in pieces:
        in_place = not piece.line.words or piece.line.zone == "signature"
        name = read_unfamiliar_name(piece, known.marks, known.surnames) if in_place else None
        if name and not known.organs.begins(fold(piece.text)):
            yield piece, name


def _is_of_issuer(piece: Piece, known: _Signing) -> bool:
    """Whether a line of capitals names one of several issuers: seal and signature may leave nothing else of the office."""
    if not known.joint or not is_capitals(piece.text) or len(piece.text.split()) < 3:
        return False
    return any(_likeness(issuer, piece.text) > _LIKE for issuer in known.joint)


def _goes_on(piece: Piece, before: Piece, head: Sequence[Piece], organs: Organs) -> bool:
    """Whether a line belongs to the office above it; the name of an organ there is the seal's, doubtful letters also."""
    if piece.measured and piece.confidence() < _LEGIBLE:
        return False
    unfinished = before.text.endswith(("-", "–", ",")) or fold(before.text).endswith((" va", " cua"))
    return before is head[-1] and (unfinished or not organs.begins(fold(piece.text)))


def _is_head(text: str, rules: Marks) -> bool:
    """A line of capitals that is an authority or begins with an office."""
    if not is_capitals(text) or text.endswith((":", ";")) or len(text) > 70:
        return False
    return rules.full("authority", text) is not None or rules.is_role(text)


def _is_body(text: str) -> bool:
    return len(text) > 48 and not is_capitals(text, 0.5)


def _is_clause(text: str, rules: Marks) -> bool:
    """Whether a line is one of a short body: a heading, a recital, the introduction of a list."""
    return rules.match("heading", text) is not None or text.startswith(rules.sure_openings) or text.endswith((":", ";"))


def _made(head: Sequence[Piece], piece: Piece | None, name: PersonName | None, rules: Marks) -> SignatureBlock:
    authority, role = _office(_lines(head, rules), rules)
    titles, written = (name.titles, name.name if name.sure else None) if name else (None, None)
    signer = Signer(authority=authority, role=role, titles=titles, name=written)
    review = _review(piece, name) if piece and name and (name.repaired or not name.sure) else None
    return SignatureBlock(signer, (*head, *([piece] if piece else [])), review)


def _lines(head: Sequence[Piece], rules: Marks) -> list[str]:
    """The lines of an office; one that begins neither an authority nor a role goes on with the line above."""
    lines: list[str] = []
    for piece in head:
        text = " ".join(piece.text.split()).strip(" |")
        if lines and not _is_head(piece.text, rules):
            lines[-1] += f" {text}"
        else:
            lines.append(text)
    return lines


def _office(lines: Sequence[str], rules: Marks) -> tuple[tuple[str, ...], str | None]:
    """The lines above the role, and the role; Q. GIÁM ĐỐC is a role itself, the name of an organ is none."""
    last = lines[-1] if lines else ""
    acting = last.upper().startswith("Q") and rules.full("authority", last)
    if not lines or not (acting or rules.is_role(last)):
        return tuple(lines), None
    return tuple(lines[:-1]), last


def _review(piece: Piece, name: PersonName) -> Review:
    return Review(
        page=piece.page, line=piece.number, field="signer", reason="repaired-name" if name.sure else "doubtful-name",
        detail=f"the name reads {piece.text!r}", bbox=piece.box(), alternatives=(piece.text,),
    )  # fmt: skip
