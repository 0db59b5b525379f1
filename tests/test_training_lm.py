"""Training of the language model on a corpus of a few lines: held-out paragraphs, vocabulary, counts, same bytes."""

from __future__ import annotations

import lzma
from pathlib import Path

import numpy as np
import pytest

from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.orthography import unify
from ocr_pipeline.restoration.language_model import BOS, UNK, Casing, LanguageModel
from ocr_pipeline.training import corpus, ngrams, register, vocabulary
from ocr_pipeline.training.language_model_builder import build, sentence_starts, word_streams

LINES = {
    "legal": [
        "Căn cứ Luật Tổ chức chính quyền địa phương; Theo đề nghị của UBND tỉnh.",
        "Điều 1. Uỷ ban nhân dân tỉnh ban hành.",
    ],
    "admin": ["Ủy ban nhân dân tỉnh đề nghị các sở, ban, ngành.", "Thực hiện Kế hoạch số 57-KH/TU ngày 02/6/2025 của UBND tỉnh."],
}
EMPTY = Casing(*(np.zeros(0, np.uint8) for _ in range(3)))
SIZES = ngrams.Sizes(bigrams=4000, trigrams=3000, quadrigrams=2000)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder like ``shared`` with a corpus of some hundred lines."""
    folder = tmp_path_factory.mktemp("shared")
    (folder / "corpus").mkdir()
    (folder / "lists").mkdir()
    (folder / "lists" / "provinces_2025.txt").write_text("Tỉnh Quảng Ninh\n", encoding="utf-8")
    for source, lines in LINES.items():
        text = "".join(f"{line} {k}\n" for k in range(60) for line in lines)
        (folder / "corpus" / f"{source}.txt.xz").write_bytes(lzma.compress(text.encode()))
    return folder


def test_same_texts_give_the_same_bytes(shared: Path, tmp_path: Path) -> None:
    """Two runs over one corpus write one and the same file."""
    for name in ("a.bin", "b.bin"):
        build(shared, tmp_path / name, sizes=SIZES, progress=lambda _: None)

    assert (tmp_path / "a.bin").read_bytes() == (tmp_path / "b.bin").read_bytes()


def test_trained_model_prefers_what_it_saw(shared: Path, tmp_path: Path) -> None:
    """A phrase of the corpus is likelier than the same phrase with one tone changed, and both placements are one word."""
    build(shared, tmp_path / "a.bin", sizes=SIZES, progress=lambda _: None)
    model = LanguageModel.open(tmp_path / "a.bin")

    assert model.logprob(["ủy", "ban", "nhân", "dân"]) > model.logprob(["ủy", "bán", "nhân", "dân"])
    assert model.index("Uỷ") == model.index("ủy") != UNK
    assert model.forms[model.index("ubnd")] == "UBND"


def test_held_out_paragraphs_are_left_out_by_content(tmp_path: Path) -> None:
    """A paragraph held out of one file is not trained on where another file repeats it."""
    (tmp_path / "corpus").mkdir()
    closed = [f"đoạn thứ {k}\n" for k in range(9)]
    (tmp_path / "corpus" / "legal.txt.xz").write_bytes(lzma.compress("".join(closed).encode()))
    (tmp_path / "corpus" / "party_register.txt.xz").write_bytes(lzma.compress((closed[7] + closed[3]).encode()))

    texts = corpus.streams(tmp_path, {})

    assert corpus.held_out(tmp_path)["legal"] == [closed[7]]
    assert "7" not in texts.tokens
    assert np.count_nonzero(texts.sources["party_register"] == 0) == 1


def test_rare_misprints_stay_outside_the_vocabulary() -> None:
    """A syllable far rarer than its twin is a misprint; frequent words of the lists and capitals are not."""
    word = vocabulary._Word

    assert not vocabulary._is_word(word(unify("nghiêp"), 76, 3, {"nghiêp": 76.0}), False, 200_000)
    assert not vocabulary._is_word(word(unify("quyêt"), 700, 3, {"quyêt": 700.0}), False, 200_000)
    assert vocabulary._is_word(word(unify("quyết"), 200_000, 5, {"quyết": 1.0}), False, 200_000)
    assert vocabulary._is_word(word("ubnd", 18_000, 5, {"UBND": 1.0}), False, 0)
    assert vocabulary._is_word(word(unify("ở"), 200_000, 5, {"ở": 1.0}), True, 200_000)


def test_sentences_begin_after_their_mark(shared: Path) -> None:
    """Sentence starts inside a paragraph are given as the start mark and three words."""
    texts = corpus.streams(shared, {"own": ["Nay đề nghị. Căn cứ Luật; 1. Điều lệ"]})
    ids = np.arange(len(texts.tokens)).astype(np.uint16) + 10
    ids[0] = BOS
    words = vocabulary.Vocabulary([], [], EMPTY, np.arange(len(texts.tokens) + 1), ids)
    number = {token: k + 10 for k, token in enumerate(texts.tokens)}

    found = sentence_starts(texts, words)["own"].reshape(-1, 4)

    assert found[:, 0].tolist() == [BOS] * 2
    assert found[:, 1:].tolist() == [
        [number[token] for token in tokens] for tokens in (("Căn", "cứ", "Luật;"), ("1.", "Điều", "lệ"))
    ]
    assert len(word_streams(texts, words)["own"]) == len(texts.sources["own"])


def test_no_ngram_runs_over_a_paragraph() -> None:
    """The start of a paragraph ends all contexts."""
    ids = np.array([BOS, 5, 6, BOS, 7], np.uint16)
    none = {"own": np.zeros(0, np.uint16)}

    pairs = ngrams.count({"own": ids}, none, {"own": 2.0}, 2)

    assert pairs.keys.tolist() == [BOS << 16 | 5, BOS << 16 | 7, 5 << 16 | 6]
    assert pairs.weighted.tolist() == [2.0] * 3


def test_phrases_have_no_open_slots(shared: Path) -> None:
    """Every slot of the register's phrases is filled, and each province is met in a letterhead."""
    found = list(register.phrases(Dictionaries.load(), shared))

    assert not [line for line in found if "{" in line]
    assert "ỦY BAN NHÂN DÂN Tỉnh Quảng Ninh" in found
