"""Learns the binaries of ``dictionaries/`` from corpora and aligned pairs; renders pages for more of them."""

from ocr_pipeline.training.dictionaries import train_dictionaries

__all__ = ["train_dictionaries"]
