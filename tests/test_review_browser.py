"""The review page in a real browser: opened, corrected by keyboard, saved, opened again, exported; hostile text stays text.

Needs Chromium and its driver from the system (`make test` installs them where it may); skipped, saying so, where they are
not. ``UPDATE_SCREENSHOTS=1`` writes the pictures of docs/review.md again.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from recording import SCANS, Replay

from ocr_pipeline import Document, from_json, read, read_text, to_json
from ocr_pipeline.cli import main
from ocr_pipeline.corrections import load_patch
from ocr_pipeline.settings import Settings

pytest.importorskip("starlette", reason="the review page's server is not installed")
pytest.importorskip("uvicorn", reason="the review page's server is not installed")
pytest.importorskip("selenium", reason="selenium, which drives the browser, is not installed")

from selenium.common.exceptions import (
    ElementNotInteractableException,
    NoSuchElementException,
    StaleElementReferenceException,
)
from selenium.webdriver import ActionChains, Chrome, ChromeOptions, Keys
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from ocr_pipeline.review import ReviewServer, Shelf
from ocr_pipeline.review.doubts import doubts_of

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
DRIVER = shutil.which("chromedriver")
PICTURES = Path(__file__).resolve().parents[1] / "docs" / "images"
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--window-size=1500,960",
)  # fmt: skip
SECONDS = 30

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not CHROMIUM or not DRIVER, reason="no Chromium with chromedriver: apt-get install chromium chromium-driver"
    ),
]


@pytest.fixture(scope="module")
def chrome(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    """One headless browser with a profile of its own."""
    options = ChromeOptions()
    options.binary_location = CHROMIUM or ""
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = Chrome(options=options, service=Service(DRIVER))
    yield driver
    driver.quit()


@pytest.fixture(scope="module")
def documents() -> dict[str, Document]:
    """A scan whose number and day are blank and an edit doubtful, and a garbled text."""
    scan = read(SCANS / "chi-thi-100dpi.jpg", engine=Replay("chi-thi-100dpi"))[0]
    return {"chi-thi-100dpi": _with_doubt(scan), "cong-van-garbled": read(SCANS / "cong-van-garbled.txt")[0]}


def _with_doubt(document: Document) -> Document:
    """The document, its first edit less sure."""
    first, *others = document.edits
    return replace(document, edits=(replace(first, confidence=0.4), *others))


Opening = Callable[[Path], "Page"]


@pytest.fixture
def opening(chrome: Chrome) -> Iterator[Opening]:
    """Serves a folder and opens its page; a second call serves it anew, as another session would."""
    running: list[tuple[ReviewServer, threading.Thread]] = []

    def opened(folder: Path) -> Page:
        server = ReviewServer(Shelf(folder, who="Nguyễn An"), SCANS)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        running.append((server, thread))
        chrome.get_log("browser")
        chrome.get(server.address)
        page = Page(chrome)
        page.wait(lambda: chrome.find_element(By.TAG_NAME, "body").get_attribute("data-ready"))
        return page

    yield opened
    chrome.get("about:blank")
    for server, thread in running:
        server.stop()
        thread.join(10)


class Page:
    """What a person sees and types."""

    def __init__(self, chrome: Chrome) -> None:
        self._chrome = chrome

    def wait(self, until: Callable[[], object]) -> None:
        """Until it is so, or the test fails; what is drawn anew in the meantime is looked for again."""
        passing = (NoSuchElementException, StaleElementReferenceException, ElementNotInteractableException)
        WebDriverWait(self._chrome, SECONDS, 0.05, passing).until(lambda _: until())

    def click(self, place: str, name: str) -> bool:
        """On the first such element that is called so; False where there is none."""
        found = next((e for e in self._chrome.find_elements(By.CSS_SELECTOR, place) if e.text == name), None)
        if found:
            found.click()
        return found is not None

    def text(self, place: str) -> str:
        """What stands there."""
        return self._chrome.find_element(By.CSS_SELECTOR, place).text

    def texts(self, place: str) -> list[str]:
        """What stands in each of them."""
        return [e.text for e in self._chrome.find_elements(By.CSS_SELECTOR, place)]

    def field(self, name: str) -> str:
        """The value of a field of the form."""
        return self._chrome.find_element(By.ID, f"field-{name}").get_attribute("value") or ""

    def press(self, *keys: str) -> None:
        """Keys, one after the other, wherever the focus is."""
        for key in keys:
            ActionChains(self._chrome).send_keys(key).perform()

    def save_by_keyboard(self) -> None:
        """``S``, until the page says that it is saved."""
        self.press("s")
        self.wait(lambda: "Đã lưu" in self.text("#saved"))

    def open_document(self, name: str) -> None:
        """By its name in the queue."""
        self.wait(lambda: self.click("#queue-table a", name))
        self.wait(lambda: self._chrome.find_element(By.ID, "document-view").is_displayed())
        self.wait(lambda: self.text("#path") == name)

    def image_loaded(self) -> bool:
        """Whether the page image is there, all of it."""
        return bool(
            self._chrome.execute_script("const i = document.getElementById('image'); return i.complete && i.naturalWidth > 0")
        )

    def picture(self, name: str) -> None:
        """Kept in the documentation when that is asked for."""
        if os.environ.get("UPDATE_SCREENSHOTS"):
            PICTURES.mkdir(exist_ok=True)
            shown = Image.open(io.BytesIO(self._chrome.get_screenshot_as_png())).convert("RGB")
            shown.quantize(160).save(PICTURES / f"review-{name}.png", optimize=True)

    def complaints(self) -> list[str]:
        """What the browser had to complain about: errors of the scripts, things that the policy forbids."""
        return [entry["message"] for entry in self._chrome.get_log("browser")]


def _folder(tmp_path: Path, documents: dict[str, Document]) -> Path:
    folder = tmp_path / "results"
    folder.mkdir()
    for stem, document in documents.items():
        (folder / f"{stem}.json").write_bytes(to_json(document))
    return folder


def test_a_document_is_corrected_by_keyboard_saved_opened_again_and_exported(
    tmp_path: Path, documents: dict[str, Document], opening: Opening
) -> None:
    """From the queue to the corrected JSON without a mouse but for the first click."""
    folder = _folder(tmp_path, documents)
    page = opening(folder)
    below = Settings().review_below
    doubtful = sorted(documents, key=lambda stem: -sum(d.weight for d in doubts_of(documents[stem], below=below)))
    assert page.texts("#queue-table tbody tr td:first-child") == [f"{stem}.json" for stem in doubtful]

    page.open_document("chi-thi-100dpi.json")
    page.wait(page.image_loaded)
    assert page.text("#doubt-text .where").startswith("Số, ký hiệu")
    page.picture("document")
    page.press("e", "11", Keys.ENTER)  # the printed symbol is there already
    page.wait(lambda: not page.text("#doubt-text .where").startswith("Số, ký hiệu"))
    while not page.text("#doubt-text .where").startswith("Ngày"):
        page.press("n")
    page.press("e", Keys.END, "45", Keys.ENTER)
    page.wait(lambda: "2025-06-02" in page.text("#saved"))  # no such form: told, and not taken
    page.press("e", *[Keys.BACKSPACE] * 12, "02/9/2025", Keys.ENTER)
    page.wait(lambda: page.field("date") == "2025-09-02")
    page.press("n", "p", Keys.ENTER)
    first = page.text("#doubt-count")
    page.press("u")
    page.wait(lambda: page.text("#doubt-count") != first)
    page.save_by_keyboard()
    assert page.complaints() == []

    again = opening(folder)
    again.open_document("chi-thi-100dpi.json")
    assert ("11/CT-UBND", "2025-09-02", "") == (again.field("number"), again.field("date"), again.field("date_partial"))
    assert not again.text("#doubt-text .where").startswith("Số, ký hiệu")
    again.press("f")  # doubts are left: told, and done only when asked again
    again.wait(lambda: "chỗ chưa xem" in again.text("#saved"))
    again.press("f")
    again.wait(lambda: again.text("#path") == "cong-van-garbled.json")

    again.press("q")
    again.wait(lambda: again.texts("#rates-table tbody tr.wrong"))
    assert any("Số, ký hiệu" in row and "100.0 %" in row for row in again.texts("#rates-table tr.wrong"))
    assert "đã kiểm" in again.texts("#queue-table tbody tr")[-1]
    again.picture("queue")

    patch = load_patch(folder / "chi-thi-100dpi.corrections.json")
    assert patch
    changed = [(c.field, c.after, c.who) for c in patch.corrections if c.before != c.after]
    assert [("number", "11/CT-UBND", "Nguyễn An"), ("date", "2025-09-02", "Nguyễn An")] == changed
    assert [1] == [c.check for c in patch.checks]
    assert main(["correct", str(folder), "--out", str(tmp_path / "corrected")]) == 0
    exported = from_json((tmp_path / "corrected" / "chi-thi-100dpi.json").read_bytes())
    assert ("11/CT-UBND", "corrected") == (exported.metadata.number, exported.evidence["number"].source)


def test_words_are_accepted_chosen_and_typed(tmp_path: Path, documents: dict[str, Document], opening: Opening) -> None:
    """Each doubt of the text in its own way; what is saved is what is shown, and undo takes back the last step only."""
    folder = _folder(tmp_path, {"cong-van-garbled": documents["cong-van-garbled"]})
    page = opening(folder)
    page.open_document("cong-van-garbled.json")
    while "trang" not in page.text("#doubt-text .where"):
        page.press(Keys.ENTER)
    raw = page.texts("#alternatives li")[1].removeprefix("1").strip()
    line = page.text("mark.current")
    page.press("1")
    page.wait(lambda: raw in page.texts("mark.done"))
    page.press("u")
    page.wait(lambda: page.text("mark.current") == line)
    page.press("1", Keys.ENTER, "e")
    page.wait(lambda: page.texts(".typing") or page._chrome.find_elements(By.CSS_SELECTOR, ".typing"))
    page.press(Keys.END, " đã gõ", Keys.ENTER)
    page.wait(lambda: any(text.endswith(" đã gõ") for text in page.texts(".line")))
    page.picture("text")
    shown = page.texts(".line")
    page.save_by_keyboard()

    patch = load_patch(folder / "cong-van-garbled.corrections.json")
    assert patch
    changed = [c for c in patch.corrections if c.line and c.before != c.after]
    assert [True, False] == [c.span is not None for c in changed]
    assert main(["correct", str(folder), "--out", str(tmp_path / "corrected")]) == 0
    exported = from_json((tmp_path / "corrected" / "cong-van-garbled.json").read_bytes())
    assert [" ".join(text.split()) for text in shown] == [" ".join(line.text.split()) for line in exported.pages[0].lines]
    assert page.complaints() == []


def test_references_lead_to_their_place(tmp_path: Path, documents: dict[str, Document], opening: Opening) -> None:
    """A click on a mention marks its line, and its box on the page."""
    page = opening(_folder(tmp_path, {"chi-thi-100dpi": documents["chi-thi-100dpi"]}))
    page.open_document("chi-thi-100dpi.json")
    mention = next(m for r in documents["chi-thi-100dpi"].references if not r.own for m in r.mentions)
    button = next(b for b in page._chrome.find_elements(By.CSS_SELECTOR, "li:not(.own) .mention"))
    button.click()

    page.wait(lambda: page.texts(".line.shown"))
    assert mention.surface.split("\n")[0] in page.text(".line.shown")
    assert page._chrome.find_elements(By.CSS_SELECTOR, ".box.place")


def test_the_page_speaks_both_languages(tmp_path: Path, documents: dict[str, Document], opening: Opening) -> None:
    """Key L, and back; the keys are listed in the language of the page."""
    page = opening(_folder(tmp_path, {"cong-van-garbled": documents["cong-van-garbled"]}))
    assert page.text("#home") == "Hàng đợi"
    page.press("l")
    page.wait(lambda: page.text("#home") == "Queue")
    page.open_document("cong-van-garbled.json")
    page.press("?")
    page.wait(lambda: "next doubt" in page.text("#help"))
    page.picture("keys")
    page.press(Keys.ESCAPE, "l")
    page.wait(lambda: page.text("#home") == "Hàng đợi")


def test_hostile_text_is_shown_and_never_run(tmp_path: Path, opening: Opening) -> None:
    """Markup in lines, fields, file names and patches comes out as it is written; nothing runs, nothing is loaded."""
    hostile = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"
    document = read_text(f"Quyết định số 1/QĐ-UBND {hostile}\nNghị quyết số 57-NQ/TW ngày 31/02/2025 {hostile}")
    document = replace(document, metadata=replace(document.metadata, title=hostile, place="\"'></textarea><b>x"))
    page = opening(_folder(tmp_path, {"<b>a": document}))
    page.open_document("<b>a.json")

    assert any(hostile in text for text in page.texts(".line"))
    assert page.field("title") == hostile
    assert "owned" not in page._chrome.title
    assert (
        page._chrome.find_elements(By.CSS_SELECTOR, "#document-view img:not(#image), #document-view b, #document-view script")
        == []
    )
    assert page.complaints() == []


def test_a_conflict_is_shown(tmp_path: Path, documents: dict[str, Document], opening: Opening) -> None:
    """A correction of what no longer stands there is told above the text, not applied in silence."""
    folder = _folder(tmp_path, {"cong-van-garbled": documents["cong-van-garbled"]})
    stale = {"who": "An", "when": "", "page": 1, "line": 2, "before": "khác", "after": "mới"}
    patch = {"schema_version": "1.0", "document": "x", "corrections": [stale]}
    (folder / "cong-van-garbled.corrections.json").write_text(json.dumps(patch), encoding="utf-8")
    page = opening(folder)
    page.open_document("cong-van-garbled.json")

    assert "“khác” → “mới”" in page.text("#conflicts")
