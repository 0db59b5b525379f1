"""Searchable PDFs: the text is found again at its place, the images are untouched, the file is PDF/A."""

from __future__ import annotations

import html
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import ocrmypdf
import pikepdf
import pypdfium2
import pytest
import regex
from PIL import Image

from ocr_pipeline.cli import main
from ocr_pipeline.commands import pdf as pdf_command
from ocr_pipeline.corrections import Correction, Patch, save_patch
from ocr_pipeline.document import Box, Document, Line, Page, Word
from ocr_pipeline.errors import InputError, MissingDependency, OutputError, UnsupportedInput
from ocr_pipeline.exports import searchable_pdf
from ocr_pipeline.exports.pdf_preparation import prepare_pdf
from ocr_pipeline.exports.searchable_pdf import write_searchable_pdf
from ocr_pipeline.exports.text_layer import layer_lines
from ocr_pipeline.ocrmypdf_plugin import PAGES, RestoringEngine, get_ocr_engine, hocr
from ocr_pipeline.pipeline import read
from ocr_pipeline.recognition import choose_engine
from ocr_pipeline.settings import Settings
from tests.recording import SCANS, Replay

pytestmark = pytest.mark.skipif(not shutil.which("pdftotext"), reason="poppler-utils is not installed")
_WORD = regex.compile(r'<word xMin="([\d.-]+)" yMin="([\d.-]+)" xMax="([\d.-]+)" yMax="([\d.-]+)">(.*?)</word>')


def _read(name: str) -> tuple[Document, ...]:
    path = SCANS / name
    return read(path, engine=Replay(path.stem))


def _text(path: Path, *options: str) -> str:
    done = subprocess.run(["pdftotext", *options, str(path), "-"], capture_output=True, check=True)
    return done.stdout.decode("utf-8")


def _images(path: Path) -> list[bytes]:
    """The images of a PDF's pages as they are stored."""
    with pikepdf.open(path) as pdf:
        return [x.read_raw_bytes() for page in pdf.pages for x in page.resources.XObject.values() if x.Subtype == "/Image"]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, Document]]:
    """Samples as searchable PDFs: clean, leaning, an image file of two pages."""
    folder = tmp_path_factory.mktemp("pdf")
    results = {}
    for name in ("nghi-quyet-clean.pdf", "nghi-quyet-skewed.pdf", "quyet-dinh-clean.tif"):
        documents = _read(name)
        write_searchable_pdf(SCANS / name, documents, folder / f"{name}.pdf")
        results[name] = folder / f"{name}.pdf", documents[0]
    return results


def _page_words(document: Document) -> list[tuple[str, tuple[float, ...]]]:
    """The words of the first page with their boxes in points."""
    page = document.pages[0]
    scale = 72 / page.dpi
    words = [(line.text[w.start : w.end], w) for line in page.lines if line.zone not in ("seal", "noise") for w in line.words]
    return [(text, tuple(v * scale for v in (w.x0, w.y0, w.x1, w.y1))) for text, w in words]


@pytest.mark.parametrize("name", ["nghi-quyet-clean.pdf", "nghi-quyet-skewed.pdf"])
def test_pdftotext_finds_the_number_that_is_cited(made: dict[str, tuple[Path, Document]], name: str) -> None:
    """Extracted again, the text has the citation as it is printed, also on a page that leans."""
    assert "Nghị quyết số 57-NQ/TW" in " ".join(_text(made[name][0]).split())


@pytest.mark.parametrize("name", ["nghi-quyet-clean.pdf", "nghi-quyet-skewed.pdf", "quyet-dinh-clean.tif"])
def test_every_word_comes_back(made: dict[str, tuple[Path, Document]], name: str) -> None:
    """All words of all pages, whole, nothing else."""
    path, document = made[name]
    kept = [line.text for page in document.pages for line in page.lines if line.zone not in ("seal", "noise")]

    assert sorted(" ".join(kept).split()) == sorted(_text(path).split())


