"""Citations across an archive: which document cites which, what is missing, and what contradicts."""

from __future__ import annotations

from ocr_pipeline.archive import Skipped
from ocr_pipeline.citations.archive import Held, read_archive
from ocr_pipeline.citations.linking import Summary, link_archive
from ocr_pipeline.citations.network import Network, build_network

__all__ = ["Held", "Network", "Skipped", "Summary", "build_network", "link_archive", "read_archive"]
