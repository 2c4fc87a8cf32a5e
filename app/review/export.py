"""Reviewed pictures as a training set in MVTec layout, whole or not at all."""

from __future__ import annotations

import errno
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from app import log
from app.errors import StoreError
from app.i18n import tr
from app.inspection.recipe import Recipe
from app.review.export_files import FileNames, encoded_png
from app.review.export_manifest import MANIFEST, PARTS, Exported, manifest_text, parts_table
from app.review.export_split import Split, split_parts
from app.review.judged_pieces import Shown, shown_of, stored_recipe
from app.review.labelled import (
    Cancelled,
    ExportCancelled,
    ExportError,
    LabelledPart,
    LeftOut,
    Progress,
    Selection,
    select_parts,
)
from app.store.base import Query, RecordStore
from app.store.evidence import EvidenceStore
from model.atomic import whole_folder
from model.data import Sample
from model.datasets.collection import Collection
from model.datasets.look import Look, look_at
from model.datasets.meta import FILE as META
from model.datasets.meta import write_meta

__all__ = ["ExportCancelled", "ExportError", "ExportPlan", "ExportResult", "export_reviews"]

_STAGED = ".pictures"


@dataclass(frozen=True, slots=True)
class ExportPlan:
    """What to export.

    Attributes:
        query: Which records; only those with a standing review are looked at.
        machine_masks: Take the machine's regions where a defective part has no drawn mask.
        held_out: Share of the good parts for the test.
        seed: Of the split.
        most: Good and defective parts at most, the newest of each; None for all.
    """

    query: Query = field(default_factory=Query)
    machine_masks: bool = False
    held_out: float = 0.3
    seed: int = 0
    most: int | None = None


@dataclass(frozen=True, slots=True)
class ExportResult:
    """What was written.

    Attributes:
        folder: Of the training set.
        train_good: Good pictures to learn from.
        test_good: Good pictures for the test.
        kinds: Defective pictures by kind.
        masks: Masks by who drew them, "review" or "machine".
        left_out: Reviewed records that are not in it, by reason.
        products: Products.
        by_lot: Good pictures of one lot stand on one side of the split.
    """

    folder: Path
    train_good: int
    test_good: int
    kinds: dict[str, int]
    masks: dict[str, int]
    left_out: dict[str, int]
    products: tuple[str, ...]
    by_lot: bool

    @property
    def defective(self) -> int:
        """Defective pictures."""
        return sum(self.kinds.values())


