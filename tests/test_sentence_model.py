"""The sentence model: what it prefers, its file, how it is asked, its training."""

from __future__ import annotations

import importlib.util
import lzma
import shutil
from pathlib import Path

import numpy as np
import pytest

from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.errors import DictionaryError, MissingDependency
from ocr_pipeline.restoration import restore
from ocr_pipeline.restoration.guises import CAPITALS, CASE_BITS, GUISES, guise_of, guises_of, joined
from ocr_pipeline.restoration.language_model import BOS, UNK, LanguageModel
from ocr_pipeline.restoration.sentence_model import AROUND, FILE, SIDE, SentenceModel, packed, within_paragraph
from ocr_pipeline.restoration.tokens import units_of
from ocr_pipeline.training import sentence_model as training

DICTIONARIES = Dictionaries.load()
MODEL = LanguageModel.load(DICTIONARIES)
TRAINABLE = importlib.util.find_spec("torch") is not None


def _score(text: str, place: int, word: str) -> float:
    """How likely ``word`` is at a place of a sentence, among its signs and capitals."""
    model = SentenceModel.load(DICTIONARIES)
    units = units_of(0, text, [], sentence=True)
    words = np.array([BOS, *MODEL.ids(text), BOS])
    guises = np.concatenate([[0], guises_of(units, [text]), [0]])
    seen = model.seen_from(words, model.vectors(words), guises, np.array([place + 1]))
    return float(model.scores(seen, np.array(MODEL.ids(word)))[0])


@pytest.mark.parametrize(
    ("text", "place", "right", "wrong"),
    [
        ("ban thường vụ tỉnh ủy yêu cầu các cấp ủy", 3, "tỉnh", "tình"),
        ("các đồng chí được phân công đi công tác", 5, "công", "cộng"),
        ("đơn vị nào chậm báo cáo thì bị phê bình", 3, "báo", "bảo"),
    ],
)
def test_it_prefers_what_the_sentence_asks_for(text: str, place: int, right: str, wrong: str) -> None:
    """Words on both sides tell which of two readings stands there."""
    assert _score(text, place, right) > _score(text, place, wrong)


@pytest.mark.parametrize(
    ("with_signs", "place", "right", "wrong"),
    [
        ("báo của tỉnh, trang tin của các sở", 2, "tỉnh", "tình"),
        ("Đồng chí Nguyễn Văn Nam, Giám đốc Sở", 4, "nam", "năm"),
    ],
)
def test_signs_and_capitals_tell(with_signs: str, place: int, right: str, wrong: str) -> None:
    """``tỉnh, trang`` is no ``tình trạng``; a name has a capital."""
    without = with_signs.replace(",", "").lower()
    told, untold = (_score(text, place, right) - _score(text, place, wrong) for text in (with_signs, without))
    assert told > untold


def test_the_guise_of_units_is_what_touches_them() -> None:
    """Signs beyond a space say nothing; what stands among capitals is capitals."""
    line = "(tỉnh), TRANG 6A TIN - của"
    found = guises_of(units_of(0, line, [], sentence=True), [line])

    expected = [guise_of("tỉnh", "(", "),"), *[CAPITALS] * 3, guise_of("của")]
    assert expected == found.tolist()
    assert set(range(GUISES)) == {
        guise_of(word, before, after) for word in ("a", "An", "AN") for before in ("", "“") for after in ("", ",", ".”", "-")
    }


def test_two_units_that_are_one_word_have_the_beginning_of_one_and_the_end_of_the_other() -> None:
    """Case and what stands before from the first, the sign behind from the last."""
    first, last = np.array([guise_of("Quy", "(")]), np.array([guise_of("et", "", ",")])
    assert [guise_of("Quyet", "(", ",")] == joined(first, last).tolist()
    assert CAPITALS & CASE_BITS == CAPITALS


def test_what_follows_decides_where_what_precedes_cannot() -> None:
    """The search sees nothing to the right; the sentence does."""
    assert restore("Cong tac can bo va xay dung dang") == "Công tác cán bộ và xây dựng đảng"


def test_nothing_is_seen_beyond_the_paragraph() -> None:
    """A word looks the same whatever stands in the paragraphs around its own."""
    model = SentenceModel.load(DICTIONARIES)
    own = MODEL.ids("ủy ban nhân dân tỉnh")
    first, second = (
        np.array([*MODEL.ids(other), BOS, *own, BOS, *MODEL.ids(other)]) for other in ("quyết định này", "cục thuế thành phố")
    )
    seen = [
        model.seen_from(words, model.vectors(words), np.ones_like(words), np.array([list(words).index(own[0]) + 2]))
        for words in (first[:-1], second[:-1])
    ]
    assert np.allclose(seen[0], seen[1])


