"""Stores parts without end and prints the id of each stored one; killed by its test.

python -m tests.rigs.endless_writer HOME
"""

from __future__ import annotations

import sys
from itertools import count
from pathlib import Path

from app.inspection.record import InspectionRecord
from app.inspection.verdict import Verdict
from app.store import open_store
from app.store.evidence import EvidenceStore
from app.store.writer import RecordWriter
from tests.rigs.records import an_inspection


def on_stored(record: InspectionRecord) -> None:
    print(record.id, flush=True)


def on_fault(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


def main(home: Path) -> None:
    store = open_store(f"sqlite:///{(home / 'station.db').as_posix()}")
    evidence = EvidenceStore(home / "evidence", min_free_bytes=0)
    writer = RecordWriter(store, evidence, on_stored, on_fault, size=4)
    writer.start()
    for number in count():
        verdict = list(Verdict)[number % 4]
        writer.submit(an_inspection(verdict, size=(96, 128), serial=str(number), seed=number % 7))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
