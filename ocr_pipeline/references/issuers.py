"""How far the name of an issuer goes, as its sentence writes it."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Final, NamedTuple

import regex

from ocr_pipeline.orthography import unify
from ocr_pipeline.references.rules import Context, ReferenceRules, words_between
from ocr_pipeline.symbols.issuer_names import KnownName

# Names are read up to this many words and characters.
_MOST_WORDS, _REACH = 24, 220
_LONGEST_PHRASE: Final = 3
_AND, _TERM, _TOGETHER = unify("và"), unify("khóa"), unify("liên")
_ROMAN: Final = regex.compile(r"[IVX]{1,5}")
_TRAILING: Final = frozenset({_AND, "-", "của", "&"})
_JOINING: Final = frozenset({_AND, "-", "&"})
_NUMERALS: Final = frozenset(map(unify, ("nhất", "hai", "ba", "tư", "bốn", "năm", "sáu", "bảy", "tám", "chín", "mười", "một")))
_LEADING, _LED, _WORK = unify("chỉ"), frozenset(map(unify, ("đạo", "huy"))), unify("tác")
# After these a word with a capital is a name, whatever it means elsewhere: Bộ Kế hoạch và Đầu tư, Thi đua - Khen thưởng.
_KINDS: Final = frozenset(
    map(unify, ("bộ", "sở", "ban", "cục", "vụ", "phòng", "viện", "tâm", "tổ", "đoàn", "khoa", "trường", "báo", "-"))
)
# After the kind of a place only its name goes on, save where the two words are one: tỉnh ủy, xã hội.
_PLACE_KINDS: Final = frozenset(map(unify, ("tỉnh", "phố", "huyện", "quận", "xã", "phường", "trấn", "tp", "tp.", "khu")))
_NO_PLACE: Final = frozenset(
    map(
        unify, ("ủy", "đoàn", "hội", "đội", "trưởng", "viên", "bộ", "cổ", "trực", "kinh", "vực", "công", "phố", "chế", "tự", "du")
    )
)
# First words of the names of offices.
_OFFICES: Final = frozenset(
    map(unify, ("chủ", "phó", "bộ", "thứ", "thủ", "giám", "cục", "vụ", "tổng", "trưởng", "bí", "chánh", "thống", "viện", "hiệu"))
)
# Heads that are also written small.
_SMALL_HEADS: Final = frozenset(map(unify, ("sở", "bộ", "tỉnh", "ủy", "huyện", "thành")))
_PLACE_PAIRS: Final = frozenset(
    (unify(a), unify(b)) for a, b in (("thành", "phố"), ("thị", "xã"), ("thị", "trấn"), ("đặc", "khu"))
)
# These go on with the organ that they belong to: Đảng ủy Sở Y tế, Chi bộ Phòng Giáo dục.
_PARTY_ORGANS: Final = frozenset(
    (unify(a), unify(b)) for a, b in (("đảng", "ủy"), ("đảng", "bộ"), ("chi", "bộ"), ("đảng", "đoàn"))
)
_PAUSE: Final = regex.compile(r"[;:“”\"()\[\]\n…]|\.(?=\s|$)")
_SHORTENED: Final = frozenset({"TP", "TX", "TT"})
_SPECKS: Final = regex.compile(r"[^\s,&-]")
_PERSON: Final = regex.compile(r"\s+(?:\p{Lu}\p{Ll}+\s*){2,5}")


class Named(NamedTuple):
    """The name of an issuer and its place."""

    start: int
    end: int
    name: str


class _Word(NamedTuple):
    """A word of a name, its place, and what it reads, repaired where it was damaged."""

    start: int
    end: int
    text: str


class _Walk:
    """Reads a name word by word until it ends."""

    def __init__(self, text: str, start: int, context: Context, *, joint: bool) -> None:
        self._text, self._rules, self._names, self._joint = text, context.rules, context.names, joint
        known = context.names.at(text, start, damaged=context.damaged)
        end = min(len(text), start + _REACH)
        self._words = _words(words_between(text, start, end)[: _MOST_WORDS + 2], known)
        self._keys = [unify(word.text) for word in self._words]
        self._known = sum(word.end <= known.end for word in self._words) if known else 0

    def words(self) -> Sequence[_Word]:
        """The words of the name; none where no issuer's name begins here."""
        if not self._words or not (self._known or self._begins(0)):
            return ()
        k = max(1, self._known)
        while k < len(self._words) and k < _MOST_WORDS and self._goes_on(k):
            k = max(k + 1, self._known_from(k))
        while k > 1 and self._keys[k - 1] in _TRAILING:
            k -= 1
        return self._words[:k]

    def _known_from(self, k: int) -> int:
        """Behind the known name of another organ that begins at ``k``, where several are joined."""
        if not (self._joint and self._begins(k)):
            return 0
        known = self._names.at(self._text, self._words[k].start)
        self._known = sum(word.end <= known.end for word in self._words) if known else self._known
        return self._known

    def _begins(self, k: int) -> bool:
        return self._phrase(k, self._rules.heads) and not self._phrase(k, self._rules.stops)

    def _phrase(self, k: int, phrases: frozenset[tuple[str, ...]]) -> bool:
        return any(tuple(self._keys[k : k + n]) in phrases for n in range(1, _LONGEST_PHRASE + 1))

    def _between(self, k: int) -> str:
        return self._text[self._words[k - 1].end : self._words[k].start]

    def _goes_on(self, k: int) -> bool:
        """Whether word ``k`` belongs to the name that the words before it are."""
        between = self._between(k)
        word, key, last = self._words[k].text, self._keys[k], self._keys[k - 1]
        if _PAUSE.search(between) and not (last in ("tp", "tx", "tt") and "." in between):
            return False
        if self._in_place(k) or self._is_term(k):
            return True
        if self._is_about(k) or self._is_person(k):
            return False
        if last in _PLACE_KINDS and key not in _NO_PLACE and "," not in between:
            return word[0].isupper() or word.isdigit() or self._joined(k, between)
        if k == self._known:
            if tuple(self._keys[max(0, k - 2) : k]) in _PARTY_ORGANS and word[0].isupper():
                return not self._stops(k)
            kind = key in _PLACE_KINDS or tuple(self._keys[k : k + 2]) in _PLACE_PAIRS
            # Ban Chỉ đạo 389, Ban Chỉ đạo 138/CP.
            numbered = word[0].isdigit() and (word.isdigit() or word[-1].isupper()) and last in self._rules.before_number
            if numbered or key in self._rules.extensions or kind or self._is_place(k) or self._joined(k, between):
                return True
            return self._keys[0] == _TOGETHER and self._is_dashed(k)
        if self._after_place(k) and not word[0].isupper():
            return self._joined(k, between) or self._is_dashed(k)
        if "," in between:
            return self._joins(k, self._rules.after_comma)
        if last in _JOINING:
            return self._joins(k, self._rules.after_and)
        if last in self._rules.before_number and (word.isdigit() or word[:1].isupper() or key in _NUMERALS):
            return True
        if any(c.isdigit() for c in word) and not word[0].isalpha():
            return False
        return not self._stops(k)

    def _is_term(self, k: int) -> bool:
        """Whether the term of a committee or a council stands at ``k``: Ban Chấp hành Đảng bộ tỉnh khóa XV."""
        at = k + 1 if self._keys[k] == _TERM else k
        return self._keys[at - 1] == _TERM and any(_ROMAN.fullmatch(word.text) for word in self._words[at : at + 1])

    def _is_place(self, k: int) -> bool:
        """Whether a known place stands at ``k``, behind a name that is whole: Cục Thuế Hà Nội, Chính phủ Việt Nam."""
        return any(tuple(self._keys[k : k + n]) in self._rules.places for n in (1, 2, 3, 4)) and self._words[k].text[0].isupper()

    def _in_place(self, k: int) -> bool:
        """Whether word ``k`` goes on with a known place, however it is written: TP. Hồ chí Minh."""
        low = next((j for j in range(k - 1, max(-1, k - 4), -1) if self._keys[j] in _PLACE_KINDS), k) + 1
        return 0 < low < k and any(tuple(self._keys[low : low + n]) in self._rules.places for n in (3, 4) if low + n > k)

    def _is_person(self, k: int) -> bool:
        """Whether the holder of an office is named from ``k`` on: Giám đốc Sở Tài chính Bùi Văn Tám."""
        if self._keys[0] not in _OFFICES or self._keys[k] not in self._rules.surnames or self._keys[k - 1] in _PLACE_KINDS:
            return False
        named = [word.text[0].isupper() for word in self._words[k : k + 2]]
        return named == [True, True] and not self._is_place(k) and "," not in self._between(k)

    def _after_place(self, k: int) -> bool:
        """Whether the words before ``k`` are the kind of a place and its name."""
        j = k - 1
        while j > 0 and self._words[j].text[0].isupper() and self._keys[j] not in _PLACE_KINDS and k - j < 6:
            j -= 1
        return 0 < j < k - 1 and self._keys[j] in _PLACE_KINDS and self._keys[j + 1] not in _NO_PLACE

    def _is_dashed(self, k: int) -> bool:
        """Whether a dash at ``k`` stands inside the name of a place: Bà Rịa - Vũng Tàu."""
        after = self._words[k + 1 : k + 2]
        return self._keys[k] == "-" and bool(after) and after[0].text[0].isupper() and not self._begins(k + 1)

    def _is_about(self, k: int) -> bool:
        """Whether "V/v" stands at ``k``, in one piece or several."""
        word = self._words[k]
        return word.text.upper() == "V" and self._text[word.end : word.end + 3].strip()[:1] == "/"

    def _joined(self, k: int, between: str) -> bool:
        """Whether another organ follows a whole name, where several issue together."""
        if not self._joint or not (self._keys[k] in _JOINING or "," in between):
            return False
        return self._begins(k + 1 if self._keys[k] in _JOINING else k)

    def _joins(self, k: int, phrases: frozenset[tuple[str, ...]]) -> bool:
        """After "và", a dash or a comma: the rest of the name, or another organ where several issue together."""
        if self._phrase(k, phrases):
            return True
        another = self._begins(k)
        comma = "," in self._between(k)
        return self._joint if another else self._words[k].text[0].isupper() and not comma and not self._stops(k)

    def _stops(self, k: int) -> bool:
        word, key, rules = self._words[k].text, self._keys[k], self._rules
        if key == _LEADING and self._words[k + 1 : k + 2] and self._keys[k + 1] in _LED and self._keys[k - 1] in ("ban", "bộ"):
            return False
        if key == "công" and self._keys[k + 1 : k + 2] == [_WORK] and self._keys[k - 1] == "ban":
            return False
        if self._phrase(k, rules.stops):
            # With a capital after the kind of the organ the words are its name: Bộ Kế hoạch và Đầu tư.
            return word[0].islower() or self._keys[k - 1] not in _KINDS
        if word[0].islower():
            return key in rules.small_stops or key not in rules.small_words
        return word in rules.capital_stops


