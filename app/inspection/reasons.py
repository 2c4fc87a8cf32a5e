"""Why a part has its verdict, in a sentence for the operator."""

from __future__ import annotations

from app.i18n import N_, tr, trn
from app.inspection.record import InspectionRecord
from app.inspection.verdict import Verdict
from model.explaining import explains
from model.types import Region

# Reason code -> what is wrong and what to do. Codes are stable, they go to outputs and logs.
SENTENCES: dict[str, str] = {
    "not-calibrated": N_("The checkpoint has no limits; teach it or set limits in the recipe."),
    "limits-invalid": N_("The limits contradict each other; correct them in the recipe."),
    "no-predictor": N_("No model is loaded; choose a checkpoint."),
    "no-prediction": N_("The model gave no result; inspect the part again."),
    "wrong-checkpoint": N_("The loaded checkpoint is not the recipe's; load the right one."),
    "score-not-finite": N_("The model gave no valid score; check the checkpoint."),
    "map-not-finite": N_("The model gave no valid map; check the checkpoint."),
    "map-wrong-size": N_("The model's map does not fit the picture; check the checkpoint."),
    "model-failed": N_("The model failed; inspect the part again, tell the engineer."),
    "model-refused": N_("The model cannot judge this picture; tell the engineer."),
    "out-of-memory": N_("There is too little memory for the model; close other programs."),
    "inspection-failed": N_("The inspection failed; inspect the part again, tell the engineer."),
    "frame-stale": N_("The picture was too old when its turn came; inspect the part again."),
    "frame-invalid": N_("The camera delivered no valid picture; check the camera."),
    "frame-unreadable": N_("The picture could not be read; check the file or the camera."),
    "region-outside-frame": N_("The picture is smaller than the recipe expects; check the camera."),
    "part-not-found": N_(
        "The part was not found in the picture; check its position and the light."
    ),
    "part-outside-frame": N_("The part lies partly outside of the picture; check its position."),
    "nothing-to-judge": N_("Exclusions cover a whole region; correct them in the recipe."),
    "tiles-too-small": N_("The recipe's tiles are too small for this picture; set larger ones."),
    "anchor-damaged": N_("The mark of the recipe is damaged; draw it anew."),
    "trigger-lost": N_("A part came before the last one was judged; inspect it again."),
}
_UNKNOWN = N_("No judgement was possible; inspect the part again.")
_NOWHERE = N_("The whole part differs; no single region stands out.")


def code_of(reason: str) -> str:
    """Return the stable code of a reason, without the details."""
    return reason.partition(":")[0].strip()


def details_of(reason: str) -> str:
    """Return what follows the code of a reason, "" if nothing does."""
    return reason.partition(":")[2].strip()


def sentence_of(reason: str) -> str:
    """Return the untranslated sentence of a reason."""
    return SENTENCES.get(code_of(reason), _UNKNOWN)


def explain(record: InspectionRecord) -> str:
    """Return why the part has its verdict, in the language in use, without the details."""
    if record.verdict is Verdict.ERROR:
        reasons = record.decision.reasons
        return tr(SENTENCES.get(code_of(reasons[0]) if reasons else "", _UNKNOWN))
    found = describe_regions(record.decision.regions, record.mm_per_px)
    if record.verdict is Verdict.OK:
        return found or tr("No defect found.")
    found = found or (_named(record) if explains(record.detector) else tr(_NOWHERE))
    names = ", ".join(filter(None, map(details_of, record.decision.reasons)))
    return f"{names}: {found}" if names else found


def _named(record: InspectionRecord) -> str:
    """Return what a classifier says of a part, whose map has no regions."""
    if not record.defect:
        return tr("The classifier takes it for defective.")
    return tr("The classifier takes it for: {defect}.").format(defect=record.defect)


def describe_regions(regions: tuple[Region, ...], mm_per_px: float | None) -> str:
    """Return e.g. "2 regions, largest 3.1 mm²", in pixels without a scale, "" for none."""
    if not regions:
        return ""
    largest = max(region.area_px for region in regions)
    if mm_per_px is None:
        text = trn("{count} region, {area} px", "{count} regions, largest {area} px", len(regions))
        return text.format(count=len(regions), area=f"{largest:.0f}")
    area = largest * mm_per_px**2
    text = trn("{count} region, {area} mm²", "{count} regions, largest {area} mm²", len(regions))
    return text.format(count=len(regions), area=_area(area))


def _area(square_mm: float) -> str:
    """Return one decimal, or two digits that count for a small area."""
    return f"{square_mm:.1f}" if square_mm >= 0.1 else f"{square_mm:.2g}"
