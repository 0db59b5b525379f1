"""How a document relates to one that it cites: the words that govern the citation in its own clause tell."""

from __future__ import annotations

from bisect import bisect_right
from typing import Any, Final, NamedTuple

import regex

from ocr_pipeline.document import Relation
from ocr_pipeline.orthography import fold
from ocr_pipeline.symbols.flow import flat

_SENTENCE: Final = regex.compile(r"\n|(?<=[\p{Ll}\d)”\"])[.?!](?=\s+\p{Lu})")
_REACH: Final = 420
# A sentence that does away with, or changes, rules "set out in" the document.
_WHOLE: Final = regex.compile(r"(?:[\s\-+\d.)]|\b[a-z]\)){0,6}(?:bai bo|huy bo|sua doi|bo sung|thay the)\b")
_SET_OUT: Final = regex.compile(r"\bquy dinh tai\s(?:(?:cac|khoan|dieu|diem)\s[^;:]{0,40})?$")
# So does one that names the rules first, wherever it stands.
_RULES_IN: Final = regex.compile(
    r"\s(?:ngay\s|toan bo\s|mot phan\s)?(?:cac\s|mot so\s|nhung\s)?(?:quy dinh|noi dung|thu tuc|cum tu|che do)\b[^;.]{0,170}\s"
    r"(?:tai|kem theo)\s(?:(?:cac|khoan|dieu|diem|muc|phu luc)\s[^;]{0,90})?$"
)
_CONJOINED: Final = regex.compile(
    r"(?:(?P<clause>;)|[,(“\"]|\bvà|\bhoặc|\bcùng(?:\s+với)?)\s*"
    r"(?:(?:và|các|những|tại|số|gọi tắt là|gọi là|viết tắt là|sau đây)\s*)*$",
    regex.IGNORECASE,
)
_ALIAS: Final = regex.compile(r"(?:gọi|viết|gọi\s+tắt|viết\s+tắt)\s+(?:tắt\s+|chung\s+)?là\s*[“\"]?\s*$", regex.IGNORECASE)
_PARAGRAPH: Final = regex.compile(r"[^\n]+")
# An item of an enumeration: a bullet, a number or a letter, or the document itself.
_ITEM: Final = regex.compile(r"[-+•*–]|\d{1,2}[.)]|\p{Ll}\)|[IVX]+\.|(?:Luật|Nghị|Quyết|Thông|Chỉ|Kế|Công|Kết|Hướng|Quy|Pháp)\s")
_OPENING: Final = regex.compile(r"\s*(?:[-+•*–]|\d{1,2}[.)]|\p{Ll}\)|[IVX]+\.)?\s*(?:(?:Toàn bộ|Một phần|Các|Nội dung)\s*)?")
# A head that is the heading of an article, and ends without a sign: "Điều 1. Bãi bỏ toàn bộ các văn bản sau đây".
_HEADING: Final = regex.compile(r"(?:Điều\s+)?\d{1,3}\.\s.{4,150}[\p{L}\d]")
# So much of a head's end is looked at.
_HEAD: Final = 160
_TOKEN: Final = regex.compile(r"[^\W_]+")
_OPEN_NUMBER: Final = regex.compile(r"\d+\w?|[ivxlc]+|\w")


class Trigger(NamedTuple):
    """Words that govern a citation: how far they reach, in characters, or None where only objects may stand between."""

    relation: Relation
    pattern: regex.Pattern[str]
    reach: int | None


