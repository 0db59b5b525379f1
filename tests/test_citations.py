"""Citations across an archive: resolved by number, series and date; contradictions, graph, report, and linear time."""

from __future__ import annotations

import json
import time
import xml.etree.ElementTree as ET  # what is parsed here was written by the test itself
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from ocr_pipeline.citations import Held, Network, Skipped, build_network, link_archive, read_archive
from ocr_pipeline.citations.archive import Cited
from ocr_pipeline.citations.report import report
from ocr_pipeline.cli import main
from ocr_pipeline.composition import read_text
from ocr_pipeline.document import to_json
from ocr_pipeline.errors import UsageError
from ocr_pipeline.settings import Settings
from ocr_pipeline.symbols import symbol_key

GRAPHML = "{http://graphml.graphdrawing.org/xmlns}"


def _cited(number: str, date: str | None = None, issuer: str | None = None, doc_type: str | None = None) -> Cited:
    return Cited(number, symbol_key(number), doc_type, date, issuer, "căn cứ", 1, 1)


def _held(
    name: str, number: str | None, date: str | None, issuer: str | None, *cited: Cited, doc_type: str | None = None
) -> Held:
    return Held(f"{name}.json", name, number, doc_type, date, issuer, None, None, None, None, cited)


def _linked(network: Network) -> set[tuple[str | None, str | None, str | None]]:
    """The citations as number of the source, number and date of the target."""
    documents = network.documents
    return {(documents[k.source].number, documents[k.target].number, documents[k.target].date) for k in network.links()}


def _one(network: Network, number: str) -> Any:
    (found,) = [d for d in network.documents if d.number == number]
    return found


def _kinds(network: Network) -> list[tuple[str, str | None]]:
    return [(c.kind, network.documents[c.node].number) for c in network.contradictions]


UBND_A, UBND_B = "Ủy ban nhân dân tỉnh An Giang", "Ủy ban nhân dân tỉnh Cà Mau"


def test_a_citation_leads_to_the_document_that_is_there() -> None:
    """Whatever separators and issuer's form the citation has, its document is the one held with number and date."""
    network = build_network(
        [
            _held("a", "15/QĐ-UBND", "2021-03-05", UBND_A),
            _held("b", "9-NQ/TU", "2022-01-01", "Tỉnh ủy An Giang", _cited("15-QĐ/UBND", "2021-03-05", "UBND tỉnh An Giang")),
        ]
    )

    assert len(network.documents) == 2
    assert _one(network, "15/QĐ-UBND").cited_by == 1
    assert _one(network, "15/QĐ-UBND").status == "held"
    assert _one(network, "15/QĐ-UBND").files == ("a.json",)


def test_numbers_begin_anew_in_each_province_and_year() -> None:
    """The same number of two provinces, or of two years, is of two documents."""
    citing = _held(
        "c",
        "1/KH-UBND",
        "2024-01-01",
        UBND_A,
        _cited("15/QĐ-UBND", "2021-03-05", "UBND tỉnh An Giang"),
        _cited("15/QĐ-UBND", "2021-06-09", "UBND tỉnh Cà Mau"),
        _cited("15/QĐ-UBND", "2022-02-01", "UBND tỉnh An Giang"),
    )
    network = build_network([citing])

    assert sorted(d.date for d in network.documents if d.number == "15/QĐ-UBND") == ["2021-03-05", "2021-06-09", "2022-02-01"]
    assert network.contradictions == []


def test_an_organ_without_place_is_that_of_the_citing_document() -> None:
    """A UBND tỉnh that is not named is the one of the province that the citing document is of."""
    network = build_network(
        [
            _held("a", "15/QĐ-UBND", "2021-03-05", UBND_A),
            _held("b", "15/QĐ-UBND", "2021-07-07", UBND_B),
            _held("c", "8/BC-UBND", "2022-01-01", UBND_B, _cited("15/QĐ-UBND", None, "UBND tỉnh")),
        ]
    )

    assert _linked(network) == {("8/BC-UBND", "15/QĐ-UBND", "2021-07-07")}


