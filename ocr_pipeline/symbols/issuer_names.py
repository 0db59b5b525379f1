"""Known names of issuers, found in damaged text too: a trie of words, each compared with what stands there."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Final, NamedTuple

import regex
from rapidfuzz.distance import Levenshtein

from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.orthography import fold, is_syllable, unify
from ocr_pipeline.symbols.flow import flat

_TOKEN: Final = regex.compile(r"[\p{L}\p{M}\d&|!$§]+(?:['’`°]\p{L}+)*|[^\s\p{L}\d]")
_STOP: Final = frozenset(";:“”()[]\n…!?")
_MOST_TOKENS, _REACH = 26, 200
# Costs: marks of a word read otherwise; a letter of it; a comma, a dash or a speck too many or too few; words run together.
_MARKS, _LETTER, _SIGN, _SPECK, _GLUED = 0.3, 0.65, 0.1, 0.4, 0.4
# The dearest word, and the dearest name, a word of it on average.
_DEAREST_WORD, _DEAREST, _DEAREST_DAMAGED = 1.35, 0.45, 0.62
# So many words of a name read, the only word that may follow is believed before a syllable that stands there.
_SURE_AFTER: Final = 3
# Digits and signs that recognisers write for letters.
_LETTERS: Final = str.maketrans("0613458$|!&", "obsaasgsilg")


class Repair(NamedTuple):
    """Damaged words of a name and what stands for them."""

    start: int
    end: int
    text: str


class KnownName(NamedTuple):
    """A known name in a text: where it ends, what of it is repaired, and how much that costs."""

    start: int
    end: int
    repairs: tuple[Repair, ...]
    cost: float


class _Node:
    """Words that may follow: by their unified form, and by their folded one."""

    __slots__ = ("children", "comma", "ends", "folded", "word")

    def __init__(self, word: str, *, comma: bool) -> None:
        self.word, self.comma, self.ends = word, comma, False
        self.children: dict[tuple[str, bool], _Node] = {}
        self.folded: dict[str, list[_Node]] = {}

    def add(self, word: str, *, comma: bool) -> _Node:
        key = (unify(word), comma)
        if key not in self.children:
            self.children[key] = _Node(word, comma=comma)
            self.folded.setdefault(fold(word), []).append(self.children[key])
        return self.children[key]


class _Token(NamedTuple):
    """A word or a sign; ``apart``: white space stands before it."""

    start: int
    end: int
    text: str
    apart: bool


class _State(NamedTuple):
    """A way through the trie: how many tokens are read, what was repaired, the cost, the comma or full stop just read."""

    node: _Node
    at: int
    repairs: tuple[Repair, ...]
    cost: float
    words: int
    comma: str


class IssuerNames:
    """The names of one folder."""

    def __init__(self, dictionaries: Dictionaries) -> None:
        self._root = _Node("", comma=False)
        for (name,) in dictionaries.rows("issuer_names.tsv"):
            node = self._root
            for word in name.split():
                comma = name[: name.find(word)].rstrip().endswith(",") if node is not self._root else False
                node = node.add(word.strip(","), comma=comma)
            node.ends = True

    def at(self, text: str, start: int, *, damaged: bool = False) -> KnownName | None:
        """The longest known name that begins at an offset; ``damaged`` text may differ in letters, other in marks.

        >>> names = issuer_names(Dictionaries.load())
        >>> found = names.at("Bộ trưởng Bộ Giáo dục và Đào lạo về việc", 0)
        >>> found.end, [repair.text for repair in found.repairs]
        (32, ['tạo'])
        """
        tokens = self._tokens(text, start)
        best: tuple[int, float, _State] | None = None
        states = [_State(self._root, 0, (), 0.0, 0, "")]
        while states:
            states = _cheapest(s for state in states for s in self._steps(state, tokens, damaged=damaged))
            for state in states:
                if state.node.ends and state.cost <= (_DEAREST_DAMAGED if damaged else _DEAREST) * state.words:
                    row = (-state.words, state.cost, state)
                    best = row if best is None or row[:2] < best[:2] else best
        if best is None:
            return None
        state = best[2]
        return KnownName(tokens[0].start, tokens[state.at - 1].end, state.repairs, state.cost)

    @staticmethod
    def _tokens(text: str, start: int) -> list[_Token]:
        tokens: list[_Token] = []
        for found in _TOKEN.finditer(text, start, min(len(text), start + _REACH)):
            between = text[tokens[-1].end if tokens else start : found.start()]
            if "\n" in between or found.group() in _STOP or len(tokens) >= _MOST_TOKENS:
                break
            tokens.append(_Token(found.start(), found.end(), found.group(), bool(between)))
        return tokens

    def _steps(self, state: _State, tokens: list[_Token], *, damaged: bool) -> Iterator[_State]:
        if state.at >= len(tokens):
            return
        token = tokens[state.at]
        if not any(c.isalnum() for c in token.text):
            yield from self._over_sign(state, token)
            return
        yield from self._over_word(state, tokens, damaged=damaged)
        if "-" in {key for key, _ in state.node.children}:
            dashed = state.node.children[("-", False)]
            yield from self._over_word(state._replace(node=dashed, cost=state.cost + _SIGN), tokens, damaged=damaged)

    @staticmethod
    def _over_sign(state: _State, token: _Token) -> Iterator[_State]:
        if state.words == 0:
            return
        dashed = state.node.children.get(("-", False))
        if token.text == "-" and dashed:
            yield state._replace(node=dashed, at=state.at + 1)
        elif token.text in ",." and not state.comma and not token.apart:
            yield state._replace(at=state.at + 1, comma=token.text)
        elif not state.comma:
            yield state._replace(at=state.at + 1, cost=state.cost + _SPECK)

    def _over_word(self, state: _State, tokens: list[_Token], *, damaged: bool) -> Iterator[_State]:
        token = tokens[state.at]
        exact = [node for comma in (True, False) if (node := state.node.children.get((unify(token.text), comma)))]
        for node in exact:
            yield from _stepped(state, node, token, 0.0)
        if exact:
            return
        if len(token.text) > 1 and token.text.isupper() and not damaged:
            return
        seen = fold(token.text)
        alike = state.node.folded.get(seen) or (state.node.folded.get(seen.translate(_LETTERS)) if damaged else None) or []
        for node in alike:
            yield from _stepped(state, node, token, _MARKS)
        if alike:
            return
        only = state.words >= _SURE_AFTER and len(state.node.children) == 1
        for node in state.node.children.values() if state.words or damaged else ():
            cost = _distance(node.word, token.text, damaged=damaged or only)
            if cost <= _DEAREST_WORD:
                yield from _stepped(state, node, token, cost)
        yield from self._over_glued(state, token)
        if state.at + 1 < len(tokens):
            yield from self._over_parted(state, token, tokens[state.at + 1])

    @staticmethod
    def _over_glued(state: _State, token: _Token) -> Iterator[_State]:
        """Two words run together: Chínhphủ; damaged ones as well, where nothing else may follow."""
        plain = fold(token.text)
        only = state.words >= _SURE_AFTER and len(state.node.children) == 1
        for node in state.node.children.values():
            rest = plain.removeprefix(fold(node.word))
            seconds = node.folded.get(rest, []) if len(rest) < len(plain) else []
            if only and not seconds and len(node.children) == 1:
                seconds = list(node.children.values())
            for second in seconds:
                cost = _GLUED + _distance(node.word + second.word, token.text, damaged=True)
                repair = Repair(token.start, token.end, f"{node.word} {second.word}")
                if cost <= _GLUED + _DEAREST_WORD:
                    yield _State(second, state.at + 1, (*state.repairs, repair), state.cost + cost, state.words + 2, "")

    @staticmethod
    def _over_parted(state: _State, token: _Token, following: _Token) -> Iterator[_State]:
        """One word in two pieces: Chí nh."""
        for node in state.node.folded.get(fold(token.text + following.text), []):
            repair = Repair(token.start, following.end, node.word)
            yield _State(node, state.at + 2, (*state.repairs, repair), state.cost + _GLUED, state.words + 1, "")


def _stepped(state: _State, node: _Node, token: _Token, cost: float) -> Iterator[_State]:
    """On to a word; a comma that the name lacks is mostly its end, a full stop always unless it stands for a comma."""
    if state.comma == "." and not node.comma:
        return
    if bool(state.comma) != node.comma:
        cost += _SPECK + _MARKS if state.comma else _SIGN
    same = unify(node.word) == unify(token.text)
    repairs = state.repairs if same else (*state.repairs, Repair(token.start, token.end, _cased(node.word, token.text)))
    yield _State(node, state.at + 1, repairs, state.cost + cost, state.words + 1, "")


def _cased(word: str, seen: str) -> str:
    """The word with the case of the first letter seen."""
    if seen[:1].islower() or seen[:1].isupper():
        return (word[:1].lower() if seen[:1].islower() else word[:1].upper()) + word[1:]
    return word


def _distance(word: str, seen: str, *, damaged: bool) -> float:
    """The cost of a word having become what is seen; a Vietnamese syllable stands for itself unless the text is damaged."""
    if not damaged and (is_syllable(seen) or len(word) < 3):
        return 2 * _DEAREST_WORD
    a, b = fold(word), flat(seen).translate(_LETTERS)
    limit = max(1, (len(a) + 1) // 3)
    distance = Levenshtein.distance(a, b, score_cutoff=limit)
    return _LETTER * distance if distance <= limit else 2 * _DEAREST_WORD


def _cheapest(states: Iterator[_State], width: int = 24) -> list[_State]:
    return sorted(states, key=lambda s: (s.cost, s.node.word))[:width]


@functools.cache
def issuer_names(dictionaries: Dictionaries) -> IssuerNames:
    """The names of one folder, read once."""
    return IssuerNames(dictionaries)
