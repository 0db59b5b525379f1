"""Who signed: authority (TM., KT., TL. ...), role, titles and name of each signature block."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import regex
from rapidfuzz import fuzz

from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.document import Review, Signer
from ocr_pipeline.metadata.issuers import Organs, known_organs
from ocr_pipeline.metadata.marks import Marks
from ocr_pipeline.metadata.marks import marks as known_marks
from ocr_pipeline.metadata.pieces import Piece, is_capitals
from ocr_pipeline.orthography import fold, is_syllable, unify

# Seal and signature leave specks between role and name; a block that has no name within so many lines has none.
_MOST_BETWEEN = 14
# Least confidence of a name's words; of one whose syllables are not Vietnamese.
_LEAST_CONFIDENCE, _SURE = 0.70, 0.90
# Likeness above which a signature's organ is the issuer.
_LIKE = 70
_NAME = regex.compile(r"\p{Lu}[\p{Ll}\p{M}’']*(?:[ -]\p{Lu}[\p{Ll}\p{M}’']*){1,5}")
_NAME_CAPITALS = regex.compile(r"\p{Lu}+(?: \p{Lu}+){1,4}")
_WIDE_GAP = regex.compile(r"(?<=\S)[ \t]{3,}(?=\S)")
_TITLE_SEPARATORS = regex.compile(r"[.,\s]+")


class SignatureBlock(NamedTuple):
    """A signer and where he stands; ``review`` where the name is there and not sure."""

    signer: Signer
    pieces: tuple[Piece, ...]
    review: Review | None


class Surnames:
    """Family names, folded."""

    def __init__(self, dictionaries: Dictionaries) -> None:
        self._places = frozenset(fold(row[0]) for row in dictionaries.rows("places.tsv"))
        names = [row[0] for row in dictionaries.rows("surnames.tsv")]
        self._known, self._folded = frozenset(map(unify, names)), frozenset(map(fold, names))

    def begins(self, name: str) -> bool:
        """Whether a name begins with a known family name."""
        return fold(name.split()[0]) in self._folded

    def is_place(self, name: str) -> bool:
        """Hà Nội and Cao Bằng begin with family names as well."""
        return fold(name) in self._places

    def knows(self, name: str) -> bool:
        """Whether its family name is known as it is written: Trân is a damaged Trần."""
        return unify(name.split()[0]) in self._known


def read_signatures(
    pieces: Sequence[Piece], after: Piece | None, issuers: Sequence[str], dictionaries: Dictionaries
) -> tuple[SignatureBlock, ...]:
    """The signature blocks of the document, those of its annexes left out.

    ``after`` is the first piece of Nơi nhận: a name that stands alone behind it is the signer's where seal and
    signature left nothing of his office. Of several signers the one of the first issuer comes first.
    """
    marks, surnames, organs = known_marks(dictionaries), known_surnames(dictionaries), known_organs(dictionaries)
    pieces = _in_columns(pieces)
    blocks: list[SignatureBlock] = []
    i = 0
    while i < len(pieces):
        found = _block(pieces, i, marks, surnames, organs)
        if found is None:
            i += 1
            if blocks and i < len(pieces) and _is_body(pieces[i].text):
                break
            continue
        blocks.append(_with_organ(found[0], pieces[i - 1] if i else None, organs) if len(issuers) > 1 else found[0])
        i = found[1]
    blocks.sort(key=lambda block: _issuer_place(block, issuers))
    named = [b for b in blocks if b.signer.name or b.review]
    return tuple(named or _nameless(blocks, _lone_name(pieces, after, marks, surnames)))


def _in_columns(pieces: Sequence[Piece]) -> list[Piece]:
    """Two signature blocks that were read across, cut at their wide gaps: the left one, then the right one."""
    out: list[Piece] = []
    right: list[Piece] = []
    for piece in pieces:
        gap = _WIDE_GAP.search(piece.text)
        if gap and (right or is_capitals(piece.text)):
            out.append(piece.cut(0, gap.start()))
            right.append(piece.cut(gap.end(), len(piece.text)))
            continue
        if piece.text:
            out, right = out + right, []
        out.append(piece)
    return out + right


def _with_organ(block: SignatureBlock, above: Piece | None, organs: Organs) -> SignatureBlock:
    """The block with the name of its organ, which stands above the office where several organs sign."""
    if above is None or not is_capitals(above.text) or not organs.begins(fold(above.text)):
        return block
    signer = replace(block.signer, authority=(above.text, *block.signer.authority))
    return block._replace(signer=signer, pieces=(above, *block.pieces))


def _issuer_place(block: SignatureBlock, issuers: Sequence[str]) -> int:
    """Which of the issuers signs here; those that no issuer is like come last, in their order."""
    organ = fold(" ".join(block.signer.authority[:1]))
    likeness = [fuzz.partial_ratio(fold(issuer), organ) if organ else 0.0 for issuer in issuers]
    return likeness.index(max(likeness)) if likeness and max(likeness) > _LIKE else len(issuers)


def _nameless(blocks: Sequence[SignatureBlock], lone: SignatureBlock | None) -> Sequence[SignatureBlock]:
    if lone is None:
        return blocks[:1]
    if not blocks:
        return [lone]
    office = blocks[0].signer
    signer = Signer(authority=office.authority, role=office.role, titles=lone.signer.titles, name=lone.signer.name)
    return [SignatureBlock(signer, (*blocks[0].pieces, *lone.pieces), lone.review)]


def _lone_name(pieces: Sequence[Piece], after: Piece | None, marks: Marks, surnames: Surnames) -> SignatureBlock | None:
    for piece in pieces:
        near = after and piece.page == after.page and piece.number > after.number
        if near and (name := _name(piece, marks, surnames)):
            return _made([], piece, name, marks, surnames)
    return None


def _block(
    pieces: Sequence[Piece], i: int, marks: Marks, surnames: Surnames, organs: Organs
) -> tuple[SignatureBlock, int] | None:
    """The block that begins at ``i`` and the index behind it."""
    if not _is_head(pieces[i].text, marks):
        return None
    head = [pieces[i]]
    end = i + 1
    for end in range(i + 1, min(i + 1 + _MOST_BETWEEN, len(pieces))):
        text = pieces[end].text
        if _is_body(text) or _is_clause(text, marks):
            end -= 1
            break
        name = _name(pieces[end], marks, surnames)
        if name:
            return _made(head, pieces[end], name, marks, surnames), end + 1
        if (
            is_capitals(text)
            and len(text.split()) > 1
            and (_is_head(text, marks) or _goes_on(pieces[end], pieces[end - 1], head, organs))
        ):
            head.append(pieces[end])
    signed = any(marks.full("authority", p.text) for p in head) and len(head) > 1
    return (_made(head, None, None, marks, surnames), end + 1) if signed else None


def _goes_on(piece: Piece, before: Piece, head: Sequence[Piece], organs: Organs) -> bool:
    """Whether a line belongs to the office above it; the name of an organ there is the seal's."""
    unfinished = before.text.endswith(("-", "–", ",")) or fold(before.text).endswith((" va", " cua"))
    return before is head[-1] and (unfinished or not organs.begins(fold(piece.text)))