def test_a_citation_without_date_means_the_last_one_before() -> None:
    """Of several documents with one number, the last before the citing one is meant; it is told that this is presumed."""
    network = build_network(
        [
            _held("a", "4-CT/TU", "2011-05-01", "Tỉnh ủy An Giang"),
            _held("b", "4-CT/TU", "2016-05-01", "Tỉnh ủy An Giang"),
            _held("c", "7-KH/TU", "2014-01-01", "Tỉnh ủy An Giang", _cited("4-CT/TU", None, "Tỉnh ủy")),
            _held("d", "8-KH/TU", "2018-01-01", "Tỉnh ủy An Giang", _cited("4-CT/TU", None, "Tỉnh ủy")),
        ]
    )

    assert _linked(network) == {("7-KH/TU", "4-CT/TU", "2011-05-01"), ("8-KH/TU", "4-CT/TU", "2016-05-01")}
    assert [d.presumed for d in network.documents if d.number == "4-CT/TU"] == [1, 1]


def test_two_dates_of_one_document_contradict() -> None:
    """Dates of one year are of one document; so is a date of another year that one document alone states."""
    many = [_held(f"m{k}", f"{k}-BC/BTCTU", "2026-01-01", None, _cited("9-KL/TW", "2025-02-14")) for k in range(1, 7)]
    same_year = _held("x", "20-BC/BTCTU", "2026-01-01", None, _cited("9-KL/TW", "2025-02-15"))
    other_year = _held("y", "21-BC/BTCTU", "2026-01-01", None, _cited("9-KL/TW", "2024-02-14"))
    network = build_network([*many, same_year, other_year])
    (found,) = network.contradictions

    assert _one(network, "9-KL/TW").date == "2025-02-14"
    assert found.kind == "dates"
    assert [(v.value, v.documents) for v in found.values] == [("2025-02-14", 6), ("2024-02-14", 1), ("2025-02-15", 1)]
    assert found.values[2].sources == ("x.json",)


def test_the_document_itself_has_the_last_word() -> None:
    """The date of a document that is held is its own, however many state another; they contradict it."""
    wrong = [_held(f"m{k}", f"{k}-BC/BTCTU", "2026-01-01", None, _cited("9-KL/TW", "2025-02-15")) for k in range(1, 9)]
    network = build_network([*wrong, _held("own", "9-KL/TW", "2025-02-14", "Bộ Chính trị")])

    assert _one(network, "9-KL/TW").date == "2025-02-14"
    assert _kinds(network) == [("dates", "9-KL/TW")]


def test_other_contradictions() -> None:
    """Two types, a year beside the number's, a citation of the future and copies are told."""
    network = build_network(
        [
            _held("a", "3-TB/TU", "2020-01-01", "Tỉnh ủy An Giang", _cited("144-QĐ/TW", "2019-05-09", None, "Quy định")),
            _held("b", "4-TB/TU", "2020-01-01", "Tỉnh ủy An Giang", _cited("144-QĐ/TW", "2019-05-09", None, "Quyết định")),
            _held("c", "5-TB/TU", "2020-01-01", "Tỉnh ủy An Giang", _cited("12/2018/NĐ-CP", "2019-02-02", None, "Nghị định")),
            _held("d", "6-TB/TU", "2020-01-01", "Tỉnh ủy An Giang", _cited("7-KL/TW", "2021-02-02", None, "Kết luận")),
            _held("e", "6-TB/TU", "2020-01-01", "Tỉnh ủy An Giang"),
        ]
    )

    assert sorted(_kinds(network)) == [
        ("copies", "6-TB/TU"),
        ("later", "7-KL/TW"),
        ("types", "144-QĐ/TW"),
        ("year", "12/2018/NĐ-CP"),
    ]


def test_damaged_letters_are_put_right_and_digits_only_doubted() -> None:
    """A number whose letters no table knows joins the sound one of its day; a digit is never changed, only asked about."""
    sound = [_held(f"m{k}", f"{k}-BC/BTCTU", "2026-01-01", None, _cited("204-QĐ/TW", "2024-11-29")) for k in range(1, 5)]
    letters = _held("x", "20-BC/BTCTU", "2026-01-01", None, _cited("204-QĐ/TVV", "2024-11-29"))
    digits = _held("y", "21-BC/BTCTU", "2026-01-01", None, _cited("264-QĐ/TW", "2024-11-29"), _cited("224-QĐ/TW", "2024-11-29"))
    network = build_network([*sound, letters, digits])
    pairs = {(network.documents[d.document].number, network.documents[d.other].number) for d in network.doubtful}

    assert _one(network, "204-QĐ/TW").cited_by == 5
    assert pairs == {("264-QĐ/TW", "204-QĐ/TW")}


