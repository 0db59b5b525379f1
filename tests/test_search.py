"""Search: words with and without marks, numbers in every written form, filters, indexing again, secrecy, the commands."""

from __future__ import annotations

import doctest
import json
import os
import re
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_pipeline.cli import main
from ocr_pipeline.composition import read_text
from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.document import Document, Line, to_json
from ocr_pipeline.errors import OutputError, UsageError
from ocr_pipeline.passages import secrecy_of
from ocr_pipeline.search import Filters, Snippet, cited_by, index_folder, querying, search
from ocr_pipeline.search.snippets import snippet
from ocr_pipeline.search.terms import number_key, terms_of

DICTIONARIES = Dictionaries.load()
PLAN = """ỦY BAN NHÂN DÂN
TỈNH SƠN HẢI
Số: 41/KH-UBND
CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
Độc lập - Tự do - Hạnh phúc
Sơn Hải, ngày 05 tháng 3 năm 2024
KẾ HOẠCH
Chuyển đổi số năm 2024
Thực hiện Nghị quyết số 57-NQ/TW ngày 22/12/2024 của Bộ Chính trị, Uỷ ban nhân dân tỉnh giao các sở hoà mạng.
\fCăn cứ Nghị định số 30/2020/NĐ-CP ngày 05/3/2020 của Chính phủ về công tác văn thư."""
NOTICE = """ĐẢNG CỘNG SẢN VIỆT NAM
TỈNH ỦY SƠN HẢI
Số 57-NQ/TW
Sơn Hải, ngày 22 tháng 12 năm 2024
NGHỊ QUYẾT
về đảng viên trong dâng hương
Các đảng ủy trực thuộc quán triệt nghị quyết này."""
LETTER = """SỞ NỘI VỤ
Số: 88/SNV-VP
Sơn Hải, ngày 01 tháng 02 năm 2023
Kính gửi: các phòng
Đang dạng hóa dịch vụ dạng uy nghi tại trụ sở."""


def _document(text: str, name: str) -> Document:
    return read_text(text, name=f"{name}.pdf")