def test_a_paragraph_ends_at_its_mark_on_both_sides() -> None:
    """All beyond the nearest mark is mark."""
    row = np.arange(10, 10 + len(AROUND))
    row[[2, SIDE + 3]] = BOS
    closed = within_paragraph(row[None])[0]
    assert closed[:3].tolist() == [BOS] * 3
    assert closed[3 : SIDE + 3].tolist() == row[3 : SIDE + 3].tolist()
    assert closed[SIDE + 3 :].tolist() == [BOS] * (SIDE - 3)


def _folder(tmp_path: Path, data: bytes) -> Dictionaries:
    for file in DICTIONARIES.folder.iterdir():
        if file.name != FILE:
            (tmp_path / file.name).symlink_to(file)
    (tmp_path / FILE).write_bytes(data)
    return Dictionaries(tmp_path)


def test_words_are_found_by_what_they_are(tmp_path: Path) -> None:
    """The order of the language model's words may change; those that the network has not seen are unknown to it."""
    table = np.diag([9.0, 5.0, 7.0, 3.0])
    matrices = [table, np.ones((GUISES, 4)), np.ones((3, (2 * SIDE + 1) * 4)), np.ones((3, 3)), np.ones((4, 3)), table]
    names = [*MODEL.words[:3], "ủy"]
    model = SentenceModel.load(_folder(tmp_path, packed(matrices, [np.zeros(3), np.zeros(3), np.zeros(4), np.zeros(4)], names)))
    known, unknown = MODEL.ids("ủy")[0], MODEL.ids("ban")[0]

    assert model.scores(np.eye(4)[3:], np.array([known])) == pytest.approx(3.0)
    assert model.scores(np.eye(4)[UNK], np.array([unknown])) == pytest.approx(table[UNK, UNK])


@pytest.mark.parametrize(("data", "said"), [(b"", "is empty"), (b"OPSM" + bytes(40), "not a sentence model")])
def test_a_file_of_another_kind_is_refused(tmp_path: Path, data: bytes, said: str) -> None:
    """Whatever lies under its name."""
    with pytest.raises(DictionaryError, match=said):
        SentenceModel.load(_folder(tmp_path, data))


def test_a_truncated_file_is_refused(tmp_path: Path) -> None:
    """As after a copy that broke off."""
    data = DICTIONARIES.path(FILE).read_bytes()
    with pytest.raises(DictionaryError, match="truncated"):
        SentenceModel.load(_folder(tmp_path, data[: len(data) // 2]))


def test_the_file_is_small_and_knows_the_words() -> None:
    """At most 15 MB, and trained with the words of the language model that lies beside it."""
    model = SentenceModel.load(DICTIONARIES)
    assert DICTIONARIES.path(FILE).stat().st_size < 15_000_000
    assert sorted(model.numbers.tolist()) == list(range(len(MODEL.words)))


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    """A folder like ``shared`` with a corpus of a few lines in each source."""
    folder = tmp_path / "shared"
    (folder / "corpus").mkdir(parents=True)
    (folder / "lists").mkdir()
    (folder / "lists" / "provinces_2025.txt").write_text("Tỉnh Quảng Ninh\nTỉnh Lâm Đồng\n", encoding="utf-8")
    for source in ("legal", "admin", "party", "party_register", "news", "wiki"):
        text = "".join(f"Ủy ban nhân dân tỉnh đề nghị các sở, ban, ngành thực hiện mục {k} của kế hoạch.\n" for k in range(400))
        (folder / "corpus" / f"{source}.txt.xz").write_bytes(lzma.compress(text.encode()))
    return folder


@pytest.mark.skipif(TRAINABLE, reason="PyTorch is installed here")
def test_without_pytorch_the_remedy_is_said(shared: Path, tmp_path: Path) -> None:
    """Training says what to install; nothing is written."""
    with pytest.raises(MissingDependency, match="training"):
        training.build(shared, tmp_path)
    assert not (tmp_path / FILE).exists()


@pytest.mark.skipif(not TRAINABLE, reason="PyTorch is not installed here")
def test_a_few_steps_give_a_model_that_loads(shared: Path, tmp_path: Path) -> None:
    """The whole way from texts to a file that restoration opens."""
    training.build(shared, tmp_path, steps=3)
    made = (tmp_path / FILE).read_bytes()
    shutil.rmtree(tmp_path / "shared")
    (tmp_path / FILE).unlink()
    assert len(SentenceModel.load(_folder(tmp_path, made)).scores(np.zeros((1, 96), np.float32), np.array([7]))) == 1