def test_sound_numbers_that_resemble_each_other_stay_two() -> None:
    """Two known organs, or two types, with one ordinal and day are two documents."""
    network = build_network(
        [
            _held(
                "a",
                "1-BC/BTCTU",
                "2026-01-01",
                None,
                _cited("12-KL/TW", "2025-01-02"),
                _cited("12-KH/TW", "2025-01-02"),
                _cited("12-KL/TU", "2025-01-02", "Tỉnh ủy An Giang"),
            )
        ]
    )

    assert {d.number for d in network.documents} == {"1-BC/BTCTU", "12-KL/TW", "12-KH/TW", "12-KL/TU"}


def test_documents_that_everyone_cites_are_known() -> None:
    """What the table of often cited documents has is known though it is missing, with the table's date and issuer."""
    network = build_network([_held("a", "1-BC/TU", "2026-01-01", "Tỉnh ủy An Giang", _cited("57-NQ/TW"))])
    found = _one(network, "57-NQ/TW")

    assert (found.status, found.date, found.issuer, found.cited_by) == ("known", "2024-12-22", "Bộ Chính trị", 1)
    assert len(network.documents) == 2


def test_documents_without_number_cite_too() -> None:
    """A document whose number is blank is in the network by its place in the archive."""
    cited = _cited("1-KL/TW", "2020-01-01")
    network = build_network([_held(name, None, None, None, cited) for name in ("a", "b")])

    assert [d.files for d in network.documents if d.status == "held"] == [("a.json",), ("b.json",)]
    assert _one(network, "1-KL/TW").cited_by == 2


def _archive(folder: Path) -> Path:
    texts = {
        "kl": "BAN BÍ THƯ\nSố: 9-KL/TW\nHà Nội, ngày 02 tháng 01 năm 2025\nKẾT LUẬN\n"
        "về công tác lưu trữ & số hóa <mới>\nNội dung.",
        "kh": "TỈNH ỦY AN GIANG\nSố 12-KH/TU\nAn Giang, ngày 05 tháng 3 năm 2025\nKẾ HOẠCH\nthực hiện Kết luận số 9-KL/TW\n"
        "Thực hiện Kết luận số 9-KL/TW ngày 02/01/2025 của Ban Bí thư, Tỉnh ủy ban hành Kế hoạch.",
        "sub/bc": "UBND TỈNH AN GIANG\nSố: 3/BC-UBND\nAn Giang, ngày 06 tháng 4 năm 2025\nBÁO CÁO\nkết quả\n"
        "Theo Kế hoạch số 12-KH/TU ngày 05/3/2025 của Tỉnh ủy và Nghị định số 30/2020/NĐ-CP ngày 05/3/2020 của Chính phủ.",
    }
    for name, text in texts.items():
        path = folder / f"{name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(to_json(read_text(text, settings=Settings(restore=False), name=name)))
    (folder / "notes.json").write_text('{"a": 1}', encoding="utf-8")
    (folder / "broken.json").write_bytes(b'{"schema_version": "1.0", \xff')
    return folder


def test_an_archive_from_texts_to_graph(tmp_path: Path) -> None:
    """What `run` and `extract` write is linked: JSON and GraphML hold one network, foreign files are told and passed over."""
    folder = _archive(tmp_path / "archive")
    summary = link_archive(folder, tmp_path / "out")
    graph = json.loads((tmp_path / "out" / "citations.json").read_text(encoding="utf-8"))
    root = ET.parse(tmp_path / "out" / "citations.graphml").getroot()
    numbers = {d["id"]: d["number"] for d in graph["documents"]}

    assert (summary.documents, summary.skipped) == (3, 2)
    assert {(numbers[c["source"]], numbers[c["target"]]) for c in graph["citations"]} == {
        ("12-KH/TU", "9-KL/TW"),
        ("3/BC-UBND", "12-KH/TU"),
        ("3/BC-UBND", "30/2020/NĐ-CP"),
    }
    assert {d["number"]: d["status"] for d in graph["documents"]}["30/2020/NĐ-CP"] == "known"
    assert [s["path"] for s in graph["skipped"]] == ["broken.json", "notes.json"]
    assert len(root.findall(f".//{GRAPHML}node")) == len(graph["documents"])
    assert len(root.findall(f".//{GRAPHML}edge")) == len(graph["citations"])
    assert any("số hóa <mới>" in (data.text or "") for data in root.iter(f"{GRAPHML}data"))


