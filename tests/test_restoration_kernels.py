"""The inner loops as machine code: equal to their plain twins, loaded without the compiler, made anew where they are missing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocr_pipeline import compiled
from ocr_pipeline.compiled import Kernel
from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.restoration import alignment, decoder, pieces, readings
from ocr_pipeline.restoration.channel import load_channels
from ocr_pipeline.restoration.families import COSTS, REACH
from ocr_pipeline.restoration.kernels import aligning, joining, matching, search
from ocr_pipeline.restoration.kernels.matching import LOWER
from ocr_pipeline.restoration.language_model import BOS, LanguageModel, logprob
from ocr_pipeline.restoration.lattice import Builder, packed
from ocr_pipeline.restoration.lexicon import Lexicon
from ocr_pipeline.restoration.readings import Reader
from ocr_pipeline.restoration.sentence_model import SentenceModel
from ocr_pipeline.restoration.tokens import units_of

DICTIONARIES = Dictionaries.load()
RAW = ["Can ctr Luat T6 chirc chinh quyén dia phuong", "Uy ban nhan dan tinh ban hanh 6 ké hoach"]


def _reader() -> Reader:
    return Reader(Lexicon.load(DICTIONARIES), load_channels(DICTIONARIES)["eng"], REACH["eng"])


def _unpacked(function: Any) -> Any:
    return lambda *args: function(*(a.source if isinstance(a, compiled.Flat) else a for a in args))


@pytest.mark.parametrize("token", ["quyét", "chirc", "T6", "UBND", "phuong", "ti€n"])
@pytest.mark.filterwarnings("ignore:overflow encountered")
def test_readings_equal_those_of_plain_python(token: str) -> None:
    """Matching and joining give the same words at the same costs."""
    fast = _reader().readings(token, "inside", guess=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pieces, "_MATCH", _unpacked(matching.match))
        patch.setattr(readings, "_JOIN", _unpacked(joining.join))
        slow = _reader().readings(token, "inside", guess=True)

    assert slow.words.tolist() == fast.words.tolist()
    assert slow.costs == pytest.approx(fast.costs)


@pytest.mark.parametrize(("token", "word"), [("quyét", "quyết"), ("chirc", "chức"), ("tidng", "ương"), ("ho", "bộ")])
def test_alignments_equal_those_of_plain_python(token: str, word: str) -> None:
    """The same operations at the same costs."""
    channel, lexicon = load_channels(DICTIONARIES)["eng"], Lexicon.load(DICTIONARIES)
    fast = alignment.Aligner(channel, lexicon).operations(token, lexicon.entry_of[word], LOWER)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(alignment, "_ALIGN", _unpacked(aligning.align))
        slow = alignment.Aligner(channel, lexicon).operations(token, lexicon.entry_of[word], LOWER)

    assert slow.done.tolist() == fast.done.tolist()
    assert slow.costs == pytest.approx(fast.costs)


@pytest.mark.filterwarnings("ignore:overflow encountered")
def test_search_equals_that_of_plain_python() -> None:
    """The best path and the probability of each of its steps are the same."""
    units = [unit for number, line in enumerate(RAW) for unit in units_of(number, line, [], sentence=True)]
    model, builder = LanguageModel.load(DICTIONARIES), Builder(_reader(), COSTS["eng"])
    fast = decoder.decode(units, RAW, [8], builder=builder, model=model, sentences=SentenceModel.load(DICTIONARIES))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(decoder, "_SEARCH", _unpacked(search.search))
        slow = decoder.decode(units, RAW, [8], builder=builder, model=model, sentences=SentenceModel.load(DICTIONARIES))

    assert [step.way for step in slow] == [step.way for step in fast]
    assert [step.confidence for step in slow] == pytest.approx([step.confidence for step in fast])
    assert len(slow) == len(units)


def _best(lattice: search.Lattice, model: LanguageModel) -> float:
    """The score of the best of all paths, by trying each."""

    def onward(place: int, context: tuple[int, int, int]) -> float:
        if place == len(lattice.into) - 2:
            return 0.0
        scores = []
        for a in np.flatnonzero(lattice.origin == place):
            arrival = int(np.searchsorted(lattice.into, a, side="right")) - 1
            gain, after = -float(lattice.cost[a]), context
            for word in (int(lattice.word[a]), int(lattice.second[a])):
                if word >= 0:
                    gain += logprob(model.tables, after, word)
                    after = (*after[1:], word)
            scores.append(gain + onward(arrival, after))
        return max(scores, default=-1e9)

    return onward(0, (BOS, BOS, BOS))


@settings(deadline=None, max_examples=25)
@given(st.lists(st.sampled_from(["Uy", "ban", "nh", "an", "dan", "tinh", "s6", "6", "thuc", "hién"]), min_size=1, max_size=4))
def test_the_path_found_is_the_best_of_all(tokens: list[str]) -> None:
    """On lattices small enough to try every path, the beam finds the best."""
    line = " ".join(tokens)
    units, model = units_of(0, line, [], sentence=True), LanguageModel.load(DICTIONARIES)
    placed = [p._replace(ways=p.ways[:4]) for p in Builder(_reader(), COSTS["eng"]).bundles(units, [line])]
    lattice, _ = packed(placed, len(units), [])
    beam, states = decoder.new_beam(lattice)
    path, sums = np.zeros(len(lattice.into), np.int64), np.zeros(len(lattice.cost))
    memory = np.zeros(states), np.zeros(states)
    decoder._SEARCH(lattice, decoder._tables(model), 1.0, 0.7, beam, decoder.new_candidates(), *memory, path, sums)

    assert beam.score[beam.states[-2]] == pytest.approx(_best(lattice, model), abs=1e-3)
    assert sums[lattice.into[-2] :].sum() == pytest.approx(1.0)


def test_arguments_of_other_types_are_refused() -> None:
    """Machine code would read other memory than it was given."""
    kernel = Kernel(matching.grow)
    tree = matching.Tree(np.full(8, -1), np.zeros(8, np.int32), *(np.zeros(4, np.int32) for _ in range(4)))
    kernel(np.array([1]), np.array([1]), tree)

    with pytest.raises(TypeError, match="grow"):
        kernel(np.array([1.0]), np.array([1]), tree)
    with pytest.raises(TypeError, match="contiguous"):
        kernel(np.zeros(4, np.int64)[::2], np.array([1]), tree)


def test_machine_code_is_made_where_it_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first call compiles and keeps an object file; the next process only loads it."""
    monkeypatch.setattr(compiled, "_places", lambda _: iter([tmp_path / "missing"]))
    tree = matching.Tree(np.full(8, -1), np.zeros(8, np.int32), *(np.full(4, -1, np.int32) for _ in range(4)))
    first = Kernel(matching.grow)(np.array([5, 6, 5]), np.array([2, 3]), tree)
    monkeypatch.setattr(compiled, "_made", lambda *_: pytest.fail("compiled a second time"))
    fresh = matching.Tree(np.full(8, -1), np.zeros(8, np.int32), *(np.full(4, -1, np.int32) for _ in range(4)))

    assert len(list((tmp_path / "missing").glob("grow-*.o"))) == 1
    assert first == Kernel(matching.grow)(np.array([5, 6, 5]), np.array([2, 3]), fresh) == 3
    assert tree.entries.tolist() == fresh.entries.tolist()


def test_restoring_needs_no_compiler() -> None:
    """Once machine code is kept, numba is not even imported: it alone takes longer than the answer may."""
    code = "import sys; from ocr_pipeline import restore; restore('Nghi quyét s6 57-NQ/TW'); print('numba' in sys.modules)"
    for _ in range(2):
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "False"