def _write(folder: Path, **texts: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in texts.items():
        (folder / f"{name}.json").write_bytes(to_json(_document(text, name)))
    return folder


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of three documents."""
    folder = tmp_path_factory.mktemp("search")
    _write(folder / "json", plan=PLAN, notice=NOTICE, letter=LETTER)
    index_folder(folder / "json", folder / "archive.db")
    return folder / "archive.db"


def _files(database: Path, query: str, **filters: str) -> list[str]:
    return [hit.file.removesuffix(".pdf") for hit in search(database, query, Filters(**filters))]


def test_tone_placement_and_case_do_not_matter(database: Path) -> None:
    """Both placements find the same pages as exact hits; other words do not."""
    for query in ("Uỷ ban", "ủy ban", "ỦY BAN", "hoà mạng", "hòa mạng"):
        hits = search(database, query)
        assert [("plan.pdf", 1, True)] == [(h.file, h.page, h.exact) for h in hits], query
    assert [] == _files(database, "hỏa mạng")[1:]


def test_words_without_marks_find_words_with_them_exact_ones_first(database: Path) -> None:
    """Dang uy finds đảng ủy, also đ; what is written so comes before what only looks so."""
    hits = search(database, "dang uy")

    assert {"notice.pdf", "letter.pdf"} == {h.file for h in hits}
    assert not any(h.exact for h in hits)
    assert ["letter", "notice"] == _files(database, "dạng uy")
    assert "notice" == _files(database, "đảng ủy")[0]
    assert search(database, "đảng ủy")[0].exact
    assert [False] == [h.exact for h in search(database, "đảng uy", Filters(number="57-NQ/TW"))]


def test_words_that_stand_together_come_first(tmp_path: Path) -> None:
    """The page with the phrase is before the one that has the words apart, though it has them more often."""
    _write(
        tmp_path / "j",
        a="Nội dung: xã bàn, xã giao, hội ý, hội họp, xã và hội.",
        b="Bảo trợ xã hội là việc chung của mọi người dân.",
    )
    index_folder(tmp_path / "j", tmp_path / "a.db")

    assert ["b", "a"] == _files(tmp_path / "a.db", "xã hội")
    assert ["b"] == _files(tmp_path / "a.db", '"xã hội"')


def test_of_very_common_words_the_newest_documents_come_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a bound of two, those of four pages that were put in last, the later day first; who bears a number before them."""
    folder = tmp_path / "j"
    folder.mkdir()
    for name, day in {"a": "2025-01-05", "b": "2020-01-01", "c": "2024-06-01", "d": "2021-01-01"}.items():
        document = _document("xã hội và nghị quyết số 57-NQ/TW", name)
        facts = replace(document.metadata, date=day, number="57-NQ/TW" if name == "b" else None)
        (folder / f"{name}.json").write_bytes(to_json(replace(document, id=f"{name * 16}-p1-1", metadata=facts)))
    index_folder(folder, tmp_path / "a.db")
    monkeypatch.setattr(querying, "_RANKED", 2)

    def found(query: str, limit: int, **filters: str) -> list[str]:
        return [hit.file.removesuffix(".pdf") for hit in search(tmp_path / "a.db", query, Filters(**filters), limit=limit)]

    assert ["c", "d"] == found("xã hội", 2)
    assert ["c", "d", "b"] == found("xã hội", 3)
    assert ["b", "d"] == found("xã hội 57-NQ/TW", 2)
    assert ["d", "b"] == found("xã hội", 2, last_day="2021")


@pytest.mark.parametrize(
    "query", ["57-NQ/TW", "57/NQ-TW", "57 NQ/TW", "57-nq/tw", "57-NQ/TƯ", "57 - NQ / TW", "57–NQ/TW", "NQ 57", "nq57", "57-NQ",
              "Nghị quyết số 57-NQ/TW", "nghi quyet so 57", "Nghị quyết 57"]
)  # fmt: skip
def test_numbers_match_in_every_written_form(database: Path, query: str) -> None:
    """The document itself comes first, then who cites it; its number is marked in the snippet."""
    hits = search(database, query)

    assert ["notice.pdf", "plan.pdf"] == [h.file for h in hits]
    assert all("57" in "".join(h.snippet.text[a:b] for a, b in h.snippet.marks) for h in hits)
    assert {"plan.pdf"} == {c.file for c in cited_by(database, query)}


def test_numbers_with_years_and_their_parts(database: Path) -> None:
    """The year is part of the number; a bare year, a span of years or a fraction is no number."""
    for query in ("30/2020/NĐ-CP", "30/2020/nd-cp", "Nghị định 30/2020", "NĐ 30", "nd 30/2020"):
        assert [2] == [h.page for h in search(database, query)], query
    assert [] == search(database, "NĐ 30/2021")
    for text in ("giai đoạn 2021-2025", "24/7", "57 trang", "năm 2024"):
        assert number_key(text, DICTIONARIES) is None, text


def test_filters(database: Path) -> None:
    """Number, type by name or code, issuer with or without marks, days, months and years, cited documents."""
    assert ["plan"] == _files(database, "", number="41 KH-UBND")
    assert (
        ["plan"]
        == _files(database, "", doc_type="KH")
        == _files(database, "", doc_type="kế hoạch")
        == _files(database, "", doc_type="ke hoach")
    )
    assert ["plan"] == _files(database, "", issuer="uy ban nhan dan tinh son hai")
    assert [] == _files(database, "", issuer="ban nhan da")
    assert (
        ["notice", "plan"]
        == _files(database, "", first_day="2024")
        == _files(database, "", first_day="05/3/2024", last_day="12/2024")
    )
    assert ["letter"] == _files(database, "", last_day="2023-02-01")
    assert {"plan"} == set(_files(database, "số", cited="57-NQ/TW"))
    assert [] == _files(database, "trụ sở", cited="57-NQ/TW")


def test_what_cannot_be_asked_is_said(database: Path, tmp_path: Path) -> None:
    """Nothing to look for, no number, no date, no index, another file: each with what to do."""
    for ask, message in (
        (lambda: search(database, " ?! "), "no word"),
        (lambda: search(database, "", Filters(number="mười hai")), "no number"),
        (lambda: search(database, "", Filters(first_day="31/02/2024")), "no date"),
        (lambda: cited_by(database, "2021-2025"), "no number"),
        (lambda: search(tmp_path / "none.db", "a"), "is not there"),
    ):
        with pytest.raises(UsageError, match=message):
            ask()
    (tmp_path / "text.db").write_text("no index, but more than a header of text" * 40, encoding="utf-8")
    sqlite3.connect(tmp_path / "other.db").execute("CREATE TABLE a(b)")
    for name in ("text.db", "other.db"):
        with pytest.raises(UsageError, match="no index"):
            search(tmp_path / name, "a")


def _counts(database: Path) -> tuple[int, ...]:
    connection = sqlite3.connect(database)
    counts = tuple(
        connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        for table in ("documents", "pages", "citations", "own_keys", "cited_keys", "files")
    )
    connection.execute("INSERT INTO page_index(page_index) VALUES('integrity-check')")
    connection.close()
    return counts


def test_indexing_again_changes_nothing(tmp_path: Path) -> None:
    """Twice the same folder: everything unchanged, nothing doubled, no hit twice."""
    folder, database = _write(tmp_path / "j", plan=PLAN, notice=NOTICE), tmp_path / "a.db"
    first = index_folder(folder, database)
    counts = _counts(database)
    second = index_folder(folder, database)

    assert (2, 3, 0) == (first.added, first.pages, first.unchanged)
    assert (0, 2, 0) == (second.added, second.unchanged, second.removed)
    assert counts == _counts(database)


def test_a_changed_document_replaces_itself_and_a_lost_one_goes(tmp_path: Path) -> None:
    """Corrected text is found and the old one is not; other folders in the index stay; a moved file stays one document."""
    folder, other, database = _write(tmp_path / "j", plan=PLAN), _write(tmp_path / "k", letter=LETTER), tmp_path / "a.db"
    index_folder(folder, database)
    index_folder(other, database)
    document = _document(PLAN, "plan")
    page = document.pages[1]
    changed = replace(document, pages=(document.pages[0], replace(page, lines=(Line(text="Sửa lỗi chính tả", raw="x"),))))
    (folder / "plan.json").unlink()
    (folder / "moved.json").write_bytes(to_json(changed))

    assert 1 == index_folder(folder, database).added
    assert [2] == [h.page for h in search(database, "chính tả")]
    assert [] == search(database, "văn thư")
    (folder / "moved.json").unlink()
    assert 1 == index_folder(folder, database).removed
    assert ["letter"] == _files(database, "trụ sở")
    assert _counts(database)[0] == 1


def test_the_same_document_in_two_files_is_one(tmp_path: Path) -> None:
    """It stays while one of the files is there."""
    folder, database = _write(tmp_path / "j", a=PLAN, b=PLAN), tmp_path / "a.db"
    index_folder(folder, database)

    assert 1 == len(search(database, "hoà mạng"))
    (folder / "a.json").unlink()
    index_folder(folder, database)
    assert 1 == len(search(database, "hoà mạng"))


def test_results_of_an_earlier_cut_are_not_kept_beside_the_newer(tmp_path: Path) -> None:
    """A file that was two documents and is now one leaves a JSON behind; its pages are not found twice."""
    folder, database = tmp_path / "j", tmp_path / "a.db"
    folder.mkdir()
    document = _document(PLAN, "plan")
    old = replace(document, id=document.id.replace("-p1-2", "-p2-2"))
    (folder / "plan.2.json").write_bytes(to_json(old))
    os.utime(folder / "plan.2.json", (1, 1))
    (folder / "plan.json").write_bytes(to_json(document))
    done = index_folder(folder, database)

    assert ["plan.2.json"] == [s.path for s in done.skipped]
    assert 1 == len(search(database, "hoà mạng"))


def test_secret_documents_stay_out(tmp_path: Path) -> None:
    """Withheld and told; taken in when asked for; taken out again by a run that does not ask for them."""
    secret = LETTER.replace("Kính gửi", "TỐI MẬT\nxylophon qwertz Kính gửi")
    folder, database = _write(tmp_path / "j", plan=PLAN, secret=secret), tmp_path / "a.db"
    done = index_folder(folder, database)

    assert ["secret.json"] == done.withheld
    assert [] == search(database, "trụ sở")
    index_folder(folder, database, include_secret=True)
    assert ["secret"] == _files(database, "trụ sở")
    assert 1 == index_folder(folder, database).removed
    assert [] == search(database, "trụ sở")
    data = database.read_bytes()
    assert not [word for word in ("trụ sở", "nghi tại", "xylophon", "qwertz") if word.encode() in data]


def test_a_stamp_of_secrecy_counts_and_a_sentence_on_secrecy_does_not() -> None:
    """MẬT in a stamp is a mark though it is none of the text; bí mật in a sentence is none."""
    document = _document(LETTER, "letter")
    page, mark = document.pages[0], Line(text="TUYỆT MẬT", raw="TUYỆT MẬT", zone="stamp")
    stamped = replace(document, pages=(replace(page, lines=(*page.lines, mark)),))

    assert "TUYỆT MẬT" == secrecy_of(stamped, DICTIONARIES)
    assert secrecy_of(document, DICTIONARIES) is None
    assert secrecy_of(_document("Giữ bí mật\nđộ mật", "a"), DICTIONARIES) is None


def test_files_that_are_no_documents_are_told(tmp_path: Path) -> None:
    """Damaged JSON and the JSON of others are passed over by name; a folder without any document is an error."""
    folder = _write(tmp_path / "j", plan=PLAN)
    (folder / "broken.json").write_text('{"id": ', encoding="utf-8")
    (folder / "citations.json").write_text('{"documents": []}', encoding="utf-8")
    (folder / ".part.json").write_text("x", encoding="utf-8")

    assert ["broken.json", "citations.json"] == sorted(s.path for s in index_folder(folder, tmp_path / "a.db").skipped)
    for path, message in ((tmp_path / "none", "no folder"), (tmp_path / "j" / "plan.json", "no folder")):
        with pytest.raises(UsageError, match=message):
            index_folder(path, tmp_path / "b.db")
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="no document"):
        index_folder(tmp_path / "empty", tmp_path / "b.db")


