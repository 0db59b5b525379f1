"""The review page's server: what is doubtful, who may speak to it, what is saved, and that nothing gets out or in otherwise."""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
import pytest
from recording import SCANS, Replay

from ocr_pipeline import Document, Settings, read, read_text, to_json
from ocr_pipeline.cli import main
from ocr_pipeline.corrections import Check, Correction, Patch, apply_patch, load_patch, patch_path, save_patch
from ocr_pipeline.document import Evidence, Page, Review
from ocr_pipeline.errors import MissingDependency, UsageError

pytest.importorskip("starlette", reason="the review page's server is not installed")
pytest.importorskip("uvicorn", reason="the review page's server is not installed")

from ocr_pipeline.review import ReviewServer, Shelf, doubts_of, error_rates  # after the skip
from ocr_pipeline.review.images import page_image, source_file
from ocr_pipeline.review.shelf import sample

STATIC = Path(__file__).resolve().parents[1] / "ocr_pipeline" / "review" / "static"
STEMS = ("chi-thi-100dpi.jpg", "nghi-quyet-skewed.pdf", "cong-van-garbled.txt")


@pytest.fixture(scope="session")
def documents() -> dict[str, Document]:
    """Three samples: a scan with blanks, a skewed scan of two pages, a garbled text."""
    found = {}
    for name in STEMS:
        path = SCANS / name
        found[path.stem] = read(path, engine=None if path.suffix == ".txt" else Replay(path.stem))[0]
    return found


def _results(folder: Path, documents: dict[str, Document]) -> Path:
    folder.mkdir()
    for stem, document in documents.items():
        (folder / f"{stem}.json").write_bytes(to_json(document))
    return folder


@pytest.fixture
def folder(tmp_path: Path, documents: dict[str, Document]) -> Path:
    """A folder as ``run`` leaves it."""
    return _results(tmp_path / "results", documents)


