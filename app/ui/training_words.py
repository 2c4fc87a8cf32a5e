"""Jobs in words: state, stage, time left, what they cost the line."""

from __future__ import annotations

from app.i18n import N_, tr, trn
from app.jobs.job import Job, JobState
from app.jobs.slowdown import Slowdown
from app.jobs.throttle import Hold
from app.station.job_look import JobLook

STATES: dict[JobState, str] = {
    JobState.WAITING: N_("waits its turn"),
    JobState.RUNNING: N_("runs"),
    JobState.DONE: N_("done"),
    JobState.FAILED: N_("failed"),
    JobState.STOPPED: N_("stopped"),
    JobState.INTERRUPTED: N_("interrupted"),
}
STAGES: dict[str, str] = {
    "read": N_("reads the reviews"),
    "pictures": N_("exports the pictures"),
    "start": N_("loads the program"),
    "features": N_("looks at the pictures"),
    "training": N_("learns"),
    "coreset": N_("chooses what to remember"),
    "bank": N_("remembers good parts"),
    "limits": N_("sets the limits"),
    "calibration": N_("sets the limits"),
    "test": N_("tests the result"),
}
FIGURES: dict[str, str] = {
    "image_auroc": N_("Image AUROC"),
    "pixel_auroc": N_("Pixel AUROC"),
    "f1_max": N_("Best F1"),
}
"""Figures that the curves show."""
TESTED: dict[str, str] = {
    "image_auroc": N_("Image AUROC"),
    "pixel_auroc": N_("Pixel AUROC"),
    "aupro": N_("AUPRO"),
    "image_ap": N_("Image AP"),
    "f1_max": N_("Best F1"),
    "f1": N_("F1 at the limit"),
}
"""Figures of the test part."""
_STOPS: dict[str, str] = {
    "finished": N_("all epochs"),
    "patience": N_("no better epoch came any more"),
    "minutes": N_("the time was up"),
}


def state_text(job: Job, look: JobLook | None) -> str:
    """Return how it stands with a job; `look` if it is the running one."""
    if look is None or look.job_id != job.id:
        return tr(STATES[job.state])
    if look.is_stopping:
        return tr("stops …")
    if look.held_by_hand:
        return tr("held by hand")
    if look.hold is Hold.LINE:
        return tr("held for the line")
    if look.hold is Hold.MEASURING:
        return tr("measures the line")
    stage = tr(STAGES.get(look.stage, STATES[JobState.RUNNING]))
    number, count = look.turn
    if not count:
        return stage
    return tr("{what} ({number} of {count})").format(what=stage, number=number, count=count)


def duration(seconds: float | None) -> str:
    """Return a time for a table, in minutes or hours; "" for none."""
    if seconds is None:
        return ""
    minutes = round(seconds / 60)
    if minutes < 1:
        return tr("< 1 min")
    if minutes < 90:
        return tr("{count} min").format(count=minutes)
    return tr("{hours} h {minutes} min").format(hours=minutes // 60, minutes=minutes % 60)


def percent(share: float | None) -> str:
    """Return a share in whole percent; "" for none."""
    return "" if share is None else f"{100 * share:.0f} %"


def cost_text(look: JobLook) -> str:
    """Return what the running job costs the line, one or two sentences."""
    if not look.judging:
        return tr("The line judges nothing just now; the training has the machine to itself.")
    if look.slowdown is None:
        return tr("The line is being measured with and without the training.")
    slow = look.slowdown
    said = tr(
        "With the training the line is {share} slower: {fps_before} → {fps_during} parts per "
        "second, {ms_before} → {ms_during} ms per part."
    ).format(share=percent(slow.share), **_numbers(slow))
    if look.hold is Hold.LINE:
        rest = round(look.rest_s)
        held = trn(
            "It is held and goes on in {count} second at the latest.",
            "It is held and goes on in {count} seconds at the latest.",
            rest,
        )
        return f"{said} {held.format(count=rest)}"
    return said


def _numbers(slow: Slowdown) -> dict[str, str]:
    return {
        "fps_before": f"{slow.before.parts_per_s:.1f}",
        "fps_during": f"{slow.during.parts_per_s:.1f}",
        "ms_before": f"{slow.before.model_ms:.0f}",
        "ms_during": f"{slow.during.model_ms:.0f}",
    }


def stop_text(why: str) -> str:
    """Return why a training has ended."""
    return tr(_STOPS[why]) if why in _STOPS else why
