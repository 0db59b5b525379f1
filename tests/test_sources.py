"""Files become pages: what a file is, what is taken from it, and how bad input is told."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pikepdf
import pytest
from PIL import Image, ImageDraw

from ocr_pipeline.errors import DamagedInput, EncryptedInput, InputError, InputTooLarge, UnsupportedInput
from ocr_pipeline.plain_text import decode_text
from ocr_pipeline.settings import Settings
from ocr_pipeline.sources import PageImage, open_source

SETTINGS = Settings()
A4 = (595, 842)
_CONTENT = "BT /F1 12 Tf 72 700 Td ({}) Tj ET"


def _page_picture(size: tuple[int, int] = (620, 877), mode: str = "L") -> Image.Image:
    image = Image.new(mode, size, "white" if mode != "1" else 1)
    ImageDraw.Draw(image).rectangle((100, 100, 300, 140), fill=0 if mode in ("1", "L") else (200, 20, 30))
    return image


def _image_pdf(path: Path, pages: int = 1, mode: str = "RGB") -> Path:
    pictures = [_page_picture(mode=mode) for _ in range(pages)]
    pictures[0].save(path, "PDF", resolution=75, save_all=True, append_images=pictures[1:])
    return path


def _text_pdf(path: Path, *lines: str, password: str = "") -> Path:
    """A born-digital page with one line of Helvetica a string."""
    with pikepdf.new() as pdf:
        page = pdf.add_blank_page(page_size=A4)
        page.Resources = pikepdf.Dictionary(
            Font=pikepdf.Dictionary(
                F1=pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
            )
        )
        content = "\n".join(f"BT /F1 12 Tf 72 {700 - 20 * i} Td ({line}) Tj ET" for i, line in enumerate(lines))
        page.Contents = pdf.make_stream(content.encode("latin-1"))
        pdf.save(path, encryption=pikepdf.Encryption(owner=password, user=password) if password else False)
    return path


def _images(path: Path, settings: Settings = SETTINGS) -> list[PageImage]:
    with open_source(path, settings) as source:
        return [page.image() for page in source.pages()]


def test_a_scanned_page_is_taken_as_it_is(tmp_path: Path) -> None:
    """The embedded image comes out pixel by pixel, at the resolution that its size on the page gives it."""
    ((pixels, dpi),) = _images(_image_pdf(tmp_path / "scan.pdf"))

    assert (877, 620, 3) == pixels.shape
    assert 75 == dpi
    assert pixels[120, 200, 2] > 150 > pixels[120, 200, 0]


def test_a_bilevel_scan_keeps_black_on_white(tmp_path: Path) -> None:
    """One bit a pixel, whichever of the two values is black."""
    for turned in (False, True):
        picture = _page_picture(mode="1")
        path = tmp_path / f"{turned}.pdf"
        picture.save(path, "PDF", resolution=75)
        if turned:
            with pikepdf.open(path, allow_overwriting_input=True) as pdf:
                image = next(iter(pdf.pages[0].Resources.XObject.values()))
                image.Decode = pikepdf.Array([1, 0] if list(image.get("/Decode", [0, 1])) == [0, 1] else [0, 1])
                pdf.save(path)
        ((pixels, _),) = _images(path)
        inside, outside = pixels[120, 200].mean(), pixels[400, 400].mean()
        assert (inside > outside) == turned


def test_a_turned_page_is_turned_with_its_page(tmp_path: Path) -> None:
    """The page's own /Rotate holds for the image taken from it."""
    path = _image_pdf(tmp_path / "scan.pdf")
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        pdf.pages[0].Rotate = 90
        pdf.save(path)

    ((pixels, _),) = _images(path)

    assert (620, 877) == pixels.shape[:2]
    assert pixels[200, 877 - 120, 2] > 150 > pixels[200, 877 - 120, 0]


def test_a_drawn_page_is_rasterised_and_gives_its_words(tmp_path: Path) -> None:
    """A page that is no single image is drawn at the resolution of the settings; its words lie where their ink is."""
    path = _text_pdf(tmp_path / "text.pdf", "Hello archive", "second line")
    with open_source(path, replace(SETTINGS, dpi=150)) as source:
        for page in source.pages():
            image = page.image()
            words = {w.text: w.box for w in page.layer}
            assert page.glance
            glance = page.glance()

    assert 150 == image.dpi
    assert {"Hello", "archive", "second", "line"} == set(words)
    box = words["Hello"]
    assert image.pixels[box.y0 : box.y1, box.x0 : box.x1].min() < 100
    assert image.pixels.shape[0] == pytest.approx(glance.pixels.shape[0] * 2, abs=2)


