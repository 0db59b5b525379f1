"""Bulk files for clusters: what the client library itself sends, and an analysis that treats query and text alike."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path
from typing import Any

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st
from opensearchpy import OpenSearch, Transport, helpers

from ocr_pipeline.cli import main
from ocr_pipeline.composition import read_text
from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.document import Document, to_json
from ocr_pipeline.errors import UsageError
from ocr_pipeline.exports import bulk
from ocr_pipeline.exports.bulk import bulk_actions, bulk_lines, index_template, write_bulk
from ocr_pipeline.orthography import TONES, fold, split_tone, unify

DICTIONARIES = Dictionaries.load()
PLAN = """TỈNH ỦY SƠN HẢI
Số 41-KH/TU
Sơn Hải, ngày 05 tháng 3 năm 2024
KẾ HOẠCH
Thực hiện Nghị quyết số 57-NQ/TW ngày 22/12/2024 của Bộ Chính trị.
\fTheo Nghị định số 30/2020/NĐ-CP ngày 05/3/2020 của Chính phủ, Uỷ ban “kiểm tra” …"""


def _document(name: str = "a", text: str = PLAN) -> Document:
    return read_text(text, name=f"{name}.pdf")


class FakeTransport(Transport):
    """Keeps what is sent, and answers as a cluster does."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sent: list[bytes] = []

    def perform_request(self, method: str, url: str, params: Any = None, body: Any = None, **_: Any) -> Any:
        """One bulk request."""
        assert (method, url) == ("POST", "/_bulk")
        data = body if isinstance(body, bytes) else body.encode()
        self.sent.append(data)
        actions = [json.loads(line) for line in data.splitlines()[::2]]
        return {"errors": False, "items": [{"index": {**action["index"], "status": 201}} for action in actions]}


def test_the_clients_own_helpers_send_the_same() -> None:
    """Our file, line by line, is what helpers.bulk makes of our actions; every page is taken."""
    client = OpenSearch("localhost:9200", transport_class=FakeTransport)
    document = _document()

    assert (2, []) == helpers.bulk(client, bulk_actions(document, "directives", DICTIONARIES))
    sent = b"".join(client.transport.sent)  # type: ignore[attr-defined]
    ours = bulk_lines(document, "directives", DICTIONARIES)
    assert [json.loads(line) for line in sent.splitlines()] == [json.loads(line) for line in ours.splitlines()]
    assert ours.endswith(b"\n")


def test_a_page_says_what_it_is_and_what_it_cites() -> None:
    """Numbers as written and as keys, references of the page alone, ids that stay."""
    first, second = bulk_actions(_document(), "directives", DICTIONARIES)

    assert first["_id"] == f"{_document().id}-1"
    assert ("41-KH/TU", ["41khtu", "kh41"], "2024-03-05") == tuple(first["_source"][k] for k in ("number", "number_keys", "date"))
    assert [["57nqtw", "nq57"]] == [r["number_keys"] for r in first["_source"]["references"]]
    assert ["30/2020/NĐ-CP"] == [r["number"] for r in second["_source"]["references"]]


def test_every_field_is_in_the_mapping() -> None:
    """The mapping is strict: what it does not name would be refused; what it names is there."""
    mappings = index_template("directives")["template"]["mappings"]
    source = next(bulk_actions(_document(), "directives", DICTIONARIES))["_source"]

    assert "strict" == mappings["dynamic"]
    assert mappings["properties"].keys() == source.keys()
    assert mappings["properties"]["references"]["properties"].keys() == source["references"][0].keys()
    analysis = index_template("directives")["template"]["settings"]["analysis"]
    used = set(regex.findall(r'"(?:analyzer|normalizer)": "(\w+)"', json.dumps(mappings)))
    assert used == {*analysis["analyzer"], *analysis["normalizer"]}
    filters = {name for kind in ("analyzer", "normalizer") for a in analysis[kind].values() for name in a["char_filter"]}
    assert filters == analysis["char_filter"].keys()


def _filtered(text: str, name: str) -> str:
    """A character filter as Lucene applies it: the longest rule at each place, from left to right."""
    rule = index_template("x")["template"]["settings"]["analysis"]["char_filter"][name]
    if rule["type"] == "pattern_replace":
        return regex.sub(rule["pattern"], rule["replacement"], text)
    pairs = [entry.split(" => ") for entry in rule["mappings"]]
    table = {regex.sub(r"\\u([0-9a-f]{4})", lambda m: chr(int(m[1], 16)), a): b for a, b in pairs}
    pattern = "|".join(regex.escape(key) for key in sorted(table, key=len, reverse=True))
    return regex.sub(pattern, lambda m: table[m[0]], text)


