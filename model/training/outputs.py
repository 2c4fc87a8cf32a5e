"""The files of a run: one for each epoch, the best checkpoint, the curves, the report."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from torch import nn

from model import checkpoint
from model.atomic import whole_file
from model.checkpoint_header import METADATA_KEY, Header
from model.detector import Detector
from model.detectors.few_shot_clip import FewShotClip
from model.errors import CheckpointError
from model.evaluate import Evaluation
from model.layers.prompts import PromptLearner
from model.official import save_official
from model.report.curves import write_curves
from model.report.page import Table, write_training_report
from model.training.config import Epoch, LoopResult
from model.training.facts import Facts
from model.training.start import Start
from model.types import Calibration

BEST = "best.safetensors"
REPORT = "report.html"
# word, normal and anomalous template that the official code has built in
OFFICIAL_WORDS = ("object", "{}", "damaged {}")
_CURVES_EVERY_S = 60.0


class RunFiles:
    """Writes what a run leaves behind into one folder; every file whole or not at all."""

    def __init__(
        self, folder: Path, start: Start, facts: Facts, earlier: Sequence[Epoch] = ()
    ) -> None:
        """Make the folder.

        Args:
            folder: Where to.
            start: The detector that is trained, and its backbone.
            facts: What is noted in each checkpoint.
            earlier: Epochs before a resume.

        Raises:
            CheckpointError: The folder cannot be made.
        """
        self.folder, self._start, self._facts = folder, start, facts
        self._epochs = list(earlier)
        self._drawn = time.monotonic()
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CheckpointError(
                f"Cannot make the folder {folder}: {error.strerror or error}."
            ) from error

    def epoch(self, epoch: Epoch, *, keep: bool) -> None:
        """Write an epoch's checkpoint if it is to be kept, and the curves now and then.

        Prompts go into `epoch_N.pth` in the official layout with `epoch_N.json` beside it. What a
        detector has beyond prompts goes into `epoch_N.safetensors`.

        Raises:
            CheckpointError: A file cannot be written.
        """
        self._epochs = [one for one in self._epochs if one.number < epoch.number] + [epoch]
        if keep:
            self._write_epoch(epoch)
        if time.monotonic() - self._drawn > _CURVES_EVERY_S:
            write_curves(self._epochs, self.folder)
            self._drawn = time.monotonic()

    def _write_epoch(self, epoch: Epoch) -> None:
        detector, stem = self._start.detector, self.folder / f"epoch_{epoch.number}"
        learner, clip = official_parts(detector)
        if learner is not None and clip is not None:
            save_official(learner, clip, stem.with_suffix(".pth"))
            _write_json(stem.with_suffix(".json"), self._sidecar(epoch))
        if not _is_prompts_alone(detector):
            self._save(stem.with_suffix(".safetensors"), Calibration(), _curve_values(epoch))

    def best(self, calibration: Calibration, extra: dict[str, Any]) -> Path:
        """Write best.safetensors with its limits and return it.

        Raises:
            CheckpointError: It cannot be written or holds a value that is not finite.
        """
        return self._save(self.folder / BEST, calibration, extra)

    def report(
        self,
        done: LoopResult,
        stopped: str,
        calibration: Calibration,
        evaluation: Evaluation | None,
        tables: Sequence[Table] = (),
    ) -> None:
        """Write the curves of the whole run and its page.

        Args:
            done: Epochs of the run.
            stopped: Why it has ended.
            calibration: Limits of the trained checkpoint.
            evaluation: Of the test part, if there is one.
            tables: Further tables.

        Raises:
            ModelError: They cannot be written.
        """
        write_curves(done.epochs, self.folder, done.best)
        write_training_report(
            self.folder / REPORT,
            title=f"Training: {self._facts.name}",
            facts=self._facts.extra | {"stopped": stopped},
            epochs=done.epochs,
            best=done.best,
            report=evaluation.report if evaluation else None,
            judged=evaluation.judged if evaluation else (),
            calibration=calibration,
            tables=tables,
        )

    def _save(self, path: Path, calibration: Calibration, extra: dict[str, Any]) -> Path:
        checkpoint.save(
            path,
            self._start.detector,
            calibration,
            name=self._facts.name,
            backbone_name=self._start.backbone,
            backbone_sha256=self._start.backbone_sha256,
            extra=self._facts.extra | extra,
        )
        return path

    def _sidecar(self, epoch: Epoch) -> str:
        """Return what goes beside an official file: the header that a checkpoint would have."""
        detector = self._start.detector
        header = Header(
            name=self._facts.name,
            kind=detector.kind,
            config=detector.config(),
            backbone=self._start.backbone,
            backbone_sha256=self._start.backbone_sha256,
            n_shots=0,
            calibration=Calibration(),
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            software=checkpoint.SOFTWARE,
            extra=self._facts.extra | _curve_values(epoch),
        )
        return header.to_metadata()[METADATA_KEY]


def official_parts(detector: Detector) -> tuple[PromptLearner | None, nn.Module | None]:
    """Return the prompts and the CLIP of a detector that has official ones, else None twice."""
    learner, clip = getattr(detector, "prompt_learner", None), getattr(detector, "clip", None)
    if isinstance(learner, PromptLearner) and isinstance(clip, nn.Module):
        return learner, clip
    return None, None


def _is_prompts_alone(detector: Detector) -> bool:
    names = {key.partition(".")[0] for key in detector.checkpoint_state()}
    return names <= {"prompt_learner", "text_features"}


def _curve_values(epoch: Epoch) -> dict[str, Any]:
    values = asdict(epoch)
    # JSON knows no NaN
    kept = {k: v for k, v in values["metrics"].items() if v == v}
    return {"epoch": values["number"], "losses": values["losses"], "metrics": kept}


def _write_json(path: Path, text: str) -> None:
    try:
        with whole_file(path) as part:
            part.write_text(json.dumps(json.loads(text), indent=1), encoding="utf-8")
    except OSError as error:
        raise CheckpointError(f"Cannot write {path}: {error.strerror or error}.") from error


def export_official(detector: Detector, path: Path) -> dict[str, Any]:
    """Write a detector's prompts as an `epoch_N.pth` that the official code loads strictly.

    Returns:
        The options that the official test program needs for it, by name.

    Raises:
        CheckpointError: The detector has no such prompts, its words are not those of the
            official code, or the file cannot be written.
    """
    base = detector.base if isinstance(detector, FewShotClip) else detector
    learner, clip = official_parts(base)
    if learner is None or clip is None:
        raise CheckpointError(
            f"A detector of kind {detector.kind} has no prompts of the official layout; export "
            "an anomaly_clip or ad_clip checkpoint."
        )
    config = base.config()
    config = config.get("base", config)
    if config.get("unfrozen"):
        raise CheckpointError(
            "The prompts were learned with vision blocks of their own, which the official code "
            "does not load; export a checkpoint that was trained with a frozen backbone."
        )
    words = (learner.word, learner.normal, learner.anomalous)
    if words != OFFICIAL_WORDS:
        raise CheckpointError(
            f"The prompts were learned with the words {', '.join(map(repr, words))}, but the "
            "official code knows 'object' and 'damaged object' alone."
        )
    save_official(learner, clip, path)
    options = {"n_ctx": learner.n_ctx, "t_n_ctx": learner.t_n_ctx, "depth": learner.depth}
    return options | {
        "image_size": base.preprocess.size,
        "features_list": config.get("features_list"),
        "dpam": config.get("dpam"),
    }
