"""Reports as one HTML file each: facts, figures, plots and galleries, worst images first."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from matplotlib.figure import Figure

from model.evaluate import Report
from model.figures import Figures, Judged
from model.report.files import write_file
from model.report.gallery import Tile, data_uri, scale_of, tile, worst_first
from model.report.plots import curves_plot, png, pr_plot, roc_plot, scores_plot
from model.report.tables import LIMIT_NOTE, TABLE_NOTE, figures_table, kinds_table, limit_table
from model.training.config import Epoch
from model.types import Calibration

MOST_TILES = 40
_TEMPLATES = Path(__file__).resolve().parent / "templates"


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a page.

    Attributes:
        title: Stands above it.
        header: Names of the columns.
        rows: Cells as text or numbers; None is shown as a dash.
        note: Stands below it.
        has_total: The last row sums up the others.
    """

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[object]]
    note: str = ""
    has_total: bool = False


def write_training_report(
    path: Path,
    *,
    title: str,
    facts: Mapping[str, object],
    epochs: Sequence[Epoch],
    best: int | None = None,
    report: Report | None = None,
    judged: Sequence[Judged] = (),
    calibration: Calibration | None = None,
    tables: Sequence[Table] = (),
    plots: Sequence[tuple[str, Figure]] = (),
    most_tiles: int = MOST_TILES,
) -> None:
    """Write how a training run went and what its best weights do, whole or not at all.

    Args:
        path: The HTML file; its folder is made if it is missing.
        title: Headline.
        facts: What was trained on what and how, by name; shown as text.
        epochs: In order; may be empty.
        best: Number of the best epoch.
        report: Figures on the test images, if any were kept for it.
        judged: Images for the galleries, as `evaluate_samples` gives them.
        calibration: Limits of the trained checkpoint.
        tables: Further tables, e.g. the folds of a cross-validation.
        plots: Further plots by name, before the curves.
        most_tiles: Images of each gallery at most.

    Raises:
        ModelError: The file cannot be written.
    """
    curves = [("Curves", curves_plot(epochs, best))] if epochs else []
    _write(
        path,
        title=title,
        facts=facts,
        plots=[*plots, *curves],
        report=report,
        judged=judged,
        calibration=calibration or Calibration(),
        tables=tables,
        most_tiles=most_tiles,
    )


def write_test_report(
    path: Path,
    *,
    title: str,
    facts: Mapping[str, object],
    report: Report,
    judged: Sequence[Judged],
    calibration: Calibration,
    tables: Sequence[Table] = (),
    most_tiles: int = MOST_TILES,
) -> None:
    """Write what a checkpoint does on labelled images, whole or not at all.

    Arguments as those of `write_training_report`.

    Raises:
        ModelError: The file cannot be written.
    """
    _write(
        path,
        title=title,
        facts=facts,
        plots=[],
        report=report,
        judged=judged,
        calibration=calibration,
        tables=tables,
        most_tiles=most_tiles,
    )


def _write(
    path: Path,
    *,
    title: str,
    facts: Mapping[str, object],
    plots: Sequence[tuple[str, Figure]],
    report: Report | None,
    judged: Sequence[Judged],
    calibration: Calibration,
    tables: Sequence[Table],
    most_tiles: int,
) -> None:
    limit = calibration.limit
    drawn = list(plots) + _score_plots(judged, limit)
    bad, good = worst_first(judged)
    low, high = scale_of(judged, calibration)

    def tiles(some: Sequence[Judged]) -> list[Tile]:
        return [tile(one, limit, low, high) for one in some[:most_tiles]]

    page = (
        environment()
        .get_template("report.html")
        .render(
            title=title,
            headline=_headline(report, limit),
            facts={
                plain(k): v for k, v in facts.items() if v is not None and v not in ("", [], {}, ())
            },
            plots=[(name, data_uri(png(figure), "png")) for name, figure in drawn],
            tables=[*_tables(report, limit), *tables],
            limit=limit if math.isfinite(limit) else None,
            scale=(low, high),
            is_calibrated=calibration.is_usable,
            has_products=len({one.sample.product for one in judged}) > 1,
            galleries=[
                ("Defective images, lowest score first", tiles(bad), len(bad)),
                ("Good images, highest score first", tiles(good), len(good)),
            ],
        )
    )
    write_file(path, page.encode("utf-8"))


def _score_plots(judged: Sequence[Judged], limit: float) -> list[tuple[str, Figure]]:
    if not judged:
        return []
    plots = [("Scores", scores_plot(judged, limit))]
    if len({one.sample.is_defective for one in judged}) == 2:
        plots += [("ROC", roc_plot(judged, limit)), ("Precision", pr_plot(judged, limit))]
    return plots


def _tables(report: Report | None, limit: float) -> list[Table]:
    if report is None:
        return []
    tables = [Table("Figures", *figures_table(report), TABLE_NOTE, has_total=True)]
    if math.isfinite(limit):
        tables.append(
            Table("At the limit in use", *limit_table(report), LIMIT_NOTE, has_total=True)
        )
    if report.per_kind:
        tables.append(Table("By kind of defect", *kinds_table(report)))
    return tables


def _headline(report: Figures | None, limit: float) -> str:
    """Return the first thing a quality engineer wants to know, one sentence."""
    if report is None:
        return ""
    counts = f"{report.n_good} good and {report.n_defective} defective images"
    if report.escapes is None or report.false_calls is None:
        return f"{counts}; the checkpoint has no limit yet, so there is no OK and NG."
    return (
        f"{counts}. At the limit {limit:.4g}: {report.escapes} of {report.n_defective} defective "
        f"images pass (escapes), {report.false_calls} of {report.n_good} good images are called "
        "defective (false calls)."
    )


def environment() -> Environment:
    """Return what renders the templates of all reports."""
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES, encoding="utf-8"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["cell"] = cell
    return environment


def cell(value: Any) -> str:
    """Return a cell's text: numbers to four digits, lists and tables of facts as words.

    What is not defined is a dash.
    """
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(f"{plain(name)} {cell(one)}" for name, one in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(cell(one) for one in value)
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def plain(name: object) -> str:
    """Return a key as words."""
    return str(name).replace("_", " ")
