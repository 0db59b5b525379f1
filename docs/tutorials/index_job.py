"""Indexes a folder page by page into one SQLite file: python index_job.py FOLDER FILE.db."""

import sqlite3
import sys
from contextlib import closing
from pathlib import Path

from ocr_pipeline import OcrPipelineError, read
from ocr_pipeline.exports import page_records

folder, database = Path(sys.argv[1]), sys.argv[2]
with closing(sqlite3.connect(database)) as archive, archive:
    archive.execute("CREATE VIRTUAL TABLE IF NOT EXISTS pages USING fts5(id UNINDEXED, number, text, text_folded)")
    for path in sorted(folder.iterdir()):
        try:
            documents = read(path)
        except OcrPipelineError as error:
            print(error, file=sys.stderr)  # says what happened and what to do
            continue
        for page in (page for document in documents if not document.metadata.secrecy for page in page_records(document)):
            archive.execute("DELETE FROM pages WHERE id = ?", (page.id,))
            archive.execute("INSERT INTO pages VALUES (?, ?, ?, ?)", (page.id, page.number, page.text, page.text_folded))