class Browser(NamedTuple):
    """Speaks to a server as a browser does that has the cookie."""

    server: ReviewServer
    cookie: str

    def ask(self, path: str, method: str = "GET", body: Any = None, **headers: str | None) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body; a header given as None is left out."""
        sent: dict[str, str | None] = {"Host": f"127.0.0.1:{self.server.port}", "Cookie": self.cookie}
        if method == "POST":
            sent |= {"Origin": f"http://127.0.0.1:{self.server.port}", "Content-Type": "application/json"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=30)
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        connection.request(method, path, data, {k: v for k, v in sent.items() if v is not None})
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer.status, {k.lower(): v for k, v in answer.getheaders()}, content

    def told(self, path: str, method: str = "GET", body: Any = None) -> Any:
        """The JSON of an answer that went well."""
        status, _, content = self.ask(path, method, body)
        assert status == 200, content
        return json.loads(content)

    def key(self, stem: str) -> str:
        """The key of a document in the queue."""
        return next(e["key"] for e in self.told("/api/queue")["documents"] if e["path"] == f"{stem}.json")


@contextlib.contextmanager
def _serving(server: ReviewServer) -> Iterator[Browser]:
    """The server on a thread of its own, and a browser with the cookie that its address gives."""
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        _, headers, _ = Browser(server, "").ask(server.address.split(str(server.port))[1])
        yield Browser(server, headers["set-cookie"].split(";")[0])
    finally:
        server.stop()
        thread.join(10)


@pytest.fixture
def browser(folder: Path) -> Iterator[Browser]:
    """A running server of a fresh folder."""
    with _serving(ReviewServer(Shelf(folder, who="An"), SCANS)) as browser:
        yield browser


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory, documents: dict[str, Document]) -> Iterator[Browser]:
    """One server for all tests that save nothing."""
    folder = _results(tmp_path_factory.mktemp("reader") / "results", documents)
    with _serving(ReviewServer(Shelf(folder, who="An"), SCANS)) as browser:
        yield browser


# --- what is doubtful


def test_doubts_point_at_what_they_say(documents: dict[str, Document]) -> None:
    """Each span lies in its line, each field is one of the form, alternatives differ from what stands there."""
    for document in documents.values():
        for doubt in doubts_of(document, below=0.8):
            if doubt.field:
                continue
            line = document.pages[doubt.page - 1].lines[(doubt.line or 0) - 1]
            start, end = doubt.span or (0, len(line.text))
            assert 0 <= start <= end <= len(line.text)
            assert line.text[start:end] not in doubt.alternatives


def test_blank_number_and_day_are_doubts_of_their_fields(documents: dict[str, Document]) -> None:
    """What restoration changed without being sure is one, too, with the raw text to choose."""
    blank = {d.field: d.reason for d in doubts_of(documents["chi-thi-100dpi"], below=0.8) if d.field}
    edited = [d for d in doubts_of(documents["cong-van-garbled"], below=0.8) if d.reason == "low-margin"]

    assert blank["number"].endswith("-number")
    assert blank["date"].endswith(("-day", "-date"))
    assert edited
    assert all(d.alternatives == (d.detail.split(" → ")[0],) for d in edited)


def test_what_is_printed_of_a_blank_field_is_there_to_begin_with(documents: dict[str, Document]) -> None:
    """The symbol behind a blank number, year and month of a blank day; digits alone are no reading of a number."""
    document = documents["chi-thi-100dpi"]
    handwritten = Review(page=1, line=3, field="number", reason="handwritten-number", alternatives=("44", "44/CT-UBND"))
    drafts = {d.field: d.draft for d in doubts_of(document, below=0.8)}
    (number,) = [d for d in doubts_of(replace(document, review=(handwritten,)), below=0.0) if d.field == "number"]

    assert ("/CT-UBND", f"{document.metadata.date_partial}-") == (drafts["number"], drafts["date"])
    assert number.alternatives == ("44/CT-UBND",)


def test_a_doubtful_word_offers_its_like_in_the_document() -> None:
    """A word read unsurely, which the document prints clearly elsewhere with other marks."""
    document = read_text("")
    line = {"raw": "", "confidence": 1.0}
    from ocr_pipeline.document import Line, Word

    clear = Line(text="quyết định", words=(Word(0, 5, 0, 0, 9, 9, 0.95), Word(6, 10, 10, 0, 19, 9, 0.95)), **line)  # type: ignore[arg-type]
    vague = Line(text="quyêt ***", words=(Word(0, 5, 0, 0, 9, 9, 0.4), Word(6, 9, 10, 0, 19, 9, 0.1)), **line)  # type: ignore[arg-type]
    page = Page(number=1, source_page=1, width=100, height=100, dpi=100, lines=(clear, vague))
    found = [d for d in doubts_of(replace(document, pages=(page,)), below=0.8) if not d.field]

    assert [("quyêt", ("quyết",))] == [(d.detail, d.alternatives) for d in found]


def test_a_reference_in_doubt_is_marked_at_its_number() -> None:
    """A year that contradicts the date: the number is marked in its line; a missing signer's name is its own field."""
    document = read_text("Căn cứ Quyết định số 12/2023/QĐ-TTg ngày 05/3/2022 của Thủ tướng Chính phủ;")
    (doubt,) = [d for d in doubts_of(document, below=0.8) if d.reason == "year-mismatch"]
    named = replace(
        document, review=(Review(page=1, line=1, field="signer", reason="doubtful-name", alternatives=("TRAN VAN B",)),)
    )

    assert document.text[slice(*(doubt.span or ()))] == "12/2023/QĐ-TTg"
    assert ("signers.1.name", ("TRAN VAN B",)) in {(d.field, d.alternatives) for d in doubts_of(named, below=0.8)}


def test_a_sample_looks_at_every_field(documents: dict[str, Document]) -> None:
    """Each field of the form is a doubt once, those in real doubt with their own reason."""
    found = [d for d in doubts_of(documents["cong-van-garbled"], below=0.8, every_field=True) if d.field]

    assert len({d.field for d in found}) == len(found) >= 16
    assert "sample" in {d.reason for d in found}


def test_a_field_read_unsurely_is_one() -> None:
    """By the confidence of its evidence against the setting."""
    evidence = Evidence(page=1, line=1, bbox=None, raw="BO NOI VU", confidence=0.7)
    document = replace(read_text("x"), evidence={"issuer": evidence})

    assert "issuer" in {d.field for d in doubts_of(document, below=0.8)}
    assert "issuer" not in {d.field for d in doubts_of(document, below=0.6)}


# --- the shelf


