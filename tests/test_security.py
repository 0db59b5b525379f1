"""What SECURITY.md promises: bad input harms nobody, nothing leaves the house, marked documents are treated as marked."""

from __future__ import annotations

import ast
import os
import shutil
import socket
import stat
import struct
import tempfile
import time
import unicodedata
import zlib
from collections.abc import Iterator
from pathlib import Path

import pikepdf
import pytest
from scribe import FORMATS, Inline, drawing, recipe, results, run, write_pdf, write_tiff

from ocr_pipeline.batch import collect_jobs
from ocr_pipeline.batch.messages import Opened, PageRead, ReadPages
from ocr_pipeline.batch.planning import digest_of
from ocr_pipeline.batch.worker import Desk
from ocr_pipeline.composition import text_page
from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.document import Line, Page
from ocr_pipeline.errors import MissingDependency, OutputError, SecretDocument
from ocr_pipeline.recognition import Engine
from ocr_pipeline.secrecy import Secrecy, gravest, mark_of
from ocr_pipeline.settings import Settings

PACKAGE = Path(__file__).resolve().parents[1] / "ocr_pipeline"
EVERY_FORMAT = ("json", "txt", "jsonl")
GOOD = "lành.pdf"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one sound file."""
    write_pdf(tmp_path / "in" / GOOD, [3])
    return tmp_path / "in"


def _told(folder: Path, settings: Settings | None = None) -> dict[str, str]:
    """What became of each file but the sound one, which must have come out."""
    outcomes = run([folder], folder.parent / "out", Inline(recipe(settings)), settings=settings)
    states = {o.job.path.name: o.state for o in outcomes}
    assert "done" == states.pop(GOOD)
    return {o.job.path.name: o.reason or "; ".join(o.problems) or o.state for o in outcomes if o.job.path.name != GOOD}


def _png(width: int, height: int, data: bytes) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def _thick_pdf(pages: int) -> bytes:
    """So many empty pages."""
    kids = " ".join(f"{3 + i} 0 R" for i in range(pages))
    bodies = ["<</Type/Catalog/Pages 2 0 R>>", f"<</Type/Pages/Count {pages}/Kids[{kids}]/MediaBox[0 0 100 100]>>"]
    bodies += ["<</Type/Page/Parent 2 0 R>>"] * pages
    parts, starts, at = ["%PDF-1.4\n"], [], 9
    for number, body in enumerate(bodies, 1):
        parts.append(f"{number} 0 obj{body}endobj\n")
        starts.append(at)
        at += len(parts[-1])
    table = "".join(f"{start:010} 00000 n \n" for start in starts)
    size = len(bodies) + 1
    end = f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer<</Size {size}/Root 1 0 R>>\nstartxref\n{at}\n%%EOF"
    return "".join([*parts, end]).encode()


# --- bad input


def test_encrypted_truncated_empty_and_misnamed_files(folder: Path) -> None:
    """Each is told by its own reason; a picture called .pdf is read as what it is."""
    whole = (folder / GOOD).read_bytes()
    with pikepdf.open(folder / GOOD) as pdf:
        pdf.save(folder / "khoá.pdf", encryption=pikepdf.Encryption(owner="a", user="b"))
    (folder / "cụt.pdf").write_bytes(whole[: len(whole) // 4])
    (folder / "rỗng.pdf").write_bytes(b"")
    with pikepdf.new() as pdf:
        pdf.save(folder / "không trang.pdf")
    drawing(4).save(folder / "ảnh.pdf", "PNG")
    (folder / "nhị phân.txt").write_bytes(bytes(range(256)))

    told = _told(folder)
    assert "needs a password" in told["khoá.pdf"]
    assert "damaged PDF" in told["cụt.pdf"]
    assert "is empty" in told["rỗng.pdf"]
    assert "has no pages" in told["không trang.pdf"] or "damaged PDF" in told["không trang.pdf"]
    assert "done" == told["ảnh.pdf"]
    assert "nor text" in told["nhị phân.txt"]


def test_images_that_claim_too_much(folder: Path) -> None:
    """A hundred thousand pixels each way, a bomb of zeros, a strip that is only long: refused, or read in bounded memory."""
    (folder / "to.png").write_bytes(_png(100_000, 100_000, zlib.compress(bytes(1000))))
    (folder / "bom.png").write_bytes(_png(30_000, 30_000, zlib.compress(bytes(30_000 * 3_000), 9)))
    (folder / "dài.png").write_bytes(_png(100_000, 20, zlib.compress(b"\xff" * (100_001 * 20))))

    told = _told(folder)
    assert "pixels" in told["to.png"]
    assert "pixels" in told["bom.png"]
    assert told["dài.png"] in ("done",) or "page 1" in told["dài.png"]


def test_a_pdf_whose_image_unpacks_to_gigabytes(folder: Path) -> None:
    """The size that the image claims is looked at before it is unpacked."""
    with pikepdf.new() as pdf:
        page = pdf.add_blank_page(page_size=(595, 842))
        image = pikepdf.Stream(pdf, zlib.compress(bytes(50_000_000), 9))
        image.Type, image.Subtype = pikepdf.Name.XObject, pikepdf.Name.Image
        image.Width, image.Height, image.BitsPerComponent = 60_000, 60_000, 8
        image.ColorSpace, image.Filter = pikepdf.Name.DeviceGray, pikepdf.Name.FlateDecode
        page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im0=image))
        page.Contents = pikepdf.Stream(pdf, b"q 595 0 0 842 0 0 cm /Im0 Do Q")
        pdf.save(folder / "bom.pdf")

    assert "3,600,000,000 pixels" in _told(folder)["bom.pdf"]


def test_objects_that_hold_themselves_or_nest_without_end(folder: Path) -> None:
    """A page tree that is its own child, a form that draws itself, ten thousand arrays in one another."""
    for name in ("cây", "hình", "mảng"):
        with pikepdf.new() as pdf:
            page = pdf.add_blank_page(page_size=(200, 200))
            if name == "cây":
                pdf.Root.Pages.Kids.append(pdf.Root.Pages)
                pdf.Root.Pages.Count = 1000
            if name == "hình":
                form = pikepdf.Stream(pdf, b"/F Do")
                form.Type, form.Subtype, form.BBox = pikepdf.Name.XObject, pikepdf.Name.Form, [0, 0, 200, 200]
                form.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(F=form))
                page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(F=form))
                page.Contents = pikepdf.Stream(pdf, b"/F Do")
            if name == "mảng":
                page.Contents = pikepdf.Stream(pdf, b"[" * 10_000 + b"]" * 10_000 + b" TJ")
            pdf.save(folder / f"{name}.pdf", static_id=True)

    told = _told(folder, Settings(page_timeout=20.0))
    assert {"cây.pdf", "hình.pdf", "mảng.pdf"} == set(told)
    assert all(what == "done" or "page" in what or "damaged" in what for what in told.values())


def test_a_pdf_of_ten_thousand_pages(folder: Path) -> None:
    """Its last pages are read without the others; beyond the limit it is refused."""
    path = folder / "dày.pdf"
    path.write_bytes(_thick_pdf(10_000))
    sha256, _ = digest_of(path)
    desk = Desk(recipe())
    started = time.monotonic()
    answers = list(desk.answers(ReadPages(path=path, shown_path="", sha256=sha256, first=9_999, last=10_006)))
    desk.close()

    assert [10_000] == [a.pages for a in answers if isinstance(a, Opened)]
    assert [9_999, 10_000] == [a.number for a in answers if isinstance(a, PageRead)]
    assert time.monotonic() - started < 30
    assert "has 10000 pages" in _told(folder, Settings(max_pages=9_999))["dày.pdf"]


def test_names_of_every_kind(folder: Path) -> None:
    """Spaces, line breaks, what a shell would take for commands, both Unicode forms, bytes that are no text: all come out."""
    composed, parted = (unicodedata.normalize(form, "Đảng uỷ.pdf") for form in ("NFC", "NFD"))
    names = [composed, parted, "a b.pdf", "a\nb.pdf", "$(touch x).pdf", "-o.pdf", "'; rm -rf *.pdf", "A.pdf", "a.pdf", "a.2.pdf"]
    for name in (*names, os.fsdecode(b"c\xf4ng v\x83n.pdf")):
        shutil.copy(folder / GOOD, folder / name)

    told = _told(folder)
    made = results(folder.parent / "out")
    assert {"done"} == set(told.values())
    assert 2 * (len(told) + 1) == len(made)
    assert sorted(p.name for p in folder.parent.iterdir()) == ["in", "out"]
    assert not (folder.parent / "x").exists()


def test_the_same_name_in_different_folders(folder: Path) -> None:
    """Each keeps its folder."""
    write_pdf(folder / "một" / "a.pdf", [3])
    write_pdf(folder / "hai" / "a.pdf", [4])

    assert {"done"} == set(_told(folder).values())
    out = results(folder.parent / "out")
    assert "Tờ số 4\n" == out["hai/a.txt"].decode()
    assert "Tờ số 3\n" == out["một/a.txt"].decode()


@pytest.fixture
def as_nobody() -> Iterator[Path]:
    """A folder of root's that is open to all, and the rights of a user who may do little; skips where that cannot be had."""
    if os.name != "posix" or os.geteuid() != 0:
        pytest.skip("only root can take on another user's rights")
    place = Path(tempfile.mkdtemp())
    place.chmod(0o755)
    yield place
    os.seteuid(0)
    shutil.rmtree(place)