@pytest.mark.parametrize("name", ["nghi-quyet-clean.pdf", "nghi-quyet-skewed.pdf", "quyet-dinh-clean.tif"])
def test_selection_lies_on_the_words(made: dict[str, tuple[Path, Document]], name: str) -> None:
    """A word's box in the PDF covers the word's place on the page: left and right to 2 points, its middle inside."""
    path, document = made[name]
    found = [(html.unescape(text), *map(float, box)) for *box, text in _WORD.findall(_text(path, "-bbox", "-f", "1", "-l", "1"))]
    missed = []
    for text, (x0, y0, x1, y1) in _page_words(document):
        close = [f for f in found if f[0] == text and abs(f[1] - x0) <= 2 and abs(f[3] - x1) <= 2]
        tall = y1 - y0 if any(c.isalnum() for c in text) else 20
        if not any(f[2] <= (y0 + y1) / 2 <= f[4] and f[4] - f[2] < 3 * tall for f in close):
            missed.append((text, x0, y0))

    assert len(_page_words(document)) > 150
    assert missed == []


def test_images_are_untouched(made: dict[str, tuple[Path, Document]], tmp_path: Path) -> None:
    """The stored bytes of each page image are those of the original; a JPEG file goes in as it is."""
    for name in ("nghi-quyet-clean.pdf", "nghi-quyet-skewed.pdf"):
        assert _images(SCANS / name) == _images(made[name][0])
    write_searchable_pdf(SCANS / "to-trinh-office.jpg", _read("to-trinh-office.jpg"), tmp_path / "a.pdf")
    assert [(SCANS / "to-trinh-office.jpg").read_bytes()] == _images(tmp_path / "a.pdf")


def test_the_file_is_pdfa(made: dict[str, tuple[Path, Document]]) -> None:
    """It says so, has its colour profile, and embeds its fonts; the text is drawn unseen."""
    path, _ = made["quyet-dinh-clean.tif"]
    with pikepdf.open(path) as pdf:
        with pdf.open_metadata() as metadata:
            assert "2B" == metadata.pdfa_status
        assert "/OutputIntents" in pdf.Root
        assert 2 == len(pdf.pages)
        fonts = [o for o in pdf.objects if isinstance(o, pikepdf.Dictionary) and o.get("/Type") == "/FontDescriptor"]
        assert fonts
        assert all("/FontFile2" in font or "/FontFile3" in font for font in fonts)


# --- geometry


def _line(*words: tuple[str, float, float, float, float], zone: Any = "body") -> Line:
    text = " ".join(word for word, *_ in words)
    placed, start = [], 0
    for word, *box in words:
        placed.append(Word(start, start + len(word), *map(round, box), 0.9))
        start += len(word) + 1
    box = Box(*map(round, (words[0][1], words[0][2], words[-1][3], words[-1][4])))
    return Line(text=text, raw=text, words=tuple(placed), zone=zone, bbox=box)


def _page(*lines: Line) -> Page:
    return Page(number=1, source_page=1, width=1000, height=1400, dpi=120, lines=lines)


def test_boxes_follow_the_size_of_the_image() -> None:
    """Read at one resolution, drawn at another."""
    (line,) = layer_lines(_page(_line(("số", 100, 200, 140, 230))), 2000, 1400)

    assert [("số", 200, 200, 280, 230)] == [(w.text, w.x0, w.y0, w.x1, w.y1) for w in line.words]


def test_seals_and_noise_are_no_text() -> None:
    """A stamp is text, a seal is none."""
    page = _page(*(_line((zone, 1, 1, 9, 9), zone=zone) for zone in ("body", "stamp", "seal", "noise")))

    assert ["body", "stamp"] == [w.text for line in layer_lines(page, 1000, 1400) for w in line.words]


def test_words_that_restoration_merged_parted_or_made_are_whole() -> None:
    """Two boxes of one word are joined, a gap's letters go to the word before, a box of two words holds both."""
    line = _line(("Ng", 0, 0, 20, 20), ("hị", 25, 2, 45, 20), ("số", 50, 0, 70, 20), ("banhành", 80, 0, 150, 20))
    words = [line.words[0], line.words[1]._replace(start=0, end=4), line.words[2]._replace(start=5, end=7)]
    words.append(line.words[3]._replace(start=10, end=18))
    line = replace(line, text="Nghị số 5 ban hành", words=tuple(words))
    (found,) = layer_lines(_page(line), 1000, 1400)

    assert [("Nghị", 0, 45), ("số 5", 50, 70), ("ban hành", 80, 150)] == [(w.text, w.x0, w.x1) for w in found.words]