def test_the_most_doubtful_come_first_and_what_is_checked_last(folder: Path) -> None:
    """Order by weight; a finished document goes to the end."""
    shelf = Shelf(folder, who="An")
    first, *rest = shelf.queue()
    shelf.save(first.key, 0, (), checked=True)

    assert [e.weight for e in (first, *rest)] == sorted((e.weight for e in (first, *rest)), reverse=True)
    assert (first.key, True) == (shelf.queue()[-1].key, shelf.queue()[-1].checked)


def test_samples_are_seeded_and_of_the_size_asked_for(folder: Path) -> None:
    """The same documents for the same seed, others for another, at least one; a shelf of check 2 holds the sample only."""
    ids = {str(i): f"id{i}" for i in range(200)}

    assert len(sample(ids, 0.1, 7)) == 20
    assert sample(ids, 0.1, 7) == sample(dict(reversed(ids.items())), 0.1, 7) != sample(ids, 0.1, 8)
    assert len(sample(ids, 0.0001, 1)) == 1
    assert len(Shelf(folder, who="An", check=2, share=0.3).queue()) == 1


def test_a_folder_without_documents_is_refused(tmp_path: Path, folder: Path) -> None:
    """Nothing to check is a mistake in the command, and so is a sample of nothing."""
    with pytest.raises(UsageError, match="share"):
        Shelf(folder, who="An", check=2, share=0.0)
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="no document"):
        Shelf(tmp_path / "empty", who="An")


def test_error_rates_count_what_was_changed_in_each_check() -> None:
    """A field once a document, the text by lines; what was changed back is right; unfinished documents do not count."""
    document = read_text("một\nhai\nba")

    def made(check: int, *, before: str | None, after: str | None, **place: Any) -> Correction:
        return Correction(who="An", when="", page=1, before=before, after=after, check=check, **place)

    patch = Patch(
        document=document.id,
        checks=(Check(who="An", when="", check=1), Check(who="Bình", when="", check=2)),
        corrections=(
            made(1, field="number", before=None, after="1/QĐ"),
            made(1, line=1, before="một", after="mốt"),
            made(1, line=1, before="mốt", after="một"),
            made(1, line=2, before="hai", after="hài"),
            made(1, field="title", before="a", after="a"),
            made(2, field="signers.1.name", before=None, after="Trần Văn Bình"),
            made(3, field="date", before=None, after="2025-01-01"),
        ),
    )
    rates = {(r.check, r.field): (r.seen, r.wrong) for r in error_rates([(document, patch)])}

    assert {(1, "number"): (1, 1), (1, "text"): (3, 1), (2, "signers"): (1, 1)} == {k: v for k, v in rates.items() if v[1]}
    assert (1, 0) == rates[1, "title"]
    assert not [key for key in rates if key[0] == 3]


# --- pictures


def test_a_page_is_shown_as_its_boxes_count(documents: dict[str, Document]) -> None:
    """In the proportions of the page, no wider than a screen; the ink of a word lies in its box."""
    document = documents["nghi-quyet-skewed"]
    page = document.pages[1]
    path = source_file(document, SCANS)
    assert path
    shown = cv2.imdecode(
        np.frombuffer(page_image(path, document.source.sha256, page, Settings()), np.uint8), cv2.IMREAD_GRAYSCALE
    )
    scale = shown.shape[1] / page.width
    word = max((w for line in page.lines for w in line.words), key=lambda w: w.confidence)
    x0, y0, x1, y1 = (round(v * scale) for v in word[2:6])

    assert abs(shown.shape[0] / shown.shape[1] - page.height / page.width) < 0.01
    assert shown.shape[1] <= 1700
    assert shown[y0:y1, x0:x1].min() < 100 < np.median(shown)


def test_no_path_in_a_document_leads_out_of_the_sources(tmp_path: Path, documents: dict[str, Document]) -> None:
    """A hostile path in the JSON opens nothing outside the folder; a file that changed is not shown for the old one."""
    document = documents["chi-thi-100dpi"]
    secret = tmp_path / "secret.png"
    secret.write_bytes((SCANS / "thong-bao-clean.png").read_bytes())
    inner = tmp_path / "inner"
    inner.mkdir()
    for path in ("../secret.png", str(secret)):
        assert source_file(replace(document, source=replace(document.source, path=path, name=path)), inner) is None
    with pytest.raises(Exception, match="it has changed"):
        page_image(secret, document.source.sha256, document.pages[0], Settings())