@given(st.text(max_size=60))
def test_any_string_is_a_query(query: str) -> None:
    """Nothing that is typed breaks out of the query language: every term is letters and digits in quotation marks."""
    for term in terms_of(query, DICTIONARIES):
        assert not set('"*^():') & set(term.exact + term.folded + (term.number or ""))


HOSTILE = [
    '"',
    "'; DROP TABLE pages; --",
    "a AND",
    "NEAR(a b)",
    "exact : a",
    "*",
    "^đ",
    "(a",
    "a OR b NOT",
    "\x00",
    "\ud800",
    "𝔸",
    "ʺ",
    "ʺ OR ʺ",
    "\u0897",
]


@pytest.mark.parametrize("query", HOSTILE)
def test_hostile_queries_are_words(database: Path, query: str) -> None:
    """What is query language or SQL elsewhere finds nothing here, and breaks nothing."""
    if not terms_of(query, DICTIONARIES):
        with pytest.raises(UsageError, match="no word"):
            search(database, query)
    else:
        assert [] == search(database, f"{query} khôngcó")


@given(st.text(max_size=400), st.text(max_size=30))
def test_marks_of_a_snippet_are_inside_it(text: str, query: str) -> None:
    """In order, apart, within the text; no control characters whatever the page holds."""
    found: Snippet = snippet(text, terms_of(query, DICTIONARIES))

    ends = [0, *(place for mark in found.marks for place in mark), len(found.text)]
    assert ends == sorted(ends)
    assert all(found.text[a:b].strip() for a, b in found.marks)
    assert not any(ord(c) < 32 or 0x7F <= ord(c) < 0xA0 for c in found.text)
    assert found.text == found.marked("", "")