def test_lines_without_words_have_their_box() -> None:
    """Where words were left out of the JSON, the line as a whole is placed; without any box it is left out."""
    line = Line(text="Nơi nhận:", raw="", bbox=Box(10, 20, 90, 40))

    assert ["Nơi nhận:"] == [w.text for found in layer_lines(_page(line), 1000, 1400) for w in found.words]
    assert () == layer_lines(_page(replace(line, bbox=None)), 1000, 1400)
    assert () == layer_lines(replace(_page(line), width=0), 1000, 1400)


@pytest.mark.parametrize("slope", [-0.04, 0.03])
def test_leaning_lines_become_level_pieces(slope: float) -> None:
    """No piece leans by more than a part of its letters; words keep their places and order."""
    lines = [
        _line(*((f"từ{k}", 100 * k, y + slope * 100 * k, 100 * k + 80, y + 24 + slope * 100 * k) for k in range(9)))
        for y in (500, 540, 580)
    ]
    pieces = layer_lines(_page(*lines), 1000, 1400)

    assert len(pieces) > 9
    assert [f"từ{k}" for k in range(9)] * 3 == [w.text for piece in pieces for w in piece.words]
    assert all(abs(slope) * (piece.x1 - piece.x0) <= 0.15 * 24 or len(piece.words) == 1 for piece in pieces)
    assert all(piece.y1 - piece.y0 < 30 for piece in pieces)


def test_the_baseline_is_that_of_most_words() -> None:
    """Words with descenders reach below it."""
    words = [
        ("năm", 0, 10, 30, 30),
        ("ngày", 40, 10, 80, 36),
        ("tháng", 90, 10, 140, 36),
        ("của", 150, 10, 180, 30),
        ("in", 190, 10, 200, 30),
    ]
    (line,) = layer_lines(_page(_line(*words)), 1000, 1400)

    assert (36, -6) == (line.y1, line.intercept)


# --- the plug-in


def test_hocr_is_xml_with_words_and_boxes() -> None:
    """Signs of the text are escaped; every word has its box and confidence."""
    import xml.etree.ElementTree as ET  # what is parsed here was written by us

    page = _page(_line(("R&D", 10, 20, 60, 40), ("<số>", 70, 20, 120, 40)))
    tree = ET.fromstring(hocr(layer_lines(page, 1000, 1400), 1000, 1400))
    spans = {span.text: span.attrib["title"] for span in tree.iter() if span.attrib.get("class") == "ocrx_word"}

    assert {"R&D": "bbox 10 20 60 40; x_wconf 90", "<số>": "bbox 70 20 120 40; x_wconf 90"} == spans


def test_the_engine_is_ours_unless_another_is_named() -> None:
    """`--ocr-engine tesseract` and `none` keep their meaning; the languages that people type are taken."""
    options = ocrmypdf.OcrOptions(input_file=Path("a.pdf"), output_file=Path("b.pdf"))

    assert isinstance(get_ocr_engine(options), RestoringEngine)
    assert get_ocr_engine(options.model_copy(update={"ocr_engine": "none"})) is None
    assert {"vie", "eng"} <= RestoringEngine.languages(options)
    assert RestoringEngine.version() in str(RestoringEngine())


