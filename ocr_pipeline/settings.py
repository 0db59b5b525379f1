"""Every knob, once. The command line and the provenance record are generated from here."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any, Literal

ToneStyle = Literal["keep", "old", "new"]
Engine = Literal["auto", "network", "tesserocr", "pytesseract"]
TextLayer = Literal["auto", "never", "always"]


def _knob(default: Any, help_text: str) -> Any:
    return field(default=default, metadata={"help": help_text})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How a run is done; change one with ``dataclasses.replace``.

    >>> Settings(tone_style="new").tone_style
    'new'
    """

    engine: Engine = _knob(
        "auto",
        "recogniser: network (Tesseract's, run here), tesserocr, pytesseract, or auto: the first that works",
    )
    model: str = _knob("auto", "Tesseract model: auto takes vie, else the Vietnamese script model")
    text_layer: TextLayer = _knob("auto", "use a PDF's own text: auto where it is good and accounts for the page's ink")
    split_bundles: bool = _knob(True, "a file with several letterheads becomes several documents")
    restore: bool = _knob(True, "restore the recognised text; without it the text is the recogniser's")
    tone_style: ToneStyle = _knob("keep", "tone placement of restored syllables: keep the page's, old (hoà, uỷ), new (hòa, ủy)")
    words: bool = _knob(True, "write the words with their boxes into the JSON")
    dpi: int = _knob(300, "resolution at which a page without an exact page image is rasterised")
    max_pixels: int = _knob(150_000_000, "largest page image that is opened, in pixels")
    max_pages: int = _knob(20_000, "largest number of pages of one file")
    page_timeout: float = _knob(120.0, "seconds after which the recognition of one page is given up")
    worker_memory: int = _knob(4096, "MiB that a worker of `run` may take beyond its models; 0 for no limit")
    review_below: float = _knob(0.80, "an edit or a field with a lower confidence goes to review")

    def as_dict(self) -> dict[str, Any]:
        """The settings by name, for the provenance record."""
        return {f.name: getattr(self, f.name) for f in fields(self)}