def _words(found: Sequence[regex.Match[str]], known: KnownName | None) -> list[_Word]:
    """The words with what is repaired of them in its place."""
    words: list[_Word] = []
    for match in found:
        repair = next((r for r in known.repairs if r.start < match.end() and r.end > match.start()), None) if known else None
        if repair is None:
            words.append(_Word(match.start(), match.end(), match.group()))
        elif not words or words[-1].start != repair.start:
            words += [_Word(repair.start, repair.end, part) for part in repair.text.split()]
    return words


def issuer_at(text: str, start: int, context: Context, *, joint: bool = False) -> Named | None:
    """The issuer whose name begins at an offset; ``joint``: several may be named one after the other."""
    words = _Walk(text, start, context, joint=joint).words()
    if not words:
        return None
    name = words[0].text
    for before, word in itertools.pairwise(words):
        between = text[before.end : word.start]
        short = before.text.upper() in _SHORTENED and between.startswith(".")
        name += ((between if short else _SPECKS.sub(" ", between)) or " ") + word.text
    return Named(words[0].start, words[-1].end, " ".join(name.split()))


def issuer_before(text: str, low: int, end: int, context: Context) -> Named | None:
    """The issuer whose name ends at an offset: the longest one that begins after ``low``; a person's name may follow."""
    words = words_between(text, low, end)
    for word in words[-_MOST_WORDS:]:
        first = word.group()[0]
        if not first.isupper() and unify(word.group()) not in _SMALL_HEADS and not context.damaged:
            continue
        named = issuer_at(text, word.start(), context)
        if named and named.end <= end and _is_over(text[named.end : end], context.rules):
            return named
    return None


def _is_over(rest: str, rules: ReferenceRules) -> bool:
    """Whether nothing, or a person's name, stands between an issuer and what it does."""
    if not rest.strip(" ,"):
        return True
    return _PERSON.fullmatch(rest.rstrip(" ,")) is not None and unify(rest.split()[0]) in rules.surnames