def test_a_renderer_that_needs_pages_of_ours_is_refused_at_once(tmp_path: Path) -> None:
    """OCRmyPDF says why and leaves, before a page is read and without a traceback."""
    ocrmypdf_command = [
        sys.executable,
        "-m",
        "ocrmypdf",
        "--plugin",
        "ocr_pipeline.ocrmypdf_plugin",
        "--pdf-renderer",
        "sandwich",
    ]
    done = subprocess.run(
        [*ocrmypdf_command, str(SCANS / "quyet-dinh-seal.pdf"), str(tmp_path / "out.pdf")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "--pdf-renderer sandwich" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out.pdf").exists()


def test_pages_read_before_are_handed_over(tmp_path: Path) -> None:
    """The page of that number, scaled to the image; its turn as it was found; a page unknown is empty."""
    Image.new("L", (500, 700), "white").save(tmp_path / "000001_ocr.png", dpi=(60, 60))
    page = replace(_page(_line(("số", 100, 200, 140, 230))), rotation=90)
    (tmp_path / "pages.json").write_bytes(msgspec.json.encode([page]))
    options = ocrmypdf.OcrOptions(input_file=Path("a.pdf"), output_file=Path("b.pdf"))
    options.extra_attrs[PAGES] = str(tmp_path / "pages.json")
    tree, text = RestoringEngine.generate_ocr(tmp_path / "000001_ocr.png", options, 0)
    RestoringEngine.generate_hocr(tmp_path / "000001_ocr.png", tmp_path / "a.hocr", tmp_path / "a.txt", options)

    assert ["số"] == [word.text for word in tree.words]
    assert (50, 100, 70, 115) == tuple(vars(tree.words[0].bbox).values())
    assert "số" == text == (tmp_path / "a.txt").read_text(encoding="utf-8")
    assert "bbox 50 100 70 115" in (tmp_path / "a.hocr").read_text(encoding="utf-8")
    assert 270 == RestoringEngine.get_orientation(tmp_path / "000001_ocr.png", options).angle
    assert [] == RestoringEngine.generate_ocr(tmp_path / "000001_ocr.png", options, 1)[0].words


@pytest.mark.parametrize(("laid", "rotation"), [("ROTATE_90", 90), ("ROTATE_180", 180), ("ROTATE_270", 270)])
def test_a_page_on_its_side_is_turned_with_its_words(laid: str, rotation: int, tmp_path: Path) -> None:
    """A scan lying on its side is shown upright; the words are on the upright page, the image's bytes are the same."""
    (document,) = _read("to-trinh-office.jpg")
    with Image.open(SCANS / "to-trinh-office.jpg") as image:
        image.transpose(Image.Transpose[laid]).save(tmp_path / "side.jpg", dpi=image.info["dpi"])
        upright = np.asarray(image.convert("L").resize((120, 170)), np.float64)
    turned = replace(document, pages=(replace(document.pages[0], rotation=rotation),))
    write_searchable_pdf(tmp_path / "side.jpg", (turned,), tmp_path / "a.pdf")
    found = {
        (html.unescape(t), round(float(x0) / 4), round(float(y1) / 12))
        for x0, _, _, y1, t in _WORD.findall(_text(tmp_path / "a.pdf", "-bbox"))
    }
    words = [(text, box) for text, box in _page_words(document) if len(text) > 3]
    near = [
        1
        for text, box in words
        if any(f[0] == text and abs(f[1] - box[0] / 4) <= 1 and abs(f[2] - box[3] / 12) <= 1.2 for f in found)
    ]

    assert [(tmp_path / "side.jpg").read_bytes()] == _images(tmp_path / "a.pdf")
    assert len(near) >= 0.95 * len(words)
    with pypdfium2.PdfDocument(tmp_path / "a.pdf") as pdf:
        shown = np.asarray(pdf[0].render().to_pil().convert("L").resize((120, 170)), np.float64)
    assert np.corrcoef(upright.ravel(), shown.ravel())[0, 1] > 0.8


@pytest.mark.tesseract
@pytest.mark.slow
def test_ocrmypdf_runs_with_the_plug_in(tmp_path: Path) -> None:
    """From the command line of OCRmyPDF itself, with real recognition."""
    try:
        choose_engine(Settings())
    except MissingDependency as error:
        pytest.skip(str(error))
    command = [sys.executable, "-m", "ocrmypdf", "--plugin", "ocr_pipeline.ocrmypdf_plugin", "-l", "vie", "--output-type", "pdf"]
    done = subprocess.run(
        [*command, str(SCANS / "chi-thi-100dpi.jpg"), str(tmp_path / "a.pdf")], capture_output=True, check=False
    )

    assert 0 == done.returncode, done.stderr.decode()
    assert "tìm kiếm cứu nạn" in " ".join(_text(tmp_path / "a.pdf").split())


# --- what is not made


def test_a_good_text_of_its_own_stays_alone(tmp_path: Path) -> None:
    """Nothing is laid beneath a page that was read from its own visible text."""
    pdf = tmp_path / "born.pdf"
    _born_digital(pdf)
    (document,) = _read("to-trinh-office.jpg")
    source = replace(document.source, media_type="application/pdf")
    born = replace(document, source=source, pages=(replace(document.pages[0], text_source="text-layer"),))

    assert 0 == write_searchable_pdf(pdf, (born,), tmp_path / "a.pdf", kind="pdf")
    assert "Plain text of its own" in _text(tmp_path / "a.pdf")
    legacy = replace(born, pages=(replace(born.pages[0], text_source="legacy-text-layer"),))
    assert write_searchable_pdf(pdf, (legacy,), tmp_path / "b.pdf", kind="pdf") > 100


def _born_digital(path: Path) -> None:
    """A page with text in a standard font that is not embedded."""
    pdf = pikepdf.new()
    page = pdf.add_blank_page(page_size=(595, 842))
    font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
    page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=pdf.make_indirect(font)))
    page.Contents = pdf.make_stream(b"BT /F1 24 Tf 72 700 Td (Plain text of its own) Tj ET")
    pdf.save(path)