class RelationRules:
    """The patterns of relations.toml, compiled."""

    def __init__(self, table: dict[str, Any]) -> None:
        self.triggers = [
            Trigger(rule["relation"], regex.compile(rule["pattern"]), None if rule.get("objects") else rule["reach"])
            for rule in table["triggers"]
        ]
        self.objects = frozenset(fold(word) for word in table["objects"]["words"])
        self.passive = regex.compile(table["passive"]["pattern"])
        self.also = regex.compile(table["also"]["pattern"])
        self.named = regex.compile(table["named"]["pattern"])
        self.hard = regex.compile(table["breaks"]["hard"])
        self.soft = regex.compile(table["breaks"]["soft"])
        self.places = frozenset(table["breaks"]["places"])

    def told(self, before: str) -> Relation | None:
        """The relation that the words before a citation tell; None where they tell none.

        >>> from ocr_pipeline.references.rules import reference_rules
        >>> from ocr_pipeline.dictionaries import Dictionaries
        >>> reference_rules(Dictionaries.load()).relations.told("theo đề xuất của Sở Tài chính tại ")
        'theo'
        """
        plain, lowered = flat(before), before.lower()
        hard = max((m.end() for m in self.hard.finditer(lowered)), default=-1)
        soft = max((m.start() for m in self.soft.finditer(lowered)), default=-1)
        found = [(m.end(), t) for t in self.triggers for m in t.pattern.finditer(plain)]
        for end, trigger in sorted(found, key=lambda row: -row[0]):
            if end <= hard:
                return None
            if end <= soft and trigger.relation not in self.places:
                continue
            recital = trigger.relation == "căn cứ" and plain.lstrip(" -+").startswith("can cu")
            if recital or _is_whole(trigger, plain, end) or self._governs(trigger, plain[end:], before[end:]):
                return trigger.relation
        return None

    def _governs(self, trigger: Trigger, plain: str, before: str) -> bool:
        if trigger.reach is None:
            return ";" not in plain and all(w in self.objects or _OPEN_NUMBER.fullmatch(w) for w in _TOKEN.findall(plain))
        return len(before) <= trigger.reach and not any(sign in before for sign in (";", "“", "”"))

    def told_of_items(self, head: str) -> Relation | None:
        """The relation that the head of an enumeration tells of its items: its last trigger."""
        plain = flat(head)
        found = [(m.end(), t.relation) for t in self.triggers for m in t.pattern.finditer(plain)]
        return max(found)[1] if found else None

    def is_passive(self, before: str) -> bool:
        """Whether the words say what the new citation did to the one before it."""
        return self.passive.search(flat(before)) is not None


def _is_whole(trigger: Trigger, plain: str, end: int) -> bool:
    """Whether a sentence does something to rules that are set out in the document."""
    if trigger.reach is not None:
        return False
    opening = _WHOLE.match(plain)
    opens = opening is not None and end == opening.end() and _SET_OUT.search(plain, end) is not None
    return opens or (trigger.relation == "bãi bỏ" and _RULES_IN.match(plain, end) is not None)


class Clause(NamedTuple):
    """What a citation leaves to the next one of its sentence: its place, its relation, that of its clause."""

    start: int
    end: int
    relation: Relation | None
    first: Relation | None


def sentence_start(flowing: str, at: int) -> int:
    """Where the sentence of an offset begins, as far back as is looked."""
    low = max(0, at - _REACH)
    cuts = [found.end() for found in _SENTENCE.finditer(flowing, low, at)]
    return cuts[-1] if cuts else low


class Led(NamedTuple):
    """A citation with what leads to it: where its place or head begins, where it begins itself and what is stated ends."""

    lead: int
    start: int
    end: int


def relate(flowing: str, led: Led, last: Clause | None, rules: RelationRules, heads: Heads) -> Clause:
    """The relation of a citation: told by its own words, by the head of its enumeration, or that of its list."""
    sentence = sentence_start(flowing, led.start)
    listed = last is not None and last.start >= sentence and last.end <= led.lead
    before = flowing[last.end if listed and last else sentence : led.lead]
    if listed and last:
        conjoined = _CONJOINED.search(before)
        if _ALIAS.search(before) or rules.is_passive(before) or (conjoined and not conjoined["clause"]):
            return Clause(led.start, led.end, last.relation, last.first)
        told = rules.told(before)
        if not told and rules.also.fullmatch(flat(before)):
            return Clause(led.start, led.end, last.relation, last.first)
        if not told and (conjoined or rules.named.fullmatch(before)):
            return Clause(led.start, led.end, last.first, last.first)
        return Clause(led.start, led.end, told, last.first if ";" not in before else told)
    told = rules.told(before) or heads.relation(led.lead, before)
    return Clause(led.start, led.end, told, told)


class Heads:
    """What the head of an enumeration says of its items: "Bãi bỏ các văn bản sau:", then one item a paragraph."""

    def __init__(self, flowing: str, rules: RelationRules) -> None:
        self._starts: list[int] = []
        self._told: list[Relation | None] = []
        told: Relation | None = None
        for paragraph in _PARAGRAPH.finditer(flowing):
            text = paragraph.group().strip()
            # A page number that was read past leaves white.
            told = told if _ITEM.match(text) or not text else None
            self._starts.append(paragraph.start())
            self._told.append(told)
            if text.endswith(":") or _HEADING.fullmatch(text):
                told = rules.told_of_items(text[-_HEAD:])

    def relation(self, at: int, before: str) -> Relation | None:
        """The relation that the head tells of an item that begins right before an offset."""
        k = bisect_right(self._starts, at) - 1
        return self._told[k] if k >= 0 and _OPENING.fullmatch(before) else None
