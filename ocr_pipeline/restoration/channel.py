"""The noisy channel: what a recogniser makes of printed letters, and its file format.

``channel.bin`` holds one channel a family of recognisers. Layout, all integers little-endian::

    8 bytes   magic "OCRCHAN2"
    4 bytes   length of the header
    header    UTF-8 JSON: alphabet, families with the number of items of each array and bytes of each memory
    arrays    for each family: keys int64, starts int32, printed uint16, costs float32; then the UTF-8 texts of its
              memories of onsets, rhymes and words

A character is its place in the alphabet plus 2; 0 is none, 1 any other. An operation turns up to two printed
characters into up to three recognised ones and costs the negative natural logarithm of its probability.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np

from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.errors import DictionaryError

FILE: Final = "channel.bin"
MAGIC: Final = b"OCRCHAN2"
_MEMORIES: Final = ("onsets", "rhymes", "words")
_DTYPES: Final = (("keys", "<i8"), ("starts", "<i4"), ("printed", "<u2"), ("costs", "<f4"))
Array = np.ndarray[Any, Any]


class Operations(NamedTuple):
    """Operations by their recognised part: ``printed[starts[k]:starts[k+1]]`` may have given ``keys[k]``, cheapest first."""

    keys: Array
    starts: Array
    printed: Array
    costs: Array


class Steps(NamedTuple):
    """Operations ready for the search: ``single[k, letter]`` is the cost of one printed letter giving ``keys[k]``.

    Two printed letters that gave it are ``double[starts[k]:starts[k+1]]``, cheapest first.
    """

    keys: Array
    single: Array
    starts: Array
    double: Array
    costs: Array


def steps_of(operations: Operations) -> Steps:
    """The operations with one printed letter as a table, the others as lists; those that print nothing are in the table.

    The column 0 of the table is no letter: a recognised part that stands for nothing printed.
    """
    rows = np.repeat(np.arange(len(operations.keys)), np.diff(operations.starts))
    printed = operations.printed.astype(np.int64)
    single = np.full((len(operations.keys), 256), np.inf, np.float32)
    one = printed < 256
    single[rows[one], printed[one]] = operations.costs[one]
    starts = np.searchsorted(rows[~one], np.arange(len(operations.keys) + 1)).astype(np.int64)
    return Steps(operations.keys.astype(np.int64), single, starts, printed[~one], operations.costs[~one].astype(np.float32))


class Memory(NamedTuple):
    """What was seen whole: recognised text -> printed text -> count, and printed text -> count over all it became."""

    given: dict[str, dict[str, float]]
    totals: dict[str, float]


@dataclass(frozen=True, slots=True)
class Channel:
    """What one family of recognisers does: to letters, to onsets and rhymes as written, to words without regard to case."""

    name: str
    alphabet: str
    operations: Operations
    steps: Steps
    onsets: Memory
    rhymes: Memory
    words: Memory

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
        memories = []
        for name in _MEMORIES:
            memories.append(_memory(data[end : end + family[name]].decode()))
            end += family[name]
        channels[family["name"]] = Channel(
            family["name"], header["alphabet"], Operations(*arrays), steps_of(Operations(*arrays)), *memories
        )
    return channels


def _memory(text: str) -> Memory:
    """A line is a printed text, its count, and what was recognised for it, each with its count."""
    given: dict[str, dict[str, float]] = {}
    totals: dict[str, float] = {}
    for line in text.splitlines():
        printed, total, *rest = line.split("\t")
        totals[printed] = float(total)
        for recognised, count in zip(rest[::2], rest[1::2], strict=True):
            given.setdefault(recognised, {})[printed] = float(count)
    return Memory(given, totals)


def write_channels(alphabet: str, channels: Mapping[str, tuple[Operations, Sequence[str]]]) -> bytes:
    """The file's bytes, from the operations and the texts of the memories; the same channels give the same bytes."""
    families, body = [], b""
    for name, (operations, memories) in sorted(channels.items()):
        arrays = {key: getattr(operations, key).astype(dtype) for key, dtype in _DTYPES}
        texts = dict(zip(_MEMORIES, (memory.encode() for memory in memories), strict=True))
        families.append({"name": name, **{k: len(a) for k, a in (arrays | texts).items()}})
        body += b"".join(a.tobytes() for a in arrays.values()) + b"".join(texts.values())
    header = json.dumps({"alphabet": alphabet, "families": families}, ensure_ascii=False, sort_keys=True).encode()
    return MAGIC + len(header).to_bytes(4, "little") + header + body
