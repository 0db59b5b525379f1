"""The page on which a person checks what is doubtful: served on this machine alone, corrections kept as patches."""

from ocr_pipeline.review.doubts import Doubt, doubts_of
from ocr_pipeline.review.rates import Rate, error_rates
from ocr_pipeline.review.server import ReviewServer
from ocr_pipeline.review.shelf import Shelf

__all__ = ["Doubt", "Rate", "ReviewServer", "Shelf", "doubts_of", "error_rates"]
