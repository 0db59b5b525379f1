"""Everything that can go wrong in a way a user can do something about.

::

    OcrPipelineError            exit 1   (never raised itself)
    ├── UsageError              exit 2   the command was put wrongly
    ├── InputError              exit 3   one file cannot be read
    │   ├── UnsupportedInput             neither PDF, image nor text
    │   ├── DamagedInput                 truncated, empty, not what its name says
    │   ├── EncryptedInput               needs a password
    │   └── InputTooLarge                beyond a limit that guards memory
    ├── MissingDependency       exit 4   Tesseract, its language data or Poppler is not there
    ├── DictionaryError         exit 5   a file of dictionaries/ is missing or of another version
    ├── OutputError             exit 6   a result cannot be written
    └── SecretDocument          exit 7   a marked document, and the run was to stop there

The library raises; only ``cli.main`` turns an error into an exit code.
"""

from __future__ import annotations


class OcrPipelineError(Exception):
    """An expected problem: what happened, to what, and what to do next.

    >>> print(DamagedInput("a.pdf: the file ends in the middle", remedy="Copy it again from the scanner."))
    a.pdf: the file ends in the middle. Copy it again from the scanner.
    """

    exit_code = 1

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message.rstrip(".")
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message}. {self.remedy}".rstrip()

    def __reduce__(self) -> tuple[object, ...]:
        """Keep the remedy when the error travels from a worker process."""
        return _rebuild, (type(self), self.message, self.remedy)


def _rebuild(kind: type[OcrPipelineError], message: str, remedy: str) -> OcrPipelineError:
    return kind(message, remedy=remedy)


class UsageError(OcrPipelineError):
    """The command was put wrongly: two inputs for one output name, an input inside the output folder."""

    exit_code = 2


class InputError(OcrPipelineError):
    """One file cannot be read; the others go on."""

    exit_code = 3


class UnsupportedInput(InputError):
    """The file is neither a PDF, a PNG, JPEG or TIFF image, nor text."""


class DamagedInput(InputError):
    """The file is empty, truncated, or not what its name says."""


class EncryptedInput(InputError):
    """The file needs a password."""


class InputTooLarge(InputError):
    """The file or one of its pages is beyond a limit that guards memory."""


class MissingDependency(OcrPipelineError):
    """Tesseract, its Vietnamese data or Poppler is not installed."""

    exit_code = 4


class DictionaryError(OcrPipelineError):
    """A file of ``dictionaries/`` is missing, damaged or of another version."""

    exit_code = 5


class OutputError(OcrPipelineError):
    """A result cannot be written: disk full, folder read-only."""

    exit_code = 6


class SecretDocument(OcrPipelineError):
    """A document bears a mark of secrecy, and the run was asked to stop at such."""

    exit_code = 7