# --- who may speak


def test_the_address_gives_a_cookie_that_scripts_cannot_read(reader: Browser) -> None:
    """A redirect to the page without the token in its address; strict and HttpOnly."""
    guest = Browser(reader.server, "")
    status, headers, _ = guest.ask(reader.server.address.split(str(reader.server.port))[1])

    assert (303, "/") == (status, headers["location"])
    assert {"httponly", "samesite=strict"} <= {part.strip().lower() for part in headers["set-cookie"].split(";")}


@pytest.mark.parametrize("path", ["/", "/app.js", "/api/queue", "/api/rates", "/api/documents/x", "/api/documents/x/pages/1"])
@pytest.mark.parametrize(
    "headers",
    [
        {"Cookie": None},
        {"Cookie": "ocr_pipeline_{port}=wrong"},
        {"Cookie": "\x7f;;="},
        {"Host": "archive.example:{port}"},
        {"Host": "127.0.0.1"},
    ],
    ids=["no cookie", "wrong token", "no cookie at all", "another name", "another port"],
)
def test_nobody_else_is_answered(reader: Browser, path: str, headers: dict[str, str | None]) -> None:
    """Without the token, or under a name that somebody has pointed at this machine, nothing is told."""
    sent = {k: v and v.format(port=reader.server.port) for k, v in headers.items()}
    status, _, content = reader.ask(path, **sent)

    assert status == 403
    assert b"api" not in content


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": None}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec_Fetch_Site": "cross-site"}, 403),
        ({"Content_Type": "text/plain"}, 415),
        ({"Content_Type": "application/x-www-form-urlencoded"}, 415),
        ({"Content_Length": "99999999"}, 413),
    ],
)
def test_other_pages_cannot_save(reader: Browser, headers: dict[str, str | None], status: int) -> None:
    """Another origin, a form, a flood: refused, and no patch is written."""
    key = reader.key("chi-thi-100dpi")
    body = {"version": 0, "corrections": [], "checked": True}

    assert status == reader.ask(f"/api/documents/{key}", "POST", body, **headers)[0]
    assert reader.told(f"/api/documents/{key}")["version"] == 0


@pytest.mark.parametrize("path", ["/", "/app.js", "/api/queue", "/nowhere", "/../pyproject.toml"])
def test_every_answer_forbids_what_is_not_from_here(reader: Browser, path: str) -> None:
    """A policy without inline scripts, no sniffing, no frames, nothing kept by the reader."""
    _, headers, _ = reader.ask(path)

    assert "default-src 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert ("nosniff", "DENY", "no-store") == (
        headers["x-content-type-options"],
        headers["x-frame-options"],
        headers["cache-control"],
    )


def test_the_page_loads_nothing_from_elsewhere_and_writes_no_markup() -> None:
    """No address of another machine, no inline script or style, and no way to make markup out of a text."""
    page = (STATIC / "index.html").read_text(encoding="utf-8")
    scripts = "".join(p.read_text(encoding="utf-8") for p in STATIC.glob("*.js"))

    assert not re.search(r"https?:|//[a-z]", page + scripts.replace("// ", ""))
    assert not re.search(r"<script(?![^>]*src=)|<style|\son\w+=|style=", page)
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function", scripts)


# --- what is saved


def test_what_is_saved_is_signed_and_lies_beside_the_json(browser: Browser, folder: Path) -> None:
    """Who, when and which check come from the server; the document is then shown as corrected, and the queue counts it."""
    key = browser.key("chi-thi-100dpi")
    view = browser.told(f"/api/documents/{key}")
    said = {"page": 1, "field": "number", "before": None, "after": "11-CT/TU"}
    after = browser.told(f"/api/documents/{key}", "POST", {"version": view["version"], "corrections": [said], "checked": True})
    patch = load_patch(patch_path(folder / "chi-thi-100dpi.json"))
    assert patch
    (made,) = patch.corrections

    assert ("An", 1, "11-CT/TU") == (made.who, made.check, made.after)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", made.when)
    assert "11-CT/TU" in {f["value"] for f in after["fields"]}
    assert "number" not in {d["field"] for d in after["doubts"]}
    entry = next(e for e in browser.told("/api/queue")["documents"] if e["key"] == key)
    assert (True, 1, "11-CT/TU") == (entry["checked"], entry["corrections"], entry["number"])
    assert {r["wrong"] for r in browser.told("/api/rates") if r["field"] == "number"} == {1}