def test_folders_and_files_that_may_not_be_read(as_nobody: Path) -> None:
    """They are told as failed and not passed over in silence."""
    write_pdf(as_nobody / "in" / GOOD, [3])
    write_pdf(as_nobody / "in" / "kín" / "a.pdf", [3])
    write_pdf(as_nobody / "in" / "b.pdf", [3])
    (as_nobody / "out").mkdir()
    (as_nobody / "out").chmod(0o777)
    (as_nobody / "in" / "kín").chmod(0)
    (as_nobody / "in" / "b.pdf").chmod(stat.S_IWUSR)
    os.seteuid(65534)

    told = _told(as_nobody / "in")
    assert "cannot be listed" in told["kín"]
    assert "Permission denied" in told["b.pdf"]


def test_an_output_folder_that_is_read_only(as_nobody: Path) -> None:
    """One error before any work, with what to do."""
    write_pdf(as_nobody / "in" / GOOD, [3])
    (as_nobody / "out").mkdir()
    os.seteuid(65534)

    with pytest.raises(OutputError, match="cannot be written"):
        run([as_nobody / "in"], as_nobody / "out", Inline(recipe()))


def _without_models(settings: Settings) -> Engine:
    raise MissingDependency("Tesseract has no Vietnamese data", remedy="Install tesseract-ocr-vie.")


