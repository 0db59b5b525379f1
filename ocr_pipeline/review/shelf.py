"""The documents of a folder as a person goes through them: their patches, their queue, the sample of a check."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from ocr_pipeline.archive import Filed, read_folder
from ocr_pipeline.corrections import Applied, Check, Correction, Patch, apply_patch, load_patch, patch_path, save_patch
from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.document import Document, from_json
from ocr_pipeline.errors import UsageError
from ocr_pipeline.review.doubts import Doubt, doubts_of
from ocr_pipeline.settings import Settings

FIRST_CHECK = 1


@dataclass(frozen=True, slots=True)
class Entry:
    """A document of the queue: how doubtful it is now, and whether this check is done with it."""

    key: str
    path: str
    number: str | None
    title: str | None
    doubts: int
    weight: float
    corrections: int
    checked: bool


@dataclass(frozen=True, slots=True)
class Opened:
    """A document, its patch, and what the patch makes of it."""

    key: str
    path: str
    document: Document
    patch: Patch
    applied: Applied
    doubts: tuple[Doubt, ...]

    @property
    def version(self) -> int:
        """Grows with everything that is saved: whoever saves must have seen what is there."""
        return len(self.patch.corrections) + len(self.patch.checks)


class OutdatedError(Exception):
    """Somebody else has saved corrections of the document in the meantime."""


class Shelf:
    """The documents of ``folder``. ``check`` is 1 for all of them, 2 or 3 for a random ``share``, the same for a ``seed``."""

    def __init__(
        self,
        folder: Path,
        *,
        who: str,
        settings: Settings | None = None,
        dictionaries: Dictionaries | None = None,
        check: int = FIRST_CHECK,
        share: float = 0.1,
        seed: int = 1,
    ) -> None:
        if not 0.0 < share <= 1.0:
            raise UsageError(f"a share of {share} is no share", remedy="Give one above 0 and up to 1, such as --share 0.1.")
        self.folder, self.who, self.check = folder, who, check
        self.settings, self.dictionaries = settings or Settings(), dictionaries or Dictionaries.load()
        read = (filed for filed in read_folder(folder, corrected=False) if isinstance(filed, Filed))
        paths = {_key(filed.path): (filed.path, filed.document.id) for filed in read}
        if not paths:
            raise UsageError(f"{folder} holds no document", remedy="Name the folder with the JSONs that `run` wrote.")
        chosen = list(paths) if check == FIRST_CHECK else sample({k: v[1] for k, v in paths.items()}, share, seed)
        self._paths = {key: paths[key][0] for key in chosen}
        self._entries = {key: self._entry(self.open(key)) for key in chosen}

    def __contains__(self, key: str) -> bool:
        return key in self._paths

    def queue(self) -> list[Entry]:
        """What is not done yet first, the most doubtful first."""
        return sorted(self._entries.values(), key=lambda e: (e.checked, -e.weight, e.path))

    def open(self, key: str) -> Opened:
        """The document as it is now; KeyError for one that is not on the shelf."""
        path = self.folder / self._paths[key]
        document = from_json(path.read_bytes())
        patch = load_patch(patch_path(path)) or Patch(document=document.id)
        applied = apply_patch(document, patch, dictionaries=self.dictionaries)
        doubts = doubts_of(applied.document, below=self.settings.review_below, every_field=self.check != FIRST_CHECK)
        seen = {c.field for c in patch.corrections if c.check == self.check}
        left = tuple(d for d in doubts if d.field is None or d.field not in seen)
        return Opened(key, self._paths[key], document, patch, applied, left)

    def save(self, key: str, version: int, corrections: Sequence[Correction], *, checked: bool = False) -> Opened:
        """Put the corrections behind those that are there; OutdatedError where ``version`` is not what was last saved."""
        opened = self.open(key)
        if opened.version != version:
            raise OutdatedError
        when = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        signed = tuple(replace(c, who=self.who, when=when, check=self.check) for c in corrections)
        done = (Check(who=self.who, when=when, check=self.check),) if checked and not self._is_checked(opened) else ()
        patch = replace(opened.patch, corrections=(*opened.patch.corrections, *signed), checks=(*opened.patch.checks, *done))
        save_patch(patch, patch_path(self.folder / opened.path))
        saved = self.open(key)
        self._entries[key] = self._entry(saved)
        return saved

    def checked_documents(self) -> Iterator[tuple[Document, Patch]]:
        """Every document that was gone through whole, with its patch."""
        for key in self._paths:
            opened = self.open(key)
            if opened.patch.checks:
                yield opened.document, opened.patch

    def _is_checked(self, opened: Opened) -> bool:
        return any(c.check == self.check for c in opened.patch.checks)

    def _entry(self, opened: Opened) -> Entry:
        facts = opened.applied.document.metadata
        return Entry(
            key=opened.key,
            path=opened.path,
            number=facts.number,
            title=facts.title,
            doubts=len(opened.doubts),
            weight=round(sum(d.weight for d in opened.doubts) + len(opened.applied.conflicts), 3),
            corrections=len(opened.patch.corrections),
            checked=self._is_checked(opened),
        )


def _key(path: str) -> str:
    return hashlib.sha256(path.encode("utf-8", "surrogateescape")).hexdigest()[:16]


def sample(ids: dict[str, str], share: float, seed: int) -> list[str]:
    """A random ``share`` (0.0 to 1.0, at least one) of the keys: the same for the same seed and documents.

    >>> sample({"a": "1", "b": "2", "c": "3"}, 0.5, seed=1) == sample({"c": "3", "b": "2", "a": "1"}, 0.5, seed=1)
    True
    """
    ranked = sorted(ids, key=lambda key: hashlib.sha256(f"{seed}:{ids[key]}:{key}".encode()).digest())
    return ranked[: max(1, math.ceil(share * len(ranked)))]