def test_two_who_save_at_once_do_not_overwrite_one_another(browser: Browser) -> None:
    """The second is told that what it saw is outdated."""
    key = browser.key("chi-thi-100dpi")
    body = {"version": 0, "corrections": [{"page": 1, "field": "place", "before": None, "after": "Huế"}]}
    browser.told(f"/api/documents/{key}", "POST", body)
    status, _, content = browser.ask(f"/api/documents/{key}", "POST", body)

    assert (409, {"error": "outdated"}) == (status, json.loads(content))


@pytest.mark.parametrize(
    "said",
    [
        {"page": 1, "field": "date", "before": None, "after": "2/6/2025"},
        {"page": 1, "field": "sha256", "before": None, "after": "x"},
        {"page": 1, "line": 999, "before": "a", "after": "b"},
        {"page": 9, "line": 1, "before": "a", "after": "b"},
        {"page": 1, "line": 1, "before": "a", "after": "b\nc"},
        {"page": 1, "line": 1, "before": "a", "after": None},
        {"page": 1, "line": 1, "span": [0, 9], "before": "a", "after": "b"},
        {"page": 1, "line": 1, "field": "date", "before": None, "after": None},
        {"page": 1, "before": "a", "after": "b"},
        {"page": 1, "line": 1, "before": "a", "after": "x" * 20_001},
        {"page": 1, "line": 1, "before": "a", "after": "b", "who": "somebody else"},
    ],
)
def test_what_cannot_be_a_correction_is_refused(reader: Browser, said: dict[str, Any]) -> None:
    """With a sentence, and nothing is saved."""
    key = reader.key("chi-thi-100dpi")
    status, _, content = reader.ask(f"/api/documents/{key}", "POST", {"version": 0, "corrections": [said]})

    assert status == 400
    assert json.loads(content)["error"]
    assert reader.told(f"/api/documents/{key}")["version"] == 0


def test_hostile_text_travels_as_text(tmp_path: Path, documents: dict[str, Document]) -> None:
    """Markup in a document is JSON text with the type of JSON, never part of the page."""
    hostile = "<script>alert(1)</script><img src=x onerror=alert(2)>"
    (tmp_path / "a.json").write_bytes(to_json(read_text(f"{hostile}\nQuyết định số 1/QĐ-UBND")))
    with _serving(ReviewServer(Shelf(tmp_path, who=hostile), None)) as browser:
        _, headers, content = browser.ask(f"/api/documents/{browser.key('a')}")
        assert headers["content-type"] == "application/json"
        assert hostile == json.loads(content)["pages"][0]["lines"][0]["text"]
        assert hostile.encode() not in browser.ask("/")[2]


def test_unknown_documents_and_pages_are_not_there(reader: Browser) -> None:
    """Keys lead to the documents of the shelf alone, and a text has no pages to show."""
    key = reader.key("cong-van-garbled")

    for path in ("/api/documents/%2e%2e%2fetc", "/api/documents/0000", f"/api/documents/{key}/pages/1"):
        assert reader.ask(path)[0] == 404
    assert reader.ask("/api/documents/0000", "POST", {"version": 0, "corrections": []})[0] == 404
    _, headers, content = reader.ask(f"/api/documents/{reader.key('chi-thi-100dpi')}/pages/1")
    assert ("image/jpeg", b"\xff\xd8") == (headers["content-type"], content[:2])


def test_a_damaged_patch_is_told_and_kept(browser: Browser, folder: Path) -> None:
    """The page says which file is wrong, and saving does not overwrite it."""
    key, path = browser.key("chi-thi-100dpi"), folder / "chi-thi-100dpi.corrections.json"
    path.write_text("{")

    assert "no patch" in json.loads(browser.ask(f"/api/documents/{key}")[2])["error"]
    assert browser.ask(f"/api/documents/{key}", "POST", {"version": 0, "corrections": []})[0] == 500
    assert path.read_text() == "{"


# --- words of the page


