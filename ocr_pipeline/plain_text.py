"""Bytes of a text file as text."""

from __future__ import annotations

from typing import Final

from ocr_pipeline.errors import DamagedInput

_AGAIN: Final = "Copy it again"


def decode_text(data: bytes, name: str) -> str:
    r"""Text of a file: UTF-8, UTF-16 with its mark, else bytes of a legacy encoding as Windows shows them.

    >>> decode_text(b"U\xfb ban nh\xa9n d\xa9n", "a.txt")
    'Uû ban nh©n d©n'
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _decoded(data, "utf-16", name)
    if b"\0" in data:
        raise DamagedInput(f"{name} is no text: it holds zero bytes", remedy="Name a text file.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "".join(_windows(byte) for byte in data)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _decoded(data: bytes, encoding: str, name: str) -> str:
    try:
        return data.decode(encoding).replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise DamagedInput(f"{name} is damaged {encoding} text ({error.reason})", remedy=f"{_AGAIN}.") from error


def _windows(byte: int) -> str:
    """The five bytes that code page 1252 leaves open stand for themselves."""
    return bytes([byte]).decode("cp1252", "ignore") or chr(byte)
