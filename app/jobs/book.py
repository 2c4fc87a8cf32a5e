"""The jobs on disk: each in a file of its own, so that a power cut costs none of them."""

from __future__ import annotations

import shutil
from pathlib import Path

from pydantic import ValidationError

from app import log
from app.errors import StoreError
from app.i18n import tr
from app.jobs.epochs import EpochFile
from app.jobs.job import Job
from app.settings.files import write_text


class JobBook:
    """Reads and writes jobs; every file whole or not at all.

    Args:
        folder: Of the jobs; made when the first one is kept.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def load(self) -> tuple[Job, ...]:
        """Return all jobs in the order of the queue; a damaged file is put aside."""
        if not self.folder.is_dir():
            return ()
        found = [self._read(file) for file in sorted(self.folder.glob("*.json"))]
        return tuple(sorted((job for job in found if job), key=lambda job: (job.queued, job.id)))

    def save(self, job: Job) -> None:
        """Keep a job as it stands.

        Raises:
            StoreError: It cannot be written.
        """
        write_text(self._file(job.id), job.model_dump_json(indent=1))

    def remove(self, job: Job) -> None:
        """Forget a job; the files that it made stay.

        Raises:
            StoreError: It cannot be removed.
        """
        try:
            self._file(job.id).unlink(missing_ok=True)
            self.epochs(job).clear()
        except OSError as error:
            raise StoreError(
                tr("{file} cannot be removed: {error}.").format(
                    file=self._file(job.id), error=error.strerror or error
                )
            ) from error

    def epochs(self, job: Job) -> EpochFile:
        """Return the curve of a job."""
        return EpochFile(self.folder / f"{job.id}.epochs.jsonl")

    def forget_work(self, job: Job) -> None:
        """Remove what a job has made so far, so that it begins anew.

        Raises:
            StoreError: It cannot be removed.
        """
        try:
            self.epochs(job).clear()
            if job.folder and Path(job.folder).is_dir():
                shutil.rmtree(job.folder)
        except OSError as error:
            raise StoreError(
                tr("{file} cannot be removed: {error}.").format(
                    file=job.folder, error=error.strerror or error
                )
            ) from error

    def _file(self, job_id: str) -> Path:
        return self.folder / f"{job_id}.json"

    def _read(self, file: Path) -> Job | None:
        try:
            return Job.model_validate_json(file.read_bytes())
        except OSError as error:
            log.station.warning("the job %s cannot be read: %s", file, error)
        except ValidationError as error:
            log.station.warning("the job %s is damaged and put aside: %s", file, error)
            self._put_aside(file)
        return None

    def _put_aside(self, file: Path) -> None:
        try:
            file.replace(file.with_name(f"{file.name}.damaged"))
        except OSError as error:
            log.station.warning("%s cannot be put aside: %s", file, error)