def test_the_same_archive_gives_the_same_bytes(tmp_path: Path) -> None:
    """Linking again, also with the results in the archive's own folder, changes nothing."""
    folder = _archive(tmp_path / "archive")
    link_archive(folder, tmp_path / "one")
    link_archive(folder, folder)
    link_archive(folder, folder)

    for name in ("citations.json", "citations.graphml", "report.md"):
        assert (tmp_path / "one" / name).read_bytes() == (folder / name).read_bytes()


def test_the_report_says_what_an_archivist_asks(tmp_path: Path) -> None:
    """Most cited, missing, contradictory: each a table, cut at the length asked for; cells cannot break it."""
    cited = [_cited(f"{k}-KL/TW", "2020-01-01") for k in range(1, 6)]
    network = build_network(
        [
            _held("a|b", "1-TB/TU", "2021-01-01", "Tỉnh ủy | An Giang", *cited),
            _held("c", "2-TB/TU", "2021-01-01", None, _cited("1-KL/TW", "2020-01-09")),
            Skipped("x.json", "no\ndocument"),
        ]
    )
    text = "".join(report(network, 3))

    assert "| 1-KL/TW |  | 2020-01-01 |  | 2 | missing |" in text
    assert "## Cited and not held (5)" in text
    assert "2 more are in citations.json." in text
    assert "2020-01-01 (1), 2020-01-09 (1) | a\\|b.json, c.json |" in text
    assert "| x.json | no document |" in text


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`link` writes graph and report and says so; a folder without documents is a mistake, said in one line."""
    folder = _archive(tmp_path / "archive")
    (tmp_path / "empty").mkdir()

    assert main(["link", str(folder), "--out", str(tmp_path / "out"), "--top", "5"]) == 0
    assert "3 documents cite" in capsys.readouterr().err
    assert main(["link", str(tmp_path / "empty"), "--out", str(tmp_path / "out")]) == UsageError.exit_code
    assert main(["link", str(tmp_path / "none"), "--out", str(tmp_path / "out")]) == UsageError.exit_code
    assert "Traceback" not in capsys.readouterr().err


def test_reading_is_in_the_order_of_names(tmp_path: Path) -> None:
    """Files are read in one order on every machine, those in folders too."""
    names = [entry.path for entry in read_archive(_archive(tmp_path))]

    assert names == sorted(names)


def _synthetic(count: int) -> Sequence[Held]:
    """An archive in which each document cites ten others and ten of the centre."""
    provinces = ("An Giang", "Cà Mau", "Lào Cai", "Nghệ An", "Quảng Ninh")

    def one(k: int) -> tuple[str, str, str]:
        return f"{k // 5 + 1}/QĐ-UBND", f"{2010 + k % 14}-{1 + k % 12:02d}-{1 + k % 28:02d}", f"UBND tỉnh {provinces[k % 5]}"

    def cited(k: int) -> list[Cited]:
        own = [_cited(*one((k * 7 + 13 * j) % count)) for j in range(10)]
        return [*own, *(_cited(f"{(k + j) % 400}-KL/TW", f"20{10 + j}-01-{1 + k % 28:02d}") for j in range(10))]

    return [_held(f"{k:06d}", *one(k), *cited(k)) for k in range(count)]


def test_time_grows_with_the_archive() -> None:
    """Four times the documents take about four times as long."""

    def seconds(count: int) -> float:
        archive = _synthetic(count)
        start = time.process_time()
        build_network(archive)
        return time.process_time() - start

    seconds(50)
    assert seconds(1600) < 4 * 1.8 * seconds(400) + 0.2