def _is_head(text: str, marks: Marks) -> bool:
    """A line of capitals that is an authority or begins with an office."""
    if not is_capitals(text) or text.endswith((":", ";")) or len(text) > 70:
        return False
    return marks.full("authority", text) is not None or is_role(text, marks)


def is_role(text: str, marks: Marks) -> bool:
    """Whether a line begins with an office that signs."""
    flat = " ".join(fold(text).replace(".", " ").split())
    return any(flat == r or flat.startswith(r + " ") for r in marks.roles)


def _is_body(text: str) -> bool:
    return len(text) > 48 and not is_capitals(text, 0.5)


def _is_clause(text: str, marks: Marks) -> bool:
    """Whether a line is one of a short body: a heading, a recital, the introduction of a list."""
    return marks.match("heading", text) is not None or text.startswith(marks.sure_openings) or text.endswith((":", ";"))


def _name(piece: Piece, marks: Marks, surnames: Surnames) -> tuple[str | None, str] | None:
    """Titles and name of a line that is a person's name."""
    text = piece.text.strip(" .,:;|'`*-_~")
    words, titles = text.split(), []
    while words and _is_title(words, marks):
        count = 2 if " ".join(words[:2]).rstrip(".,") in marks.titles else 1
        titles += words[:count]
        words = words[count:]
    name = " ".join(words)
    if not 2 <= len(words) <= 6 or not surnames.begins(name) or is_role(name, marks) or surnames.is_place(name):
        return None
    if _NAME_CAPITALS.fullmatch(name):
        name = " ".join(w[0] + w[1:].lower() for w in words)
    return (" ".join(titles) or None, name) if _NAME.fullmatch(name) else None


def _is_title(words: Sequence[str], marks: Marks) -> bool:
    if " ".join(words[:2]).rstrip(".,") in marks.titles:
        return True
    parts = [p for p in _TITLE_SEPARATORS.split(words[0]) if p]
    return bool(parts) and all(p in marks.titles for p in parts)


def _made(
    head: Sequence[Piece], piece: Piece | None, name: tuple[str | None, str] | None, marks: Marks, surnames: Surnames
) -> SignatureBlock:
    authority, role = _office(_lines(head, marks), marks)
    titles, printed = name or (None, None)
    sure = piece is None or _is_sure(piece, printed or "", surnames)
    signer = Signer(authority=authority, role=role, titles=titles, name=printed if sure else None)
    return SignatureBlock(signer, (*head, *([piece] if piece else [])), None if sure or not piece else _review(piece))


def _lines(head: Sequence[Piece], marks: Marks) -> list[str]:
    """The lines of an office; one that begins neither an authority nor a role goes on with the line above."""
    lines: list[str] = []
    for piece in head:
        text = " ".join(piece.text.split()).strip(" |")
        if lines and not _is_head(piece.text, marks):
            lines[-1] += f" {text}"
        else:
            lines.append(text)
    return lines


def _office(lines: Sequence[str], marks: Marks) -> tuple[tuple[str, ...], str | None]:
    """The lines above the role, and the role; Q. GIÁM ĐỐC is a role itself."""
    if not lines or (marks.full("authority", lines[-1]) and not lines[-1].upper().startswith("Q")):
        return tuple(lines), None
    return tuple(lines[:-1]), lines[-1]


def _is_sure(piece: Piece, name: str, surnames: Surnames) -> bool:
    """Names are never repaired: one with an unknown family name or a doubtful word is for a person to read."""
    native = all(is_syllable(w) for w in name.replace("-", " ").split())
    if not surnames.knows(name):
        return False
    return not piece.measured or piece.confidence() >= (_LEAST_CONFIDENCE if native else _SURE)


def _review(piece: Piece) -> Review:
    return Review(
        page=piece.page, line=piece.number, field="signer", reason="doubtful-name",
        detail=f"the name reads {piece.text!r}", bbox=piece.box(), alternatives=(piece.text,),
    )  # fmt: skip


@functools.cache
def known_surnames(dictionaries: Dictionaries) -> Surnames:
    """The table of one folder."""
    return Surnames(dictionaries)
