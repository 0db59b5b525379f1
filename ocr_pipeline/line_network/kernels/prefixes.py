"""What a line says by the chances of its steps: the likeliest text over all ways to place it, then its likeliest place.

A network of this kind says at each step a sign or nothing; signs that follow one another at once are one.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy.typing as npt

Array = npt.NDArray[Any]

# So many texts are kept at each step, and signs of less chance are not thought of.
BEAM: Final = 8
LEAST: Final = 1e-3
CANDIDATES: Final = 256
# Texts so much less likely than the best are given up.
_HOPELESS: Final = 1e-6
# No chance is less than this.
_LEAST: Final = 1e-9
# Kinds of signs: what ends a word, what makes anything one; letters follow.
ENDS: Final = 0
FREE: Final = 1
# States of a word that are no place in the tree: unknown, or no word of letters.
UNKNOWN: Final = -1
ANYTHING: Final = -2


class Texts(NamedTuple):
    """Texts by their last sign: ``parent`` is the text before it, 0 the empty one."""

    parent: Array
    label: Array


class Beam(NamedTuple):
    """Texts with their chances: nothing said last, or their last sign; ``word`` is where in the tree the last word stands.

    Among candidates a text of -1 is one to be made, of ``parent`` and ``label``.
    """

    text: Array
    parent: Array
    label: Array
    word: Array
    quiet: Array
    said: Array


class Words(NamedTuple):
    """A tree of words: ``follows[place, kind]`` (0 for none), and by how much a text counts with the word that ends there.

    ``worth[-1]`` is that of a word that is not in the tree; ``kind`` and ``usual`` are of each sign what it is in a word and by
    how much a text counts with it. Nothing counts more than 1.
    """

    follows: Array
    worth: Array
    kind: Array
    usual: Array


class Placing(NamedTuple):
    """Room to place a text in: moves [steps, 2 * signs + 1], two rows of scores, the greatest chance of each sign.

    ``alike[k]`` are signs that are the same as the sign ``k`` where that stands, -1 for none.
    """

    came: Array
    score: Array
    most: Array
    alike: Array


def best_text(chances: Array, nothing: int, texts: Texts, beam: Beam, more: Beam, words: Words, found: Array) -> int:
    """The number of signs of the likeliest text, which are written to ``found``."""
    beam.text[0], beam.word[0], beam.quiet[0], beam.said[0] = 0, 0, 1.0, 0.0
    size, count = 1, 1
    for step in range(chances.shape[0]):
        silent = float(chances[step, nothing])
        for k in range(size):
            text = beam.text[k]
            more.text[k], more.word[k] = text, beam.word[k]
            more.quiet[k] = (beam.quiet[k] + beam.said[k]) * silent
            more.said[k] = beam.said[k] * chances[step, texts.label[text]] if text > 0 else 0.0
        top = size
        if silent < 1.0 - LEAST:
            top = _longer(chances, step, nothing, texts, beam, more, words, size)
        size = _kept(beam, more, top)
        count = _made(texts, beam, size, count)
    best, most = 0, -1.0
    for k in range(size):
        total = (beam.quiet[k] + beam.said[k]) * _worth(words, beam.word[k])
        if total > most:
            best, most = k, total
    return _written(texts, beam.text[best], found)


def _longer(chances: Array, step: int, nothing: int, texts: Texts, beam: Beam, more: Beam, words: Words, size: int) -> int:
    """Each text with one sign more: added to the same text where that is kept already, else a text to be made."""
    top, left = size, 1.0 - float(chances[step, nothing])
    for label in range(chances.shape[1]):
        if left < LEAST:
            break
        chance = float(chances[step, label])
        if chance < LEAST or label == nothing:
            continue
        left -= chance
        for k in range(size):
            text = beam.text[k]
            before = beam.quiet[k]
            if text == 0 or texts.label[text] != label:
                before += beam.said[k]
            if before <= 0.0:
                continue
            said = before * chance * words.usual[label]
            if words.kind[label] == ENDS:
                said *= _worth(words, beam.word[k])
            same = -1
            for j in range(size):
                other = beam.text[j]
                if other > 0 and texts.parent[other] == text and texts.label[other] == label:
                    same = j
            if same >= 0:
                more.said[same] += said
            elif top < CANDIDATES:
                more.text[top], more.parent[top], more.label[top] = -1, text, label
                more.word[top] = _place(words, beam.word[k], words.kind[label])
                more.quiet[top], more.said[top] = 0.0, said
                top += 1
    return top


def _place(words: Words, place: int, kind: int) -> int:
    if kind == ENDS:
        return 0
    if kind == FREE or place == ANYTHING:
        return ANYTHING
    if place == UNKNOWN:
        return UNKNOWN
    follows = words.follows[place, kind]
    return follows if follows > 0 else UNKNOWN


def _worth(words: Words, place: int) -> float:
    """What a text counts whose last word ends here."""
    if place == ANYTHING or place == 0:
        return 1.0
    return float(words.worth[place if place > 0 else len(words.worth) - 1])


def _kept(beam: Beam, more: Beam, top: int) -> int:
    """The best of the candidates become the beam, the chance of the best made one."""
    most = 0.0
    for k in range(top):
        most = max(most, more.quiet[k] + more.said[k])
    size = 0
    while size < BEAM:
        best, chance = -1, _HOPELESS * most
        for k in range(top):
            if more.quiet[k] + more.said[k] > chance:
                best, chance = k, more.quiet[k] + more.said[k]
        if best < 0:
            break
        beam.text[size], beam.parent[size], beam.label[size] = more.text[best], more.parent[best], more.label[best]
        beam.word[size], beam.quiet[size], beam.said[size] = more.word[best], more.quiet[best] / most, more.said[best] / most
        more.quiet[best] = more.said[best] = 0.0
        size += 1
    return size


def _made(texts: Texts, beam: Beam, size: int, count: int) -> int:
    for k in range(size):
        if beam.text[k] < 0:
            texts.parent[count], texts.label[count] = beam.parent[k], beam.label[k]
            beam.text[k] = count
            count += 1
    return count


def _written(texts: Texts, text: int, found: Array) -> int:
    length, at = 0, text
    while at > 0:
        length, at = length + 1, texts.parent[at]
    at = text
    for k in range(length - 1, -1, -1):
        found[k] = texts.label[at]
        at = texts.parent[at]
    return length


def place_text(chances: Array, nothing: int, labels: Array, work: Placing, steps: Array, sure: Array) -> int:
    """Where each sign of a text most likely stands (first and last step), and how sure it is; 0 where the line is too short.

    Where one sign ends and the next begins is no doubt: ``sure`` is the least chance of a step on the way to the sign and in it
    that it says the sign, one beside it or nothing, and no more than the greatest of the sign itself.
    """
    length, states = len(labels), 2 * len(labels) + 1
    came, score = work.came, work.score
    for s in range(states):
        score[0, s] = 0.0
    score[0, 0] = chances[0, nothing]
    score[0, 1] = chances[0, labels[0]]
    for t in range(1, chances.shape[0]):
        now, past = t % 2, (t - 1) % 2
        most = 0.0
        for s in range(states):
            most = max(most, score[past, s])
        for s in range(states):
            best, move = score[past, s], 0
            if s > 0 and score[past, s - 1] > best:
                best, move = score[past, s - 1], 1
            if s % 2 == 1 and s > 1 and labels[s // 2] != labels[s // 2 - 1] and score[past, s - 2] > best:
                best, move = score[past, s - 2], 2
            chance = float(chances[t, labels[s // 2]] if s % 2 == 1 else chances[t, nothing])
            score[now, s] = best / most * max(chance, _LEAST)
            came[t, s] = move
    last = (chances.shape[0] - 1) % 2
    s = states - 1
    if score[last, s - 1] > score[last, s]:
        s -= 1
    if score[last, s] <= 0.0:
        return 0
    for k in range(length):
        sure[k], work.most[k], steps[k, 0], steps[k, 1] = 1.0, 0.0, -1, -1
    for t in range(chances.shape[0] - 1, -1, -1):
        k = s // 2
        if s % 2 == 1:
            steps[k, 0] = t
            steps[k, 1] = max(steps[k, 1], t)
            work.most[k] = max(work.most[k], _alike(chances, t, labels, work.alike, k))
        if k < length:
            sure[k] = min(sure[k], _either(chances, t, nothing, labels, work.alike, k))
        if t > 0:
            s -= came[t, s]
    for k in range(length):
        sure[k] = min(sure[k], work.most[k])
    return 1


def _alike(chances: Array, step: int, labels: Array, alike: Array, k: int) -> float:
    found = float(chances[step, labels[k]])
    for j in range(alike.shape[1]):
        if alike[k, j] >= 0:
            found += chances[step, alike[k, j]]
    return found


def _either(chances: Array, step: int, nothing: int, labels: Array, alike: Array, k: int) -> float:
    """The chance that a step says the sign, one beside it, or nothing."""
    found = float(chances[step, nothing]) + _alike(chances, step, labels, alike, k)
    if k > 0 and labels[k - 1] != labels[k]:
        found += chances[step, labels[k - 1]]
    if k + 1 < len(labels) and labels[k + 1] != labels[k] and (k == 0 or labels[k + 1] != labels[k - 1]):
        found += chances[step, labels[k + 1]]
    return found
