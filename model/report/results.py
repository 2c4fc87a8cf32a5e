"""The files of a test: report, figures, scores and plots in one folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from model.evaluate import Evaluation
from model.report.files import csv_text, write_file
from model.report.gallery import verdict_of, worst_first
from model.report.page import write_test_report
from model.report.plots import png, pr_plot, roc_plot
from model.types import Calibration

_SCORES_HEADER = ("path", "product", "kind", "is_defective", "score", "limit", "verdict")


def save_results(
    folder: Path,
    evaluation: Evaluation,
    calibration: Calibration,
    *,
    title: str,
    facts: Mapping[str, object],
    root: Path | None = None,
) -> tuple[Path, ...]:
    """Write report.html, results.json, results.csv, scores.csv, roc.png and pr.png.

    The scores stand in the order of the galleries: defective images from the lowest score, then
    good ones from the highest. Shares are fractions of one, numbers are exact.

    Args:
        folder: Made if it is missing.
        evaluation: What to write.
        calibration: Limits of the checkpoint.
        title: Headline of the report.
        facts: What was tested with what, by name.
        root: Paths in the scores are relative to it where they lie within.

    Returns:
        The files.

    Raises:
        ModelError: A file cannot be written.
    """
    limit = calibration.limit
    judged = evaluation.judged
    contents = {
        "results.json": json.dumps(asdict(evaluation.report), indent=2, allow_nan=False).encode(),
        "results.csv": _figures_csv(evaluation).encode("utf-8"),
        "scores.csv": _scores_csv(evaluation, limit, root).encode("utf-8"),
        "roc.png": png(roc_plot(judged, limit)),
        "pr.png": png(pr_plot(judged, limit)),
    }
    for name, data in contents.items():
        write_file(folder / name, data)
    page = folder / "report.html"
    write_test_report(
        page,
        title=title,
        facts=facts,
        report=evaluation.report,
        judged=judged,
        calibration=calibration,
    )
    return (page, *(folder / name for name in contents))


def _figures_csv(evaluation: Evaluation) -> str:
    """Return a line per product and the mean, then a line per kind."""
    report = evaluation.report
    lines = {("product", name or "all"): asdict(one) for name, one in report.per_product.items()}
    names = list(next(iter(lines.values())))
    lines[("mean", "mean")] = {name: getattr(report, name) for name in names}
    for kind, values in report.per_kind.items():
        lines[("kind", kind)] = {"n_defective": values["n"], **values}
    rows = [[*key, *(values.get(name) for name in names)] for key, values in lines.items()]
    return csv_text(["of", "name", *names], rows)


def _scores_csv(evaluation: Evaluation, limit: float, root: Path | None) -> str:
    bad, good = worst_first(evaluation.judged)
    shown_limit = limit if limit == limit else None  # NaN is the one number unequal to itself
    rows = []
    for one in (*bad, *good):
        sample = one.sample
        is_inside = root is not None and sample.path.is_relative_to(root)
        path = sample.path.relative_to(root) if root is not None and is_inside else sample.path
        rows.append(
            [
                path.as_posix(),
                sample.product,
                sample.kind,
                int(sample.is_defective),
                repr(one.score),
                shown_limit,
                verdict_of(one, limit),
            ]
        )
    return csv_text(_SCORES_HEADER, rows)
