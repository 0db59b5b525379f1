"""From ink to regions, from words to lines in reading order with their zones."""

from ocr_pipeline.layout.leaders import dashes_of, leaders_of, with_dashes, with_leaders
from ocr_pipeline.layout.lines import PlacedLine, RegionLines, lines_of_words
from ocr_pipeline.layout.reading_order import arranged, in_regions
from ocr_pipeline.layout.regions import Region, Role, regions_of

__all__ = [
    "PlacedLine",
    "Region",
    "RegionLines",
    "Role",
    "arranged",
    "dashes_of",
    "in_regions",
    "leaders_of",
    "lines_of_words",
    "regions_of",
    "with_dashes",
    "with_leaders",
]