def test_what_keeps_a_scan_from_the_archive_is_taken_out(tmp_path: Path) -> None:
    """An older unseen text with a font that is not embedded, an action, odd keys: gone, and the copy is PDF/A."""
    with pikepdf.open(SCANS / "huong-dan-100dpi.pdf") as pdf:
        font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
        for page in pdf.pages:
            page.resources.Font = pikepdf.Dictionary(F9=pdf.make_indirect(font))
            page.contents_add(b"BT 3 Tr /F9 12 Tf 72 72 Td (an older recognition) Tj ET", prepend=True)
        pdf.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")
        pdf.Root.ViewerPreferences = pikepdf.Dictionary(Type=pikepdf.Name.ViewerPreferences)
        pdf.save(tmp_path / "old.pdf")
    assert "an older recognition" in _text(tmp_path / "old.pdf")
    write_searchable_pdf(tmp_path / "old.pdf", _read("huong-dan-100dpi.pdf"), tmp_path / "a.pdf")

    assert "an older recognition" not in _text(tmp_path / "a.pdf")
    assert _images(SCANS / "huong-dan-100dpi.pdf") == _images(tmp_path / "a.pdf")
    with pikepdf.open(tmp_path / "a.pdf") as pdf, pdf.open_metadata() as metadata:
        assert "2B" == metadata.pdfa_status
        assert "/OpenAction" not in pdf.Root


def test_text_that_is_seen_stays_where_unseen_text_goes(tmp_path: Path) -> None:
    """How text is drawn is kept by q and given back by Q; in a text object of its own or in one with what is seen."""
    _born_digital(tmp_path / "born.pdf")
    with pikepdf.open(tmp_path / "born.pdf") as pdf:
        alone = b"q 3 Tr BT /F1 9 Tf 72 90 Td (one unseen) Tj ET Q "
        mixed = b"BT /F1 9 Tf 72 120 Td (two seen) Tj 3 Tr 0 30 Td (three unseen) Tj ET"
        pdf.pages[0].Contents = pdf.make_stream(alone + mixed)
        pdf.save(tmp_path / "mixed.pdf")
    prepare_pdf(tmp_path / "mixed.pdf", tmp_path / "a.pdf", drop_signatures=False)

    assert ["two seen"] == [line for line in _text(tmp_path / "a.pdf").splitlines() if line.strip("\f")]


def test_what_cannot_become_pdfa_is_said(tmp_path: Path) -> None:
    """Without the fonts of its own text a PDF cannot; the message tells what can be done."""
    _born_digital(tmp_path / "born.pdf")
    (document,) = _read("to-trinh-office.jpg")
    born = replace(document, source=replace(document.source, media_type="application/pdf"))

    with pytest.raises(InputError, match="--kind pdf"):
        write_searchable_pdf(tmp_path / "born.pdf", (born,), tmp_path / "a.pdf")
    assert not (tmp_path / "a.pdf").exists()


def test_signed_files_are_left_alone_unless_asked(tmp_path: Path) -> None:
    """A text layer breaks a signature: refused with the way out."""
    with pikepdf.open(SCANS / "huong-dan-100dpi.pdf") as pdf:
        field = pikepdf.Dictionary(FT=pikepdf.Name.Sig, T="Signature1", V=pikepdf.Dictionary(Type=pikepdf.Name.Sig))
        pdf.Root.AcroForm = pikepdf.Dictionary(SigFlags=3, Fields=[pdf.make_indirect(field)])
        pdf.save(tmp_path / "signed.pdf")
    documents = _read("huong-dan-100dpi.pdf")

    with pytest.raises(InputError, match="--drop-signatures"):
        write_searchable_pdf(tmp_path / "signed.pdf", documents, tmp_path / "a.pdf")
    assert write_searchable_pdf(tmp_path / "signed.pdf", documents, tmp_path / "a.pdf", drop_signatures=True) > 100


