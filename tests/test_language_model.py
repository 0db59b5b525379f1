"""The language model: look-up, its plain twin, words of a text, its file."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocr_pipeline.compiled import Flat, Kernel
from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.errors import DictionaryError
from ocr_pipeline.orthography import unify
from ocr_pipeline.restoration.kernels.probability import logprob_of
from ocr_pipeline.restoration.language_model import (
    BOS,
    CLASSES,
    NUM,
    SYM,
    UNK,
    LanguageModel,
    logprob,
    words_of,
)  # fmt: skip

MODEL = LanguageModel.load(Dictionaries.load())
IDS = st.integers(0, len(MODEL.words) - 1) | st.sampled_from(MODEL.ids("ban thường vụ tỉnh ủy và của các nghị quyết số 57-NQ/TW"))


COMPILED = Kernel(logprob_of)
TABLES = Flat(MODEL.tables)


def _both(words: list[int]) -> tuple[list[float], list[float]]:
    """The log probability of every word but the first by plain Python and by machine code."""
    out = np.zeros(len(words))
    COMPILED(TABLES, np.array(words), out)
    contexts = [(*[BOS] * max(0, 3 - k), *words[max(0, k - 3) : k]) for k in range(1, len(words))]
    plain = [logprob(MODEL.tables, context, w) for context, w in zip(contexts, words[1:], strict=True)]  # type: ignore[arg-type]
    return plain, out[1:].tolist()


@settings(deadline=None)  # the first call compiles or loads machine code
@given(st.lists(IDS, min_size=2, max_size=12))
def test_compiled_look_up_equals_its_plain_twin(words: list[int]) -> None:
    """Machine code that carries the context along gives what plain Python looks up anew for each word."""
    plain, compiled = _both([BOS, *words])

    assert compiled == pytest.approx(plain, abs=1e-4)


def test_compiled_look_up_knows_running_text() -> None:
    """The same in text that the model knows, where contexts of three words are found."""
    plain, compiled = _both(
        [BOS, *MODEL.ids("Ban Thường vụ Tỉnh ủy ban hành Nghị quyết số 57-NQ/TW của Bộ Chính trị về phát triển khoa học")]
    )

    assert compiled == pytest.approx(plain, abs=1e-4)
    assert max(compiled) > -0.1


@pytest.mark.parametrize(
    "context", [(BOS, BOS, BOS), ("ban", "thường", "vụ"), ("của", "ủy", "ban"), ("căn", "cứ", "luật"), ("xyzzy", "của", "bộ")]
)
def test_probabilities_after_a_context_sum_to_one(context: tuple[int | str, ...]) -> None:
    """Nothing is lost or given twice by pruning and coding."""
    t, u, v = (c if isinstance(c, int) else MODEL.index(c) for c in context)

    total = sum(np.exp(logprob(MODEL.tables, (t, u, v), w)) for w in range(len(MODEL.words)) if w != BOS)

    assert total == pytest.approx(1, abs=0.03)


@pytest.mark.parametrize("word", ["Uỷ", "ỦY", "ủy", unicodedata.normalize("NFD", "Ủy"), "(Ủy", "ủy,"])
def test_any_written_form_is_one_word(word: str) -> None:
    """Case, tone placement, composition and punctuation make no difference."""
    assert MODEL.index(word) == MODEL.index("ủy") != UNK


@pytest.mark.parametrize(
    ("token", "number"),
    [
        ("2025", NUM), ("19/5/2025", NUM), ("1.234.567", NUM), ("50%", NUM), ("57-NQ/TW", SYM), ("30/2020/NĐ-CP", SYM),
        ("QĐ-UBND", SYM), ("QH15", SYM), ("xyzzyq", UNK), ("a@b.vn", UNK),
    ],
)  # fmt: skip
def test_numbers_and_symbols_are_classes(token: str, number: int) -> None:
    """No figure and no document symbol has a word of its own."""
    assert MODEL.index(token) == number


@pytest.mark.parametrize(
    ("token", "words"),
    [
        ("tế-xã", ("tế", "xã")), ("TẾ-XÃ", ("TẾ", "XÃ")), ("T/M", ("T", "M")), ("và/hoặc", ("và", "hoặc")), ("m2", ("m2",)),
        ("-", ()), ("KT.", ("KT",)), ("“Về", ("Về",)), ("...", ()),
    ],
)  # fmt: skip
def test_words_of_a_token(token: str, words: tuple[str, ...]) -> None:
    """Punctuation is transparent, and divides."""
    assert words_of(token) == words


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("Ban Thường vụ Tỉnh ủy", "Ban Thương vụ Tỉnh ủy"),
        ("Cộng hòa xã hội chủ nghĩa Việt Nam", "Cộng hòa xã hội chủ nghỉa Việt Nam"),
        ("Nơi nhận như trên", "Nơi nhân như trên"),
        ("Ban Tuyên giáo và Dân vận", "Ban Tuyên giao và Dân vân"),
        ("đảng bộ trực thuộc tỉnh", "đang bộ trực thuộc tính"),
        ("phát triển khoa học công nghệ", "phát triên khoa hoc công nghê"),
    ],
)
def test_register_is_known(right: str, wrong: str) -> None:
    """The phrases of Party and State offices are far likelier than their near misses."""
    assert MODEL.logprob(right.split()) > MODEL.logprob(wrong.split()) + 3


@pytest.mark.parametrize("word", ["nghiêp", "quyêt", "đuợc", "mợt", "ngưòi", "duoc", "khong", "dịnh"])
def test_damage_is_no_word(word: str) -> None:
    """Misprints and unmarked Vietnamese of the corpus did not become words."""
    assert MODEL.index(word) == UNK


@pytest.mark.parametrize("word", ["ubnd", "hđnd", "tw", "bch", "cntt", "đắk", "pleiku", "internet", "ở", "ý", "đ", "xiii", "ttg"])
def test_what_offices_write_is_a_word(word: str) -> None:
    """Abbreviations, names of places, common foreign words and one-letter words are known."""
    assert MODEL.index(word) > SYM


def test_words_are_keyed_once_and_written_in_the_new_style() -> None:
    """Ids, words and keys belong together; every class comes first."""
    assert MODEL.words[: len(CLASSES)] == CLASSES
    assert len({unify(w) for w in MODEL.words}) == len(MODEL.words) < 1 << 16
    assert MODEL.words[MODEL.index("hoà")] == "hòa"
    assert [MODEL.forms[MODEL.index(w)] for w in ("nguyễn", "ubnd", "và", "ttg")] == ["Nguyễn", "UBND", "và", "TTg"]


def test_damaged_files_are_refused(tmp_path: Path) -> None:
    """Another format and a file cut short give an error with a remedy, not a wrong model."""
    whole = Dictionaries.load().path("language_model.bin").read_bytes()
    for name, data in (("other", b"ABCD" + whole[4:64]), ("empty", b""), ("short", whole[: len(whole) // 2])):
        path = tmp_path / name
        path.write_bytes(data)
        with pytest.raises(DictionaryError):
            LanguageModel.open(path)