def export_reviews(
    store: RecordStore,
    evidence: EvidenceStore,
    plan: ExportPlan,
    folder: Path,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> ExportResult:
    """Write the training set of the reviewed records that match; blocks.

    Pictures are those that the model saw of each part, one for every region or tile of its recipe,
    and so are the masks. Beside `train/good`, `test/good`, `test/<kind>` and
    `ground_truth/<kind>` (below a folder each for several products) stand meta.json, parts.csv
    with what shows the same part, and manifest.json with where everything comes from.

    Args:
        store: Records and reviews.
        evidence: Their pictures.
        plan: What to export.
        folder: Must not exist or be empty; appears complete.
        progress: Called with ("read", "pictures" or "compare", done, in all).
        cancelled: Asked between two pictures.

    Raises:
        ExportError: Nothing fits, or the folder cannot be written.
        ExportCancelled: `cancelled` said so.
        StoreError: The database fails.
    """
    _check_free(folder)
    found = select_parts(
        store, plan.query, machine_masks=plan.machine_masks, progress=progress, cancelled=cancelled
    )
    _thin_out(found, plan.most)
    with _whole_folder(folder) as part:
        run = _Run(part, found, store, evidence, progress, cancelled)
        run.stage()
        split = split_parts(run.parts, run.looks, plan.held_out, plan.seed)
        entries = run.place(split)
        run.describe(plan, entries, split)
    return _result(folder, found, entries, split)


class _Run:
    """One export into a folder that nobody looks at yet."""

    def __init__(
        self,
        root: Path,
        found: Selection,
        store: RecordStore,
        evidence: EvidenceStore,
        progress: Progress | None,
        cancelled: Cancelled | None,
    ) -> None:
        self._root, self._found = root, found
        self._store, self._evidence = store, evidence
        self._recipes: dict[tuple[str, int], Recipe | None] = {}
        self._progress, self._cancelled = progress, cancelled
        self._names = FileNames([one.record for one in found.parts])
        self.parts: list[LabelledPart] = []
        self.looks: list[Look] = []
        self._masks: list[bytes] = []

    def stage(self) -> None:
        """Write every picture and note what it looks like.

        Raises:
            ExportError: None can be read.
        """
        staged = self._root / _STAGED
        staged.mkdir(parents=True)
        for done, part in enumerate(self._found.parts, start=1):
            self._ask()
            try:
                shown = self._shown(part)
            except StoreError as error:
                log.store.info("%s is in no training set: %s", part.record.id, error)
                self._found.left_out[LeftOut.UNREADABLE].append(part.record.id)
            else:
                self._keep(part, shown, staged)
            self._report("pictures", done)
        if not self.parts:
            raise ExportError(
                tr("No reviewed part with a picture fits the filters; review some first.")
            )

    def _shown(self, part: LabelledPart) -> tuple[Shown, ...]:
        record = part.record
        if record.evidence is None:
            raise StoreError(tr("The stored picture is gone; it cannot be shown."))
        key = record.recipe, record.recipe_version
        if key not in self._recipes:
            self._recipes[key] = stored_recipe(self._store, record)
        return shown_of(self._evidence.load_image(record.evidence), part, self._recipes[key])

    def _keep(self, part: LabelledPart, shown: Sequence[Shown], staged: Path) -> None:
        if not shown:
            self._found.left_out[LeftOut.NO_PLACE].append(part.record.id)
        product = self._names.product(part.record)
        for number, one in enumerate(shown):
            ending = f"-{number + 1}" if len(shown) > 1 else ""
            file = staged / f"{part.record.id}{ending}.png"
            file.write_bytes(encoded_png(one.picture))
            self.looks.append(look_at(Sample(file, part.kind, part.is_defective, None, product)))
            self.parts.append(part)
            self._masks.append(b"" if one.mask is None else encoded_png(one.mask))

    def place(self, split: Split) -> list[Exported]:
        """Move every picture to where the split wants it and write the masks."""
        train = set(split.train)
        found = []
        for number, (part, look) in enumerate(zip(self.parts, self.looks, strict=True)):
            self._ask()
            base = self._names.base(part.record)
            kind = self._names.kind(part.kind) if part.is_defective else "good"
            phase = "train" if number in train else "test"
            name = f"{base}{phase}/{kind}/{look.sample.path.name}"
            _made(self._root / name)
            look.sample.path.replace(self._root / name)
            stem = f"{base}ground_truth/{kind}/{look.sample.path.stem}"
            mask = self._write_mask(self._masks[number], stem)
            found.append(Exported(part, phase, kind, name, mask, split.groups[number]))
            self._report("compare", number + 1)
        (self._root / _STAGED).rmdir()
        return found

    def _write_mask(self, mask: bytes, stem: str) -> str:
        if not mask:
            return ""
        file = self._root / f"{stem}_mask.png"
        _made(file)
        file.write_bytes(mask)
        return f"{stem}_mask.png"

    def describe(self, plan: ExportPlan, entries: Sequence[Exported], split: Split) -> None:
        """Write meta.json, the table of what shows the same part, and the manifest."""
        samples: dict[str, list[Sample]] = {"train": [], "test": []}
        for one in entries:
            mask = self._root / one.mask if one.mask else None
            product = self._names.product(one.part.record)
            samples[one.phase].append(
                Sample(self._root / one.file, one.kind, one.part.is_defective, mask, product)
            )
        name = "+".join(dict.fromkeys(self._names.product(part.record) for part in self.parts))
        collection = Collection(self._root, name, tuple(samples["train"]), tuple(samples["test"]))
        write_meta(collection, self._root / META)
        (self._root / PARTS).write_text(parts_table(entries), encoding="utf-8", newline="")
        text = manifest_text(self._root, plan, entries, self._found.left_out, split)
        (self._root / MANIFEST).write_text(text, encoding="utf-8")

    def _ask(self) -> None:
        if self._cancelled is not None and self._cancelled():
            raise ExportCancelled(tr("The export was stopped; nothing was written."))

    def _report(self, stage: str, done: int) -> None:
        if self._progress is not None:
            self._progress(stage, done, len(self._found.parts))


def _thin_out(found: Selection, most: int | None) -> None:
    """Keep the newest parts of each class."""
    if most is None:
        return
    newest = list(reversed(found.parts))
    good = [one for one in newest if not one.is_defective][:most]
    bad = [one for one in newest if one.is_defective][:most]
    kept = {one.record.id for one in (*good, *bad)}
    found.parts[:] = [one for one in found.parts if one.record.id in kept]


def _result(
    folder: Path, found: Selection, entries: Sequence[Exported], split: Split
) -> ExportResult:
    good = [one for one in entries if not one.part.is_defective]
    names = FileNames([one.part.record for one in entries])
    return ExportResult(
        folder=folder,
        train_good=len(split.train),
        test_good=len(good) - len(split.train),
        kinds=dict(Counter(one.kind for one in entries if one.part.is_defective)),
        masks=dict(Counter(one.part.mask_from for one in entries if one.mask)),
        left_out={reason.value: len(ids) for reason, ids in found.left_out.items() if ids},
        products=tuple(dict.fromkeys(names.product(one.part.record) for one in entries)),
        by_lot=split.by_lot,
    )


def _made(file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)


def _check_free(folder: Path) -> None:
    if folder.is_file() or (folder.is_dir() and any(folder.iterdir())):
        raise ExportError(
            tr("The folder {folder} is not empty; choose another one.").format(folder=folder)
        )


@contextmanager
def _whole_folder(folder: Path) -> Iterator[Path]:
    """Give a folder to write to; on success it becomes `folder`, on failure it is gone."""
    try:
        with whole_folder(folder) as part:
            yield part
    except OSError as error:
        raise _as_export_error(folder, error) from error


def _as_export_error(folder: Path, error: OSError) -> ExportError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return ExportError(
            tr("The disk is full, nothing was exported; free space or choose another folder."),
            code="disk-full",
        )
    return ExportError(
        tr("The training set cannot be written to {folder}: {reason}.").format(
            folder=folder, reason=error.strerror or error
        )
    )
