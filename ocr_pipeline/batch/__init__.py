"""Many files: which they are, what their outputs are called, and the workers that read them."""

from ocr_pipeline.batch.inputs import Job, collect_jobs
from ocr_pipeline.batch.pool import Outcome, run_jobs

__all__ = ["Job", "Outcome", "collect_jobs", "run_jobs"]
