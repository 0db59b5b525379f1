"""Units of raw lines, what repeated damage tells, and columns that begin inside a line."""

from __future__ import annotations

import numpy as np
import pytest

from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.restoration import restore_and_explain
from ocr_pipeline.restoration.adaptation import adapted
from ocr_pipeline.restoration.alignment import Aligner
from ocr_pipeline.restoration.channel import load_channels
from ocr_pipeline.restoration.kernels.matching import LOWER, TITLE
from ocr_pipeline.restoration.kernels.search import Lattice
from ocr_pipeline.restoration.language_model import LanguageModel
from ocr_pipeline.restoration.lattice import WAY, Placed, Rows, packed
from ocr_pipeline.restoration.lexicon import Lexicon
from ocr_pipeline.restoration.tokens import Kind, Unit, column_start, units_of

WORD, NUMBER, OPAQUE = Kind.WORD, Kind.NUMBER, Kind.OPAQUE
MODEL = LanguageModel.load(Dictionaries.load())
LEXICON = Lexicon.load(Dictionaries.load())
ALIGNER = Aligner(load_channels(Dictionaries.load())["eng"], LEXICON)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("T.U. va NN&PTNT", [("T.U", OPAQUE), ("va", WORD), ("NN&PTNT", OPAQUE)]),
        ("120m2 dat", [("120m2", WORD), ("dat", WORD)]),
        ("m2 dat", [("m2", OPAQUE), ("dat", WORD)]),
        ("tai diém b.1 va", [("tai", WORD), ("diém", WORD), ("b.1", OPAQUE), ("va", WORD)]),
        ("TP.Hué", [("TP", WORD), ("Hué", WORD)]),
        ("TP.HCM", [("TP", WORD), ("HCM", WORD)]),
        ("V.Lénin", [("V", WORD), ("Lénin", WORD)]),
        ("nh.n dan", [("nh.n", WORD), ("dan", WORD)]),
        ("| van ~ phong °", [("van", WORD), ("phong", WORD)]),
        ("a) Ban hanh", [("Ban", WORD), ("hanh", WORD)]),
        ("[Tét Mau Than](tet-mau-than)", [("Tét", WORD), ("Mau", WORD), ("Than", WORD), ("](tet-mau-than)", OPAQUE)]),
        ("xem www.example.vn", [("xem", WORD), ("www.example.vn", OPAQUE)]),
    ],
)
def test_lines_are_cut_into_units(line: str, expected: list[tuple[str, Kind]]) -> None:
    """Abbreviations, powers and addresses are kept whole; signs that are no letters are none."""
    assert [(unit.text, unit.kind) for unit in units_of(0, line, [], sentence=True)] == expected


@pytest.mark.parametrize(
    ("line", "tail"), [("6. Kinh phi", "."), ("6) Kinh phi", ")"), ("6 thang dau", ""), ("nam 6. Sau do", "")]
)
def test_a_number_that_counts_points_is_marked(line: str, tail: str) -> None:
    """At the beginning of a line, before its sign: no word was ever read so."""
    number = next(unit for unit in units_of(0, line, [], sentence=True) if unit.kind is NUMBER)
    assert number.tail == tail


@pytest.mark.parametrize(
    ("line", "begins"),
    [
        ("Noi nhan: TRUONG BAN", "TRUONG"),
        ("- Nhu trén; KT. CHU TICH", "KT"),
        ("Noi nhan: UBND", None),
        ("QUYET DINH VE VIEC", None),
        ("Thuc hién chi dao cua UBND TINH", None),
    ],
)
def test_capitals_behind_a_sign_begin_a_column(line: str, begins: str | None) -> None:
    """Signatures stand beside the recipients; what is there does not follow from what is left of it."""
    units = units_of(0, line, [], sentence=True)
    at = column_start(line, units)
    assert (units[at].text if at is not None else None) == begins


