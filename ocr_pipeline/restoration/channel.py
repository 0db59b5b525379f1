"""The noisy channel: what a recogniser makes of printed letters, and its file format.

``channel.bin`` holds one channel a family of recognisers. Layout, all integers little-endian::

    8 bytes   magic "OCRCHAN1"
    4 bytes   length of the header
    header    UTF-8 JSON: alphabet, families with the number of items of each array
    arrays    for each family: keys int64, starts int32, printed uint16, costs float32; then its memory, UTF-8 text

A character is its place in the alphabet plus 2; 0 is none, 1 any other. An operation turns up to two printed
characters into up to three recognised ones and costs the negative natural logarithm of its probability.
"""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np

from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.errors import DictionaryError

FILE: Final = "channel.bin"
MAGIC: Final = b"OCRCHAN1"
_DTYPES: Final = (("keys", "<i8"), ("starts", "<i4"), ("printed", "<u2"), ("costs", "<f4"))
Array = np.ndarray[Any, Any]


class Operations(NamedTuple):
    """Operations by their recognised part: ``printed[starts[k]:starts[k+1]]`` may have given ``keys[k]``, cheapest first."""

    keys: Array
    starts: Array
    printed: Array
    costs: Array


@dataclass(frozen=True, slots=True)
class Channel:
    """What one family of recognisers does: letter operations, and whole tokens that were seen often."""

    name: str
    alphabet: str
    operations: Operations
    memory: dict[str, dict[str, float]]
    seen: dict[str, float]

    def codes(self, text: str) -> Array:
        """The characters as numbers."""
        table = _codes_of(self.alphabet)
        return np.array([table.get(c, 1) for c in text], np.int64)


@functools.cache
def _codes_of(alphabet: str) -> dict[str, int]:
    return {c: i + 2 for i, c in enumerate(alphabet)}


@functools.cache
def load_channels(dictionaries: Dictionaries) -> dict[str, Channel]:
    """Every channel of the file by family name.

    Raises DictionaryError where the file is not one of this version.
    """
    data = dictionaries.mapped(FILE)
    if data[:8] != MAGIC:
        raise DictionaryError(f"{FILE} is not a channel file of this version", remedy="Run `make dictionaries`.")
    end = 12 + int.from_bytes(data[8:12], "little")
    header = json.loads(data[12:end])
    channels = {}
    for family in header["families"]:
        arrays = []
        for name, dtype in _DTYPES:
            arrays.append(np.frombuffer(data, dtype, family[name], end))
            end += arrays[-1].nbytes
        memory, seen = _memory(data[end : end + family["memory"]].decode())
        end += family["memory"]
        channels[family["name"]] = Channel(family["name"], header["alphabet"], Operations(*arrays), memory, seen)
    return channels


def _memory(text: str) -> tuple[dict[str, dict[str, float]], dict[str, float]]:
    """Recognised token -> printed word -> count, and printed word -> count over all tokens.

    A line is a printed word, its count, and its recognised tokens each with its count.
    """
    memory: dict[str, dict[str, float]] = {}
    seen: dict[str, float] = {}
    for line in text.splitlines():
        word, total, *rest = line.split("\t")
        seen[word] = float(total)
        for token, count in zip(rest[::2], rest[1::2], strict=True):
            memory.setdefault(token, {})[word] = float(count)
    return memory, seen


def write_channels(alphabet: str, channels: dict[str, tuple[Operations, str]]) -> bytes:
    """The file's bytes; the same channels give the same bytes."""
    families, body = [], b""
    for name, (operations, memory) in sorted(channels.items()):
        arrays = {key: getattr(operations, key).astype(dtype) for key, dtype in _DTYPES}
        text = memory.encode()
        families.append({"name": name, **{k: len(a) for k, a in arrays.items()}, "memory": len(text)})
        body += b"".join(a.tobytes() for a in arrays.values()) + text
    header = json.dumps({"alphabet": alphabet, "families": families}, ensure_ascii=False, sort_keys=True).encode()
    return MAGIC + len(header).to_bytes(4, "little") + header + body