def test_both_languages_say_the_same_things() -> None:
    """The same keys in both, none empty; every key that the scripts and the page ask for is there."""
    messages = json.loads((STATIC / "messages.json").read_text(encoding="utf-8"))
    used = set(re.findall(r'say\("(\w+)"\)', "".join(p.read_text(encoding="utf-8") for p in STATIC.glob("*.js"))))
    used |= set(re.findall(r'data-say="(\w+)"', (STATIC / "index.html").read_text(encoding="utf-8")))

    assert messages["vi"].keys() == messages["en"].keys()
    assert all(text.strip() for texts in messages.values() for text in texts.values())
    assert used <= messages["vi"].keys()


def test_every_reason_for_doubt_has_words(documents: dict[str, Document]) -> None:
    """Each reason code that stands in the package is put into words in both languages."""
    package = STATIC.parents[1]
    sources = "".join(
        p.read_text(encoding="utf-8")
        for part in ("metadata", "references", "restoration", "review")
        for p in (package / part).glob("*.py")
    )
    reasons = set(
        re.findall(r'"((?:blank|handwritten|unreadable|doubtful|repaired|impossible|low|two)-[a-z]+|[a-z]+-mismatch)"', sources)
    )
    told = json.loads((STATIC / "messages.json").read_text(encoding="utf-8"))["vi"]

    assert len(reasons) > 12
    assert {d.reason for document in documents.values() for d in doubts_of(document, below=0.8)} <= reasons | {
        "missing",
        "inferred",
    }
    assert sorted(r for r in reasons if f"reason.{r}" not in told) == []


# --- the commands


def test_correct_writes_what_the_patches_make(folder: Path, tmp_path: Path, documents: dict[str, Document]) -> None:
    """Corrected documents and untouched ones, in the formats asked for, and the pairs for training."""
    document = documents["chi-thi-100dpi"]
    number = Correction(who="An", when="", page=1, field="number", before=None, after="11-CT/TU")
    line = document.pages[0].lines[0].text
    text = Correction(who="An", when="", page=1, line=1, before=line, after=f"{line} SỬA")
    patch = Patch(document=document.id, corrections=(number, text))
    save_patch(patch, patch_path(folder / "chi-thi-100dpi.json"))
    out, pairs = tmp_path / "corrected", tmp_path / "pairs.jsonl.xz"

    assert main(["correct", str(folder), "--out", str(out), "--pairs", str(pairs)]) == 0
    assert to_json(apply_patch(document, patch).document) == (out / "chi-thi-100dpi.json").read_bytes()
    assert "SỬA" in (out / "chi-thi-100dpi.txt").read_text(encoding="utf-8")
    assert to_json(documents["cong-van-garbled"]) == (out / "cong-van-garbled.json").read_bytes()
    assert pairs.stat().st_size > 0


def test_correct_tells_conflicts(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 1, and the place with what stands there; the output folder may not be the input."""
    stale = Correction(who="An", when="", page=1, field="place", before="Nơi khác", after="Huế")
    save_patch(Patch(document="x", corrections=(stale,)), patch_path(folder / "chi-thi-100dpi.json"))

    assert main(["correct", str(folder), "--out", str(tmp_path / "out")]) == 1
    assert "'Nơi khác' was to become 'Huế'" in capsys.readouterr().err
    assert main(["correct", str(folder), "--out", str(folder / "out")]) == UsageError.exit_code


def test_the_command_serves_until_it_is_stopped(folder: Path) -> None:
    """It prints the address, answers there, and ends with 0 when it is interrupted."""
    command = [sys.executable, "-m", "ocr_pipeline", "review", str(folder), "--sources", str(SCANS)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as running:
        assert running.stderr
        try:
            told = running.stderr.readline()
            port, token = re.search(r"3 documents; open http://127\.0\.0\.1:(\d+)/\?token=(\S+)", told).groups()  # type: ignore[union-attr]
            connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=30)
            connection.request("GET", "/api/queue", headers={"Cookie": f"ocr_pipeline_{port}={token}"})
            assert len(json.loads(connection.getresponse().read())["documents"]) == 3
            connection.close()
            running.send_signal(signal.SIGINT)
            assert running.wait(20) == 0
        finally:
            running.kill()


def test_without_its_libraries_the_command_says_what_to_install(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The optional part is named, and how to get it."""
    for name in [n for n in sys.modules if n.split(".")[0] == "uvicorn" or n.startswith("ocr_pipeline.review")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "uvicorn", None)

    assert main(["review", str(folder)]) == MissingDependency.exit_code
