"""A scanned PDF made ready for a text layer and for PDF/A: what it shows stays, what cannot be archived goes.

Forms become part of the page; actions, permissions and keys that no standard knows are dropped; text that an earlier
recognition laid beneath the image is taken out, and with it the fonts that nothing else uses. Images are not opened.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from ocr_pipeline.errors import InputError

# The first bit of SigFlags: the form holds a signature (ISO 32000-1, 12.7.2).
_SIGNED: Final = 1
_UNSEEN: Final = 3
# Keys of the catalogue that say how pages follow one another and what they are called (ISO 32000-1, 7.7.2).
_KEPT: Final = frozenset(
    {"/Type", "/Pages", "/Metadata", "/Outlines", "/Dests", "/PageLabels", "/PageMode", "/PageLayout", "/Lang", "/Version"}
    | {"/MarkInfo", "/StructTreeRoot", "/OCProperties", "/OutputIntents"}
)
_SHOWN: Final = frozenset({"Tj", "TJ", "'", '"'})
_TEXT_STATE: Final = frozenset({"Tc", "Tw", "Tz", "TL", "Tf", "Tr", "Ts"})
_MARKED: Final = frozenset({"BMC", "BDC", "EMC", "MP", "DP"})


def prepare_pdf(source: Path, target: Path, *, drop_signatures: bool) -> None:
    """Write ``source`` to ``target`` so; InputError where it is signed and the signature may not be dropped."""
    pikepdf = importlib.import_module("pikepdf")
    with pikepdf.open(source) as pdf:
        form = pdf.Root.get("/AcroForm")
        if form is not None:
            if int(form.get("/SigFlags", 0)) & _SIGNED and not drop_signatures:
                raise InputError(
                    f"{source} is signed, and a copy with text beneath it cannot bear the signature",
                    remedy="Keep the original as it is; --drop-signatures makes an unsigned copy.",
                )
            pdf.flatten_annotations("all")
        for key in [key for key in pdf.Root if key not in _KEPT]:
            del pdf.Root[key]
        for page in pdf.pages:
            _without_unseen_text(pikepdf, pdf, page)
        pdf.remove_unreferenced_resources()
        pdf.save(target)


def _without_unseen_text(pikepdf: Any, pdf: Any, page: Any) -> None:
    """The page's content without text that is drawn unseen; a content that cannot be parsed stays as it is."""
    try:
        content = list(pikepdf.parse_content_stream(page))
    except pikepdf.PdfError:
        return
    modes = list(_modes(content))
    unseen = [mode == _UNSEEN and str(i.operator) in _SHOWN for i, mode in zip(content, modes, strict=True)]
    shown = sum(str(i.operator) in _SHOWN for i in content)
    kept = [i for i, hidden in zip(content, unseen, strict=True) if not hidden]
    if shown == sum(unseen):
        kept = list(_without_text(kept))
    page.Contents = pdf.make_stream(pikepdf.unparse_content_stream(kept))


def _modes(content: Iterable[Any]) -> Iterator[int]:
    """How text is drawn at each instruction; q saves it and Q restores it."""
    mode, saved = 0, list[int]()
    for instruction in content:
        operator = str(instruction.operator)
        if operator == "q":
            saved.append(mode)
        elif operator == "Q" and saved:
            mode = saved.pop()
        elif operator == "Tr":
            mode = int(instruction.operands[0])
        yield mode


def _without_text(content: Iterable[Any]) -> Iterator[Any]:
    """The instructions but for those of text, where none is left to be seen: they would still ask for its fonts."""
    inside = False
    for instruction in content:
        operator = str(instruction.operator)
        inside = operator == "BT" or (inside and operator != "ET")
        if operator in _MARKED or not (inside or operator == "ET" or operator in _TEXT_STATE):
            yield instruction