def test_what_is_laid_over_a_page_is_told_apart(tmp_path: Path) -> None:
    """An annotation's text comes as a stamp, not as the page's own."""
    path = _text_pdf(tmp_path / "signed.pdf", "So:   /QD")
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        font = pdf.pages[0].Resources.Font
        shown = pdf.make_stream(b"BT /F1 12 Tf 0 2 Td (5778) Tj ET")
        form = {"/Type": pikepdf.Name.XObject, "/Subtype": pikepdf.Name.Form, "/BBox": [0, 0, 40, 15]}
        for key, value in {**form, "/Resources": pikepdf.Dictionary(Font=font)}.items():
            shown[key] = value
        note = pikepdf.Dictionary(
            Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Stamp, Rect=[95, 698, 135, 713], F=4,
            AP=pikepdf.Dictionary(N=pdf.make_indirect(shown)),
        )  # fmt: skip
        pdf.pages[0].Annots = pikepdf.Array([pdf.make_indirect(note)])
        pdf.save(path)
    before = path.read_bytes()
    with open_source(path, SETTINGS) as source:
        (page,) = source.pages()
        stamps, layer = page.stamps, page.layer

    assert ["5778"] == [w.text for w in stamps]
    assert "5778" not in {w.text for w in layer}
    assert before == path.read_bytes()


def test_every_page_of_a_tiff_comes_out(tmp_path: Path) -> None:
    """Multi-page TIFF, with the resolution that the scanner wrote."""
    path = tmp_path / "scan.tif"
    pages = [_page_picture(mode="1"), _page_picture(), _page_picture(mode="RGB")]
    pages[0].save(path, save_all=True, append_images=pages[1:], dpi=(100, 100))

    images = _images(path)

    assert [2, 2, 3] == [i.pixels.ndim for i in images]
    assert {100} == {i.dpi for i in images}


@pytest.mark.parametrize(
    ("stated", "size", "expected"),
    [
        ((0, 0), (1654, 2339), 200), ((72, 72), (2480, 3508), 300), ((150, 150), (800, 600), 150),
        ((600, 600), (1654, 2339), 200), ((90, 90), (2480, 3508), 300), ((300, 300), (900, 400), 300),
    ],
)  # fmt: skip
def test_a_missing_or_impossible_resolution_is_told_by_the_size_of_a_page(
    tmp_path: Path, stated: tuple[int, int], size: tuple[int, int], expected: int
) -> None:
    """Cameras and careless scanners write 72, nothing or anything: then the sheet is taken for A4."""
    path = tmp_path / "page.png"
    _page_picture(size).save(path, dpi=stated)

    assert expected == _images(path)[0].dpi


@pytest.mark.parametrize("stated", [72, 300, 1200])
def test_a_pdf_page_is_no_larger_than_a_sheet(tmp_path: Path, stated: int) -> None:
    """A PDF made of images at 72 dpi has pages of 1.20 m; image, layer and glance agree on what they are."""
    path = tmp_path / "scan.pdf"
    _page_picture((2480, 3508)).save(path, resolution=stated)
    with open_source(path, SETTINGS) as source:
        for page in source.pages():
            image = page.image()
            assert page.glance is not None
            glance, layer_dpi = page.glance(), page.layer_dpi

    assert 300 == pytest.approx(image.dpi, abs=1)
    assert 2480 / 300 == pytest.approx(glance.pixels.shape[1] / glance.dpi, rel=0.03)
    assert layer_dpi == pytest.approx(2 * glance.dpi, abs=2)


def test_a_drawn_page_of_any_size_has_the_pixels_of_a_sheet(tmp_path: Path) -> None:
    """A poster of vectors is no more to read than a page."""
    with pikepdf.open(_text_pdf(tmp_path / "a.pdf", "Quyet dinh")) as pdf:
        pdf.pages[0].mediabox = [0, 0, 2480, 3508]
        pdf.save(tmp_path / "poster.pdf")

    (image,) = _images(tmp_path / "poster.pdf")

    assert 300 == pytest.approx(image.dpi, abs=4)
    assert (3508, 2480) == pytest.approx(image.pixels.shape[:2], rel=0.02)


def test_transparency_is_paper_and_orientation_is_heeded(tmp_path: Path) -> None:
    """A transparent PNG has white paper; a photograph is turned as its EXIF says."""
    Image.new("RGBA", (50, 80), (0, 0, 0, 0)).save(tmp_path / "clear.png")
    exif = Image.Exif()
    exif[0x0112] = 6
    _page_picture((400, 200)).save(tmp_path / "photo.jpg", exif=exif)

    assert 255 == _images(tmp_path / "clear.png")[0].pixels.min()
    assert (400, 200) == _images(tmp_path / "photo.jpg")[0].pixels.shape


def test_sixteen_bits_become_eight(tmp_path: Path) -> None:
    """Deep grey images keep their range."""
    values = np.linspace(0, 65535, 100 * 100).reshape(100, 100).astype(np.uint16)
    Image.fromarray(values).save(tmp_path / "deep.tif")

    pixels = _images(tmp_path / "deep.tif")[0].pixels

    assert np.uint8 == pixels.dtype
    assert (0, 255) == (pixels.min(), pixels.max())