def test_without_language_data_texts_are_read_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files that need recognition fail with what to install, the others come out."""
    monkeypatch.setattr("ocr_pipeline.pipeline.choose_engine", _without_models)
    broken = recipe()
    object.__setattr__(broken, "make_engine", _without_models)
    write_tiff(tmp_path / "in" / "a.tif", [3])
    (tmp_path / "in" / "b.txt").write_text("Số: 05/QĐ-UBND\n", encoding="utf-8")

    first, second = run([tmp_path / "in"], tmp_path / "out", Inline(broken))
    assert ("failed", "done") == (first.state, second.state)
    assert "Install tesseract-ocr-vie" in str(first.reason)


def test_a_clock_that_jumps_changes_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock serves for display alone; limits are measured by one that cannot be put back."""
    run([folder], folder.parent / "calm", Inline(recipe()))
    jumping = iter(range(2_000_000_000, 0, -10_000_000))
    monkeypatch.setattr(time, "time", lambda: float(next(jumping)))
    assert {} == _told(folder)

    assert results(folder.parent / "calm") == results(folder.parent / "out")


# --- nothing gets out


def test_no_module_talks_to_a_network_or_a_shell() -> None:
    """No import of network modules, no shell, no evaluation of text, no pickle."""
    network = {"socket", "ssl", "http", "urllib", "ftplib", "smtplib", "asyncio", "requests", "httpx", "xmlrpc", "telnetlib"}
    unsafe = {"pickle", "marshal", "shelve", "dill"}
    for path in PACKAGE.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            names = {a.name.split(".")[0] for a in node.names} if isinstance(node, ast.Import) else set()
            names |= {(node.module or "").split(".")[0]} if isinstance(node, ast.ImportFrom) else set()
            assert not names & (network | unsafe) or path.relative_to(PACKAGE).parts[0] in ALLOWED, f"{path.name}: {names}"
            if isinstance(node, ast.Call):
                owner = getattr(getattr(node.func, "value", None), "id", "")
                called = ".".join(filter(None, (owner, getattr(node.func, "attr", getattr(node.func, "id", "")))))
                assert called not in {"os.system", "os.popen", "eval", "exec"}, f"{path.name}: {called}"
                assert not any(k.arg == "shell" for k in node.keywords), f"{path.name}: {called} with a shell"