def test_text_has_no_page_to_show(tmp_path: Path) -> None:
    """A text file is refused, and so is a folder where a file should be written."""
    with pytest.raises(UnsupportedInput, match="no page image"):
        write_searchable_pdf(SCANS / "cong-van-garbled.txt", read(SCANS / "cong-van-garbled.txt"), tmp_path / "a.pdf")
    (tmp_path / "b.pdf").mkdir()
    with pytest.raises(OutputError, match="--out"):
        write_searchable_pdf(SCANS / "to-trinh-office.jpg", _read("to-trinh-office.jpg"), tmp_path / "b.pdf")


def test_transparent_images_are_laid_on_paper(tmp_path: Path) -> None:
    """PDF/A has no use for transparency."""
    with Image.open(SCANS / "to-trinh-office.jpg") as image:
        clear = image.convert("RGBA")
    clear.putpixel((0, 0), (0, 0, 0, 0))
    clear.save(tmp_path / "clear.png")

    assert write_searchable_pdf(tmp_path / "clear.png", _read("to-trinh-office.jpg"), tmp_path / "a.pdf") > 100
    assert "63/TTr-UBND" in _text(tmp_path / "a.pdf")


def test_without_ocrmypdf_the_command_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An optional extra: its absence is a message, no traceback."""

    def absent(name: str) -> Any:
        raise ModuleNotFoundError(f"No module named {name!r}")

    monkeypatch.setattr(searchable_pdf.importlib, "import_module", absent)

    assert MissingDependency.exit_code == main_pdf("a.pdf")
    assert "pip install 'ocr_pipeline[pdf]'" in capsys.readouterr().err


def main_pdf(*arguments: str) -> int:
    """The command without the loader of commands, which is patched above."""
    from argparse import Namespace

    from ocr_pipeline.errors import OcrPipelineError

    try:
        return pdf_command.run(Namespace(inputs=[Path(a) for a in arguments]), Settings())
    except OcrPipelineError as error:
        print(error, file=sys.stderr)
        return error.exit_code


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A PDF a file in the folder's shape; secret documents withheld; text in a folder passed over, a damaged file told."""
    folder = tmp_path / "in"
    (folder / "hoso").mkdir(parents=True)
    shutil.copy(SCANS / "to-trinh-office.jpg", folder / "hoso" / "1.jpg")
    shutil.copy(SCANS / "to-trinh-office.jpg", folder / "2.jpg")
    (folder / "notes.txt").write_text("ghi chú", encoding="utf-8")
    (folder / "3.pdf").write_bytes(b"%PDF-1.4 broken")
    monkeypatch.setattr(pdf_command, "_engine", lambda _: Replay("to-trinh-office"))
    monkeypatch.setattr(pdf_command, "secrecy_of", lambda document, _: "MẬT" if document.source.name == "2.jpg" else None)

    assert 1 == main(["pdf", str(folder), "--out", str(tmp_path / "out")])
    said = capsys.readouterr().err
    assert ["hoso/1.pdf"] == [p.relative_to(tmp_path / "out").as_posix() for p in (tmp_path / "out").rglob("*.pdf")]
    assert "2.jpg: withheld" in said
    assert "3.pdf: failed" in said
    assert "notes.txt" not in said
    assert "3 files, 1 with problems" in said


def test_what_a_person_corrected_is_in_the_pdf(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The patch beside the results is applied to what is read for the PDF; what holds no longer is told."""
    source = tmp_path / "to-trinh-office.jpg"
    shutil.copy(SCANS / source.name, source)
    document = _read(source.name)[0]
    line = next(n for n, one in enumerate(document.pages[0].lines, 1) if len(one.words) > 4)
    before = document.pages[0].lines[line - 1].text
    made = [
        Correction(who="An", when="2026-11-28T08:00:00Z", page=1, line=line, before=before, after=f"Chữ-vừa-sửa {before}"),
        Correction(who="An", when="2026-11-28T08:00:00Z", page=1, line=line + 1, before="never there", after="x"),
    ]
    (tmp_path / "results").mkdir()
    save_patch(Patch(document=document.id, corrections=tuple(made)), tmp_path / "results" / "a.corrections.json")
    monkeypatch.setattr(pdf_command, "_engine", lambda _: Replay("to-trinh-office"))

    arguments = ["pdf", str(source), "--out", str(tmp_path / "out"), "--corrections", str(tmp_path / "results")]
    assert main(arguments) == 0
    assert "Chữ-vừa-sửa" in _text(tmp_path / "out" / "to-trinh-office.pdf")
    assert "1 corrections hold no longer" in capsys.readouterr().err
