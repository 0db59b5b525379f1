"""References: citations as directives write them, clean and damaged; identity, anaphora, doubts, and linear time."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import tomllib
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ocr_pipeline.composition import read_text
from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.document import Mention, Metadata, Reference, to_json
from ocr_pipeline.references import (
    find_anaphora,
    find_dates,
    find_doubts,
    find_references,
    find_unnumbered,
    resolve_references,
)
from ocr_pipeline.references.rules import is_damaged, reference_rules
from ocr_pipeline.symbols.flow import flat

CASES = tomllib.loads((Path(__file__).parent / "cases" / "references.toml").read_text(encoding="utf-8"))["case"]
FIELDS = {
    "number": "number",
    "type": "doc_type",
    "date": "date",
    "issuer": "issuer",
    "relation": "relation",
    "pinpoint": "pinpoint",
}


def _stated(mention: Mention, wanted: dict[str, str]) -> dict[str, str]:
    return {name: getattr(mention, FIELDS[name]) or "" for name in wanted}


@pytest.mark.parametrize("case", CASES, ids=lambda c: c["label"])
def test_citations(case: dict[str, Any]) -> None:
    """Every mention is found, nothing else, and says what its own sentence states."""
    mentions = find_references(case["text"])

    assert [m["number"] for m in case["mentions"]] == [m.number for m in mentions]
    assert case["mentions"] == [_stated(m, w) for m, w in zip(mentions, case["mentions"], strict=True)]


def test_every_trap_has_a_case() -> None:
    """The traps that concern citations each have a case; the others concern the letterhead and the title."""
    assert {2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13} <= {case.get("trap") for case in CASES}


def test_spans_point_into_the_text_given() -> None:
    """Spans, surfaces, pages and lines are those of the text as it was given, decomposed letters and all."""
    text = "Trang một\n\fTheo Nghị quyết số 57-\nNQ/TW và Kế hoạch số 12-KH/TU"
    for given_text in (text, unicodedata.normalize("NFD", text)):
        first, second = find_references(given_text)

        assert unicodedata.normalize("NFC", given_text[first.span.start : first.span.end]) == "Nghị quyết số 57-\nNQ/TW"
        assert [(2, 1), (2, 2)] == [(first.page, first.line), (second.page, second.line)]
        assert given_text[second.span.start : second.span.end] == second.surface == second.raw


def _resolved(text: str, **metadata: Any) -> tuple[Reference, ...]:
    mentions = find_references(text)
    anaphora = find_anaphora(text, mentions)
    return resolve_references(mentions, metadata=Metadata(**metadata), dictionaries=Dictionaries.load(), anaphora=anaphora)


def test_mentions_become_documents() -> None:
    """Mentions of one number and date are one document; what they tell together is its."""
    text = (
        "Nghị quyết số 57-NQ/TW ngày 22/12/2024 của Bộ Chính trị; Nghị quyết 57-NQ/TW; Quyết định số 5/QĐ-UBND ngày 01/01/2020"
        " của UBND tỉnh Lào Cai; Quyết định số 5/QĐ-UBND ngày 02/02/2021 của UBND tỉnh Lào Cai."
    )
    references = _resolved(text)

    assert ["57-NQ/TW", "5/QĐ-UBND", "5/QĐ-UBND"] == [r.number for r in references]
    assert "party:bo-chinh-tri:57-NQ/TW:2024-12-22" == references[0].id
    assert 2 == len(references[0].mentions)
    assert ("57nqtw", "NQ") == (references[0].number_key, references[0].doc_type_code)


def test_the_same_number_of_two_provinces_is_two_documents() -> None:
    """Without dates, the place of the issuer tells documents of one number apart."""
    references = _resolved("Quyết định số 5/QĐ-UBND của UBND tỉnh Lào Cai; Quyết định số 5/QĐ-UBND của UBND tỉnh Cà Mau")

    assert 2 == len(references)


def test_the_own_number_is_marked() -> None:
    """The letterhead's number is own; the same number with another date is another document."""
    head = "Số: 11/CT-UBND\nLào Cai, ngày 11 tháng 9 năm 2024\nCHỈ THỊ\n"
    text = head + "Theo Chỉ thị số 11/CT-UBND ngày 06/9/2023 của Chủ tịch UBND tỉnh"
    own, cited = _resolved(text, number="11/CT-UBND", date="2024-09-11")

    assert (True, "2024-09-11") == (own.own, own.date)
    assert (False, "2023-09-06") == (cited.own, cited.date)