# The page of corrections is served to the browser on the same machine.
ALLOWED = {"review"}


def test_a_run_opens_no_connection(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With sockets of the internet forbidden everything goes on as before."""

    def refuse(*arguments: object, **_: object) -> None:
        raise AssertionError(f"a socket was asked for: {arguments}")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    assert {} == _told(folder)


def test_inputs_are_not_touched(folder: Path) -> None:
    """Content, time and rights of the inputs are what they were."""
    (folder / "a.txt").write_text("Số: 05/QĐ-UBND\n", encoding="utf-8")
    before = {p: (p.read_bytes(), p.stat().st_mtime_ns, p.stat().st_mode) for p in folder.iterdir()}
    _told(folder)

    assert before == {p: (p.read_bytes(), p.stat().st_mtime_ns, p.stat().st_mode) for p in folder.iterdir()}


def test_nothing_is_written_through_a_link(folder: Path, tmp_path: Path) -> None:
    """A link in the output folder that leads elsewhere costs the files that would follow it."""
    write_pdf(folder / "hộp" / "a.pdf", [3])
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "hộp").symlink_to(tmp_path / "elsewhere")

    assert "lies outside" in _told(folder)["a.pdf"]
    assert [] == list((tmp_path / "elsewhere").iterdir())


def test_every_name_stays_below_the_output_folder(folder: Path) -> None:
    """Whatever a file is called, and through whatever path it is named."""
    shutil.copy(folder / GOOD, folder / "...pdf")
    shutil.copy(folder / GOOD, folder / "..%2f..%2fa.pdf")
    shutil.copy(folder / GOOD, folder.parent / "..%2fb.pdf")
    out = folder.parent / "out"

    jobs = collect_jobs([folder, folder / ".." / "..%2fb.pdf"], out / ".." / "out")
    assert all(j.stem.resolve().is_relative_to(out.resolve()) for j in jobs)


# --- secrecy


@pytest.mark.parametrize(
    ("line", "mark"),
    [
        ("TUYỆT MẬT", "TUYỆT MẬT"),
        ("TUYET MAT", "TUYỆT MẬT"),
        ("TUYỆT MẠT", "TUYỆT MẬT"),
        ("( TỐI MẬT )", "TỐI MẬT"),
        ("Độ mật: MẬT", None),
        ("ĐỘ MẬT: MẬT", "MẬT"),
        ("MẬT", "MẬT"),
        ("MẶT", None),
        ("MAT", None),
        ("Mật", None),
        ("BẢO MẬT", None),
        ("Tài liệu TUYỆT MẬT phải được bảo quản riêng", None),
        ("TUYẾN MỘT", None),
    ],
)
def test_marks_are_recognised(line: str, mark: str | None) -> None:
    """Damaged long marks count, other words do not, nor does a mark within a sentence."""
    page = text_page(1, f"UBND TỈNH A\n{line}\nSố: 05/BC-UBND")

    assert mark == mark_of(page, Dictionaries.load())


def test_marks_in_stamps_and_on_later_pages() -> None:
    """A stamp counts wherever it stands; the text of a later page only at its head."""
    lines = tuple(Line(text=f"dòng {i}", raw=f"dòng {i}") for i in range(60))
    stamp, printed = Line(text="TỐI MẬT", raw="TỐI MẬT", zone="stamp"), Line(text="TỐI MẬT", raw="TỐI MẬT")

    def page(number: int, *more: Line) -> Page:
        return Page(number=number, source_page=number, width=0, height=0, dpi=0, lines=(*lines, *more))

    dictionaries = Dictionaries.load()
    assert "TỐI MẬT" == mark_of(page(3, stamp), dictionaries)
    assert None is mark_of(page(3, printed), dictionaries)
    assert "TUYỆT MẬT" == gravest(["MẬT", None, "TUYỆT MẬT", "TỐI MẬT"], dictionaries)


@pytest.fixture
def marked(tmp_path: Path) -> Path:
    """A text without mark, and one with each; the gravest also as a scan whose second task bears it."""
    for name, mark in (("a", ""), ("b", "MẬT"), ("c", "TỐI MẬT"), ("d", "TUYỆT MẬT")):
        path = tmp_path / "in" / f"{name}.txt"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"UBND TỈNH A\n{mark}\nSố: 05/BC-UBND\nchuyện riêng của {name}\n", encoding="utf-8")
    write_pdf(tmp_path / "in" / "e.pdf", [*range(3, 15), 40])
    return tmp_path / "in"


MARKS = {40: "TUYỆT MẬT", 5: "chuyện riêng của e"}


def _everything(out: Path) -> bytes:
    return b"".join(p.read_bytes() for p in sorted(out.rglob("*")) if p.is_file())


@pytest.mark.parametrize(
    ("secrecy", "written", "indexed"),
    [
        (Secrecy(), "abc", "a"),
        (Secrecy(on_secret="skip"), "a", "a"),
        (Secrecy(include=True), "abcde", "abcde"),
        (Secrecy(on_secret="skip", include=True), "a", "a"),
    ],
)
def test_marked_documents_are_treated_as_marked(
    marked: Path, tmp_path: Path, secrecy: Secrecy, written: str, indexed: str
) -> None:
    """What is withheld has an entry in the ledger, and no byte of its text is anywhere below the output folder."""
    out = tmp_path / "out"
    pool = Inline(recipe(secrecy=secrecy, formats=EVERY_FORMAT, marks=MARKS))
    outcomes = run([marked], out, pool, secrecy=secrecy, formats=EVERY_FORMAT)

    made = results(out)
    assert list(written) == sorted(name[0] for name in made if name.endswith(".json"))
    assert list(indexed) == sorted(name[0] for name in made if name.endswith(".jsonl"))
    assert [None, "MẬT", "TỐI MẬT", "TUYỆT MẬT", "TUYỆT MẬT"] == [o.secrecy for o in outcomes]
    assert all(o.succeeded for o in outcomes)
    kept = _everything(out)
    for name in set("abcde") - set(written):
        assert f"riêng của {name}".encode() not in kept


def test_the_mark_of_a_stamp_is_in_the_metadata(marked: Path, tmp_path: Path) -> None:
    """What is written with its mark says so."""
    run([marked], tmp_path / "out", Inline(recipe(marks=MARKS)))

    assert b'"secrecy":"T\xe1\xbb\x90I M\xe1\xba\xacT"' in (tmp_path / "out" / "c.json").read_bytes().replace(b'": "', b'":"')


def test_a_run_can_stop_at_a_mark(marked: Path, tmp_path: Path) -> None:
    """The error names the file, nothing of it is written, what came before is kept; without the file the run goes on."""
    stop = Secrecy(on_secret="stop")
    with pytest.raises(SecretDocument, match=r"b\.txt is marked MẬT"):
        run([marked], tmp_path / "out", Inline(recipe(secrecy=stop)), secrecy=stop)

    assert not (tmp_path / "out" / "b.json").exists()
    assert set(FORMATS) == {"json", "txt"}


def test_results_of_before_go_when_a_mark_is_to_be_skipped(marked: Path, tmp_path: Path) -> None:
    """Read again with --on-secret skip, a marked document's earlier results are taken away."""
    run([marked], tmp_path / "out", Inline(recipe(marks=MARKS)))
    skip = Secrecy(on_secret="skip")
    run([marked], tmp_path / "out", Inline(recipe(secrecy=skip, marks=MARKS)), secrecy=skip, redo="all")

    assert ["a.json", "a.txt"] == sorted(results(tmp_path / "out"))