def _one_way_lattice(costs: list[float], tokens: list[str], word: int) -> tuple[Lattice, Rows, list[Unit]]:
    units = units_of(0, " ".join(tokens), [], sentence=True)
    ways = [np.array([(word, -1, cost, (5, -1), (3, 0), False)], WAY) for cost in costs]
    lattice, rows = packed([Placed(k, k + 1, way) for k, way in enumerate(ways)], len(units), [])
    return lattice, rows, units


def test_damage_read_with_confidence_is_likelier_elsewhere() -> None:
    """Two sure places make a third, dear one cheaper; one place alone tells itself nothing."""
    word = MODEL.ids("bộ")[0]
    lattice, rows, units = _one_way_lattice([9.0, 9.0, 9.0], ["ho", "ho", "ho"], word)
    together, _ = adapted(lattice, rows, units, np.array([1.0, 1.0, 0.3]), ALIGNER, 0.0)
    alone, _ = adapted(lattice, rows, units, np.array([0.0, 0.0, 1.0]), ALIGNER, 0.0)

    assert together.cost.max() < 9.0
    assert sorted(alone.cost.tolist())[-1] == 9.0


def test_common_damage_is_not_outvoted() -> None:
    """What the channel explains well stays for the sentence to decide; nothing ever becomes dearer."""
    word = MODEL.ids("bộ")[0]
    lattice, rows, units = _one_way_lattice([2.0, 2.0, 2.0], ["bo", "bo", "bo"], word)
    after, _ = adapted(lattice, rows, units, np.ones(3), ALIGNER, 0.0)

    assert after.cost.tolist() == lattice.cost.tolist()


@pytest.mark.parametrize(
    ("token", "word", "steps"),
    [
        ("trtic", "trực", [("t", "t"), ("r", "r"), ("", "t"), ("ự", "i"), ("c", "c")]),
        ("mdi", "mới", [("m", "m"), ("ớ", "d"), ("i", "i")]),
        ("Nghi", "nghị", [("N", "N"), ("g", "g"), ("h", "h"), ("ị", "i")]),
    ],
)
def test_words_are_aligned_letter_by_letter(token: str, word: str, steps: list[tuple[str, str]]) -> None:
    """The cheapest operations of the channel lead from what was printed to what was recognised."""
    alphabet = load_channels(Dictionaries.load())["eng"].alphabet
    found = ALIGNER.operations(token, LEXICON.entry_of[word], TITLE if token[0].isupper() else LOWER)

    def letters(code: int) -> str:
        return "".join(alphabet[c - 2] for c in code.to_bytes(4, "little") if c)

    assert [(letters(d >> 24), letters(d & 0xFFFFFF)) for d in found.done.tolist()][::-1] == steps
    assert found.costs.min() >= 0.0


def test_what_befalls_a_letter_is_likelier_in_other_words() -> None:
    """Where a document turns ự into ti, a doubtful word becomes cheaper with it; what it never showed stays."""
    sure = [("trtic", "trực"), ("thtic", "thực")]
    rows = [*sure * 4, ("ltic", "lực"), ("lpc", "lực")]
    units = units_of(0, " ".join(token for token, _ in rows), [], sentence=True)
    ways = [np.array([(MODEL.ids(word)[0], -1, 9.0, (LEXICON.entry_of[word], -1), (LOWER, 0), False)], WAY) for _, word in rows]
    lattice, found = packed([Placed(k, k + 1, way) for k, way in enumerate(ways)], len(units), [])
    after, _ = adapted(lattice, found, units, np.array([0.9] * 8 + [0.5, 0.5]), ALIGNER, 1.0)

    assert after.cost[8] < 9.0 - 0.5
    assert after.cost[9] == pytest.approx(9.0, abs=0.05)


def test_specks_between_words_become_spaces() -> None:
    """A sign that stands where a space was lost goes, with the edit that says so."""
    restored = restore_and_explain("Uy ban nhan dan tinh yéu cau cac so, ban°nganh trién khai")

    assert "ban ngành" in restored.text
    assert any(edit.rule == "split" for edit in restored.edits)
