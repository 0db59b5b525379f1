"""Many files: which they are, what their outputs are called, the workers that read them, and the ledger of it all."""

from ocr_pipeline.batch.flow import Batch
from ocr_pipeline.batch.inputs import Job, check_inputs, collect_jobs
from ocr_pipeline.batch.ledger import Entry, LastRun, Ledger, LedgerView, Redo
from ocr_pipeline.batch.planning import settings_digest
from ocr_pipeline.batch.pool import LocalPool, Pool
from ocr_pipeline.batch.readings import Outcome
from ocr_pipeline.batch.recipe import Recipe

__all__ = [
    "Batch",
    "Entry",
    "Job",
    "LastRun",
    "Ledger",
    "LedgerView",
    "LocalPool",
    "Outcome",
    "Pool",
    "Recipe",
    "Redo",
    "check_inputs",
    "collect_jobs",
    "settings_digest",
]