def test_an_own_number_that_is_not_sure_is_left_out() -> None:
    """Where the letterhead's number is doubtful, it is not given as a reference either."""
    assert () == _resolved("Số:44 /CT-UBND\nLào Cai, ngày 11 tháng 9 năm 2024", number=None)


def test_what_stands_for_a_document() -> None:
    """Nghị quyết này is the document itself, Kế hoạch nêu trên the one cited last, an agreed name the one named so."""
    text = (
        "Số 14-NQ/TU\nTheo Kế hoạch số 12-KH/TU (sau đây gọi tắt là Kế hoạch Hồng Hà), các chi bộ triển khai. "
        "Kế hoạch nêu trên và Kế hoạch Hồng Hà được giao. Nghị quyết này có hiệu lực."
    )
    own, plan = _resolved(text, number="14-NQ/TU", doc_type="Nghị quyết")

    assert ["Nghị quyết này"] == [a.surface for a in own.anaphora]
    assert ["Kế hoạch nêu trên", "Kế hoạch Hồng Hà"] == [a.surface for a in plan.anaphora]


def test_doubts_go_to_review() -> None:
    """A number with two readings, a date that does not exist, a year that contradicts the date are for a person."""
    text = "Kế hoạch số 7-KLI/TU; Nghị định số 12/2020/NĐ-CP ngày 05/3/2021 của Chính phủ; ngày 31/02/2024; "
    text += "Nghị quyết số 9-NQ/TW ngày 01/11/2016 của Ban Chấp hành Trung ương Đảng khóa XI"
    doubts = find_doubts(_resolved(text), find_dates(text))

    assert {"year-mismatch", "impossible-date", "term-mismatch"} <= {d.reason for d in doubts}
    assert all(d.detail for d in doubts)


def test_damage_keeps_its_raw_text() -> None:
    """A repaired number keeps what was printed, with a confidence below one."""
    (mention,) = find_references("Thyc hién Quyét dinh s6 204-OP/TW ngay 29/11/2024")

    assert ("204-QĐ/TW", "Quyét dinh s6 204-OP/TW") == (mention.number, mention.raw)
    assert mention.confidence < 1


@pytest.mark.parametrize(
    ("text", "dates"),
    [
        ("ngày 02 tháng 6 năm 2025", [("2025-06-02", "2025-06-02")]),
        ("Ngày 5-9-2026, 05.9.2026 và 05/9/2026", [("2026-09-05", "2026-09-05")] * 3),
        ("ngày … tháng 9 năm 2026", [(None, "2026-09")]),
        ("tháng 6/2025, tháng giêng năm 1968", [(None, "2025-06"), (None, "1968-01")]),
        ("mồng hai tháng chín: ngày mồng 2 tháng chín năm 1945", [("1945-09-02", "1945-09-02")]),
        ("ngày mười lăm tháng tám năm 2023", [("2023-08-15", "2023-08-15")]),
        ("quý III năm 2024", [(None, "2024-35")]),
        ("năm 2030, giai đoạn 2021 - 2025", [(None, "2030"), (None, "2021/2025")]),
        ("trước ngày 30/4", [(None, "XXXX-04-30")]),
        ("ngày 31/02/2025; 21/0/1973", [(None, None), (None, None)]),
        ("ngày 1] tháng 1Ì năm 20l 1; ngày 09/1 1/2007", [("2011-11-11", "2011-11-11"), ("2007-11-09", "2007-11-09")]),
        ("ngay 15 thang 5 ném 2018", [("2018-05-15", "2018-05-15")]),
        ("ngày ] tháng 9 năm 2025", [(None, None)]),
        ("24/7, 1/2, tỷ lệ 3/4/2, 192.168.1.2024", []),
    ],
)
def test_dates(text: str, dates: list[tuple[str | None, str | None]]) -> None:
    """Dates in every form have the precision they are written with; what does not exist has none."""
    assert dates == [(d.iso, d.edtf) for d in find_dates(text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Căn cứ Luật Tổ chức Chính phủ ngày 19/02/2025;", [("Luật", "Tổ chức Chính phủ", "2025-02-19")]),
        ("theo Luật Giáo dục, Bộ luật Dân sự năm 2015", [("Luật", "Giáo dục", None), ("Bộ luật", "Dân sự", None)]),
        ("luật sư, Luật này, Luật số 45/2019/QH14", []),
        (
            "Căn cứ Luật Giáo dục ngày 14/6/2019; Luật Thanh tra. Theo Luật Giáo dục và Luật Thanh tra",
            [("Luật", "Giáo dục", "2019-06-14"), ("Luật", "Thanh tra", None)],
        ),
        (
            "Luật Đầu tư ngày 26/11/2014 và Luật Đầu tư ngày 17/6/2020; theo Luật Đầu tư",
            [("Luật", "Đầu tư", "2014-11-26"), ("Luật", "Đầu tư", "2020-06-17"), ("Luật", "Đầu tư", None)],
        ),
    ],
)
def test_documents_without_number(text: str, found: list[tuple[str, str, str | None]]) -> None:
    """Laws are cited by title and perhaps date."""
    assert found == [(u.doc_type, u.title, u.date) for u in find_unnumbered(text)]