def test_snippets_show_where_most_terms_are() -> None:
    """Of two places the one with more of the words; dots where something is left out."""
    text = "chuyển " + "x " * 200 + "về chuyển đổi số trong cơ quan " + "y " * 200
    found = snippet(text, terms_of("chuyển đổi số", DICTIONARIES))

    assert "về [chuyển] [đổi] [số] trong" in found.marked()
    assert found.text.startswith("… ")
    assert found.text.endswith(" …")


def test_commands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """index, search and cited-by as typed; file, number, page and snippet are printed; JSON on request; 1 for nothing found."""
    folder, database = _write(tmp_path / "j", plan=PLAN, notice=NOTICE), tmp_path / "x" / "a.db"

    assert 0 == main(["index", str(folder), "--db", str(database)])
    assert "2 documents put in (3 pages)" in capsys.readouterr().err
    assert 0 == main(["search", "--db", str(database), "van thu", "--type", "Kế hoạch"])
    shown = capsys.readouterr().out
    assert "plan.pdf, page 2: 41/KH-UBND | Kế hoạch | 2024-03-05" in shown
    assert "công tác [văn thư]" in shown
    assert 0 == main(["search", "--db", str(database), "57-NQ/TW", "--json"])
    hits = json.loads(capsys.readouterr().out)
    assert ["notice.pdf", "plan.pdf"] == [hit["file"] for hit in hits]
    assert "57-NQ/TW" == hits[0]["snippet"]["text"][slice(*hits[0]["snippet"]["marks"][0])]
    assert 0 == main(["cited-by", "--db", str(database), "57/nq-tw", "--date", "22/12/2024"])
    assert "plan.pdf, page 1" in capsys.readouterr().out
    assert 1 == main(["cited-by", "--db", str(database), "57-NQ/TW", "--date", "2020-01-01"])
    assert 1 == main(["search", "--db", str(database), "khôngcótừnày"])
    assert UsageError.exit_code == main(["search", "--db", str(tmp_path / "none.db"), "a"])
    assert "ocr-pipeline index" in capsys.readouterr().err


def test_an_index_that_is_in_use_or_of_another_version_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another run that writes is told as such; an index of a later version is not guessed at."""
    folder, database = _write(tmp_path / "j", plan=PLAN), tmp_path / "a.db"
    index_folder(folder, database)
    connection = sqlite3.connect(database)
    connection.execute("BEGIN EXCLUSIVE")
    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *a, **k: connect(*a, **k, timeout=0.01))
    with pytest.raises(OutputError, match="Another run"):
        index_folder(folder, database)
    connection.execute("ROLLBACK")
    connection.execute("PRAGMA user_version = 99")
    connection.close()

    with pytest.raises(UsageError, match="of this version"):
        search(database, "a")
    with pytest.raises(UsageError, match="of this version"):
        index_folder(folder, database)


def test_the_example_of_the_documentation_runs() -> None:
    """The Python in docs/search.md prints what it says."""
    page = (Path(__file__).resolve().parents[1] / "docs" / "search.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    test = doctest.DocTestParser().get_doctest(block, {}, "search", "search.md", 0)

    assert 0 == doctest.DocTestRunner().run(test).failed