def _analysed(text: str, kind: str, name: str) -> list[str]:
    """What the analyser of the template makes of a text, folding as Lucene does: letter by letter, marks on their own stay."""
    analyser = index_template("x")["template"]["settings"]["analysis"][kind][name]
    for char_filter in analyser["char_filter"]:
        text = _filtered(text, char_filter)
    text = text.lower()
    if "asciifolding" in analyser["filter"]:
        text = "".join(unicodedata.normalize("NFD", c)[0] for c in text)
    return regex.findall(r"[\p{L}\p{N}\p{M}]+", text) if kind == "analyzer" else [text]


@pytest.mark.parametrize("word", ["Uỷ", "Ủy", "hoà", "HÒA", "khoẻ", "thuý", "Đảng", "nghiệp", "quyết", "ĐƯỜNG", "Ặ"])
def test_the_analysis_unifies_what_we_unify(word: str) -> None:
    """Composed, decomposed and half decomposed, old and new tone placement come to one; folded comes to ours."""
    half = "".join("".join(split_tone(c)) for c in word)
    forms = {word, unicodedata.normalize("NFD", word), half, word.swapcase()}

    assert 1 == len({tuple(_analysed(form, "analyzer", "vi_exact")) for form in forms})
    assert {fold(word)} == {_analysed(form, "analyzer", "vi_folded")[0] for form in forms}
    assert unify(_analysed(word, "analyzer", "vi_exact")[0]) == unify(word)


def test_tone_placement_comes_to_one_and_other_tones_do_not() -> None:
    """Uỷ is Ủy; hoá is not hoà."""
    assert _analysed("Uỷ ban hoà", "analyzer", "vi_exact") == _analysed("ủy BAN hòa", "analyzer", "vi_exact")
    assert _analysed("hoá", "analyzer", "vi_exact") != _analysed("hoà", "analyzer", "vi_exact")


@pytest.mark.parametrize("form", ["57-NQ/TW", "57/nq-tw", "57 NQ / TƯ", "57–NQ/TW"])
def test_numbers_are_normalised_to_our_keys(form: str) -> None:
    """A term query on number_keys matches in every written form."""
    assert ["57nqtw"] == _analysed(form, "normalizer", "number")


LETTERS = st.builds(
    lambda vowel, tone: unicodedata.normalize("NFC", vowel + tone),
    st.sampled_from("aăâeêioôơuưyAÂƠ"),
    st.sampled_from(["", *TONES]),
)


@given(st.text(st.one_of(LETTERS, st.sampled_from("đĐnhcq ")), max_size=12))
def test_analysis_of_the_composed_and_the_decomposed_text_is_one(text: str) -> None:
    """Every letter with every tone, in both normal forms, is found alike, with and without marks."""
    decomposed = unicodedata.normalize("NFD", text)

    assert _analysed(text, "analyzer", "vi_exact") == _analysed(decomposed, "analyzer", "vi_exact")
    assert fold(text).split() == _analysed(decomposed, "analyzer", "vi_folded")


def test_files_stay_small_and_documents_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new file begins where the next document would make it too large; each file stands alone."""
    monkeypatch.setattr(bulk, "_FILE_SIZE", 4000)
    folder = tmp_path / "j"
    folder.mkdir()
    for number in range(5):
        (folder / f"{number}.json").write_bytes(to_json(_document(str(number), f"{PLAN}\n{number}")))
    done = write_bulk(folder, tmp_path / "out", "directives-1")

    files = sorted((tmp_path / "out").glob("*.ndjson"))
    assert (5, 10) == (done.documents, done.pages)
    assert done.files == len(files) > 1
    assert all(path.stat().st_size <= 4000 for path in files)
    lines = [json.loads(line) for path in files for line in path.read_bytes().splitlines()]
    assert 10 == len({line["index"]["_id"] for line in lines[::2]})
    assert ["directives-1*"] == json.loads((tmp_path / "out" / "template.json").read_bytes())["index_patterns"]


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Secret documents are withheld; an earlier export is not mixed with a new one; no target is an error of usage."""
    folder = tmp_path / "j"
    folder.mkdir()
    (folder / "a.json").write_bytes(to_json(_document()))
    (folder / "s.json").write_bytes(to_json(_document("s", f"TUYỆT MẬT\n{PLAN}")))
    ask = ["index", str(folder), "--bulk", str(tmp_path / "out")]

    assert 0 == main(ask)
    assert "1 documents, 2 pages in 1 bulk files, 1 withheld" in capsys.readouterr().err
    assert b"TUY" not in (tmp_path / "out" / "bulk-00001.ndjson").read_bytes()
    assert UsageError.exit_code == main(ask)
    assert "bulk files already" in capsys.readouterr().err
    assert UsageError.exit_code == main(["index", str(folder)])
    assert "--bulk" in capsys.readouterr().err