def test_a_text_file_has_pages_between_form_feeds(tmp_path: Path) -> None:
    """Text needs no image; any encoding that Windows left behind is taken as it looks."""
    (tmp_path / "a.txt").write_bytes("một\r\nhai\fba".encode())
    with open_source(tmp_path / "a.txt", SETTINGS) as source:
        texts = [page.text for page in source.pages()]

    assert ["một\nhai", "ba"] == texts
    assert "Uû ban" == decode_text(b"U\xfb ban", "x")
    assert "Đảng" == decode_text("Đảng".encode("utf-16"), "x")
    assert "Đảng" == decode_text(b"\xef\xbb\xbf" + "Đảng".encode(), "x")


def test_the_content_tells_the_type_not_the_name(tmp_path: Path) -> None:
    """A PDF called .jpg is read as a PDF."""
    path = _image_pdf(tmp_path / "scan.pdf").rename(tmp_path / "scan.jpg")
    with open_source(path, SETTINGS) as source:
        assert "application/pdf" == source.media_type


def _truncated(path: Path) -> Path:
    whole = io.BytesIO()
    Image.effect_noise((620, 877), 80).save(whole, "JPEG")
    path.write_bytes(whole.getvalue()[:4000])
    return path


def _written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


BAD: dict[str, tuple[type[InputError], Callable[[Path], Path], str]] = {
    "empty": (DamagedInput, lambda p: _written(p / "x.pdf", b""), "is empty"),
    "missing": (InputError, lambda p: p / "x.pdf", "cannot be read"),
    "encrypted": (EncryptedInput, lambda p: _text_pdf(p / "x.pdf", "secret", password="a"), "password"),
    "damaged PDF": (DamagedInput, lambda p: _written(p / "x.pdf", b"%PDF-1.7\n" + b"rubbish" * 50), "damaged PDF"),
    "truncated JPEG": (DamagedInput, lambda p: _truncated(p / "x.jpg"), "damaged"),
    "no image": (DamagedInput, lambda p: _written(p / "x.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 40), "damaged image"),
    "binary": (UnsupportedInput, lambda p: _written(p / "x.txt", bytes(range(256)) * 4), "neither"),
    "folder": (InputError, lambda p: p, "cannot be read"),
}


@pytest.mark.parametrize("kind", BAD)
def test_bad_input_says_which_file_and_why(tmp_path: Path, kind: str) -> None:
    """A clear error with the path and a remedy, never a library's own exception."""
    error, make, words = BAD[kind]
    path = make(tmp_path)
    with pytest.raises(error, match=words) as caught:
        _images(path)

    assert str(path) in str(caught.value)
    assert caught.value.remedy


def test_a_pdf_without_pages_is_damaged(tmp_path: Path) -> None:
    """Some converters write them."""
    with pikepdf.new() as pdf:
        pdf.save(tmp_path / "none.pdf")
    with pytest.raises(DamagedInput):
        _images(tmp_path / "none.pdf")


def test_what_is_too_large_is_refused_before_it_is_opened(tmp_path: Path) -> None:
    """Pixels and pages beyond the limits; the message names the setting."""
    path = _image_pdf(tmp_path / "scan.pdf", pages=3)
    with pytest.raises(InputTooLarge, match="max-pages"):
        _images(path, replace(SETTINGS, max_pages=2))
    with pytest.raises(InputTooLarge, match="max-pixels"):
        _images(path, replace(SETTINGS, max_pixels=1000))
    with pytest.raises(InputTooLarge, match="max-pixels"):
        _images(_text_pdf(tmp_path / "text.pdf", "x"), replace(SETTINGS, max_pixels=1000))
    _page_picture().save(tmp_path / "scan.png")
    with pytest.raises(InputTooLarge, match="max-pixels"):
        _images(tmp_path / "scan.png", replace(SETTINGS, max_pixels=1000))


@pytest.mark.parametrize(("mode", "recognised"), [(3, True), (0, False)])
def test_a_layer_that_nobody_is_meant_to_see_is_somebodys_recognition(tmp_path: Path, mode: int, recognised: bool) -> None:
    """Its words are told from typed ones, and are less than sure."""
    with pikepdf.open(_text_pdf(tmp_path / "a.pdf", "Ban Thuong vu"), allow_overwriting_input=True) as pdf:
        pdf.pages[0].contents_add(f"{mode} Tr".encode(), prepend=True)
        pdf.save()
    with open_source(tmp_path / "a.pdf", SETTINGS) as source:
        (page,) = source.pages()
    assert page.recognised == recognised
    assert {w.confidence == 1.0 for w in page.layer} == {not recognised}