RULES = Dictionaries.load().toml("relations.toml")


@pytest.mark.parametrize("trigger", RULES["triggers"], ids=lambda t: f"{t['relation']} {t['pattern'][:30]}")
def test_triggers_match_their_examples_only(trigger: dict[str, Any]) -> None:
    """Each trigger governs its examples and none of its rejects."""
    told = reference_rules(Dictionaries.load()).relations.told

    assert [] == [e for e in trigger["examples"] if told(e) != trigger["relation"]]
    assert [] == [r for r in trigger["rejects"] if told(r) == trigger["relation"]]


def test_breaks_and_passives_match_their_examples() -> None:
    """What ends a tie ends it, and what happened to the document before is told from what is done to the next."""
    rules = reference_rules(Dictionaries.load()).relations

    assert [None] * len(RULES["breaks"]["hard_examples"]) == [
        rules.told("Thực hiện " + e) for e in RULES["breaks"]["hard_examples"]
    ]
    assert [] == [e for e in RULES["passive"]["examples"] if not rules.is_passive(e)]
    assert [] == [r for r in RULES["passive"]["rejects"] if rules.is_passive(r)]
    assert [] == [e for e in RULES["also"]["examples"] if not rules.also.fullmatch(flat(e))]
    assert [] == [r for r in RULES["also"]["rejects"] if rules.also.fullmatch(flat(r))]
    assert [] == [e for e in RULES["named"]["examples"] if not rules.named.fullmatch(e)]
    assert [] == [r for r in RULES["named"]["rejects"] if rules.named.fullmatch(r)]


@pytest.mark.parametrize("case", Dictionaries.load().toml("references.toml")["pinpoint"]["cases"], ids=lambda c: c["before"])
def test_pinpoints(case: dict[str, str]) -> None:
    """The place right before a citation is taken whole, and nothing where none stands."""
    found = reference_rules(Dictionaries.load()).pinpoints.before(case["before"], 0, len(case["before"]))

    assert case["place"] == (found.text if found else "")


def test_damage_of_a_text_is_told_by_its_marks() -> None:
    """A text whose words have lost their marks is damaged; a short one is not called so."""
    assert is_damaged("Can cu Nghi dinh cua Chinh phu quy dinh chi tiet mot so dieu cua Luat nay")
    assert not is_damaged("Căn cứ Nghị định của Chính phủ quy định chi tiết một số điều của Luật này")
    assert not is_damaged("so 12")


@settings(max_examples=150, deadline=None)
@given(
    st.text(alphabet=st.sampled_from("Số s6 12/QĐ-UBND ngày 1/5 của Chính phủ Nghị quyết\n\f;,.()[]“”I|O0-–\u0301"), max_size=160)
)
def test_any_text_is_read(text: str) -> None:
    """Whatever the text, spans lie inside it, in order, and the surfaces are what stands there."""
    mentions = find_references(text)

    assert [m.span for m in mentions] == sorted(m.span for m in mentions)
    assert all(text[m.span.start : m.span.end] == m.surface for m in mentions)
    assert all(text[d.span.start : d.span.end] == d.surface for d in find_dates(text))
    assert all(text[m.span.start : m.span.end] == m.surface for u in find_unnumbered(text) for m in u.mentions)
    find_anaphora(text, mentions)


HOSTILE = {
    "separators": "1/2/3-4-",
    "numbers": "số 12/QĐ-UBND, ",
    "tails": "57-NQ/TW-A-B-C/D-E ",
    "names": "của Ban Chấp hành Trung ương Đảng và ",
    "places": "điểm a khoản 1 Điều 2, ",
    "dates": "ngày 1 tháng ",
    "laws": "Luật sửa đổi, bổ sung ",
    "amended laws": "Luật sửa đổi, bổ sung Luật Đất đai và ",
    "pages": "\f1\n",
    "citations": "Nghị quyết số 57-NQ/TW ngày 22/12/2024 của Bộ Chính trị; Nghị quyết 57, ",
    "marks": "e\u0302\u0301",
    "strokes": "số I1 1 1",
    "blanks": " \n ",
}
READERS: list[Callable[[str], object]] = [find_references, find_dates, find_unnumbered]


def _seconds(read: Callable[[str], object], text: str) -> float:
    """The least of three runs, so that what else the machine does is left out."""
    times = []
    for _ in range(3):
        start = time.process_time()
        read(text)
        times.append(time.process_time() - start)
    return min(times)


@pytest.mark.parametrize("name", HOSTILE)
def test_time_grows_with_the_text(name: str) -> None:
    """Twice the text takes about twice the time, whatever it is made of."""
    unit = HOSTILE[name]
    for read in READERS:
        short, long = (_seconds(read, (unit * (size // len(unit) + 1))[:size]) for size in (8_000, 16_000))

        assert long < 3.2 * short + 0.03


def test_a_megabyte_is_read() -> None:
    """A megabyte without a line end is read in the time that its length takes."""
    text = ("số 1/2/3-4 của các " * 60_000)[:1_000_000]

    assert () == find_unnumbered(text)
    assert find_dates(text) == ()
    assert find_references(text) is not None


def test_numbers_that_all_differ_stay_linear() -> None:
    """Many distinct numbers, dates and organs are compared with few others."""

    def text(count: int) -> str:
        rows = (f"{i}/QĐ-AB{chr(65 + i % 26)}{chr(65 + i // 26 % 26)} ngày {i % 28 + 1}/3/20{i % 90 + 10}" for i in range(count))
        return "; ".join(f"Quyết định số {row}" for row in rows)

    def read(given_text: str) -> None:
        _resolved(given_text)

    assert _seconds(read, text(800)) < 3.2 * _seconds(read, text(400)) + 0.05


def test_a_repaired_number_keeps_what_was_printed() -> None:
    """The raw text stands beside each number, and a symbol that is sound is not fused into another."""
    sound, damaged = find_references("Hướng dẫn số 123/HD/NN và Nghi quyét s6 12/NO-CP")

    assert ("123/HD/NN", "Hướng dẫn số 123/HD/NN") == (sound.number, sound.raw)
    assert ("12/NQ-CP", "Nghi quyét s6 12/NO-CP") == (damaged.number, damaged.raw)
    assert damaged.confidence < sound.confidence


def test_gains_and_losses_are_told_by_mention(tmp_path: Path) -> None:
    """Against the last state each mention and field that changed is named, and what the recogniser lost is told apart."""
    script = Path(__file__).parent / "benchmarks" / "gains.py"
    (tmp_path / "gold").mkdir()
    (tmp_path / "found").mkdir()
    cited = [{"page": 1, "number": n, "date": None, "issuer": None} for n in ("5-NQ/TU", "7/QĐ-UBND", "9/CT-TTg")]
    gold = {"metadata": {"number": "1/KH-UBND", "place": "Huế"}, "references": cited}
    (tmp_path / "gold" / "a.json").write_text(json.dumps(gold), encoding="utf-8")

    def compared(text: str, *options: str) -> list[str]:
        (tmp_path / "found" / "a.json").write_bytes(to_json(read_text(text)))
        sets = f"x={tmp_path / 'gold'}:{tmp_path / 'found'}"
        command = [sys.executable, str(script), str(tmp_path / "state.tsv"), sets, *options]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        return [" ".join(line.split()) for line in done.stdout.splitlines()[1:]]

    first = compared("Theo Nghị quyết số 5-NQ/TU và Quyết định số 7/QĐ-UBNO.\nCăn cứ mục 9/CT-TTg", "--write")
    second = compared("Theo Nghị quyết số 5-NQ và Quyết định số 7/QĐ-UBND, Chỉ thị số 9/CT-TTg")

    assert ["x first state: right 3, wrong 2"] == first
    assert [
        "lost x a p0 +5-NQ #0: - -> extra",
        "lost x a p1 5-NQ/TU #0: right -> misread",
        "x extra 1, misread 1, right 2, wrong 2",
    ] == second
