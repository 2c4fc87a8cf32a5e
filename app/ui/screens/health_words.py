"""What the health screen says."""

from __future__ import annotations

from app.i18n import N_, tr, trn
from app.quality.baseline import LEAST_PARTS
from app.quality.drift_words import local_time, name_of, number, sentence
from app.quality.run_rules import Rule
from app.station.golden_status import GoldenStatus
from app.ui import golden_words
from app.ui.golden_shelf import Shelf
from app.ui.screens.health_loading import Loaded, Shares, Trend

NG_RATE, KINDS, GOLDEN = "ng_rate", "kinds", "golden"
"""Entries of the list beside the figures."""

_NAMES = {
    NG_RATE: N_("NG rate"),
    KINDS: N_("Kinds of defects"),
    GOLDEN: N_("Golden samples"),
}

_RULES: dict[Rule, str] = {
    "beyond-limit": N_("beyond the limit"),
    "two-of-three": N_("two of three near the limit"),
    "four-of-five": N_("four of five well off the middle"),
    "eight-on-one-side": N_("eight in a row on one side"),
    "trend-of-six": N_("six in a row rising or falling"),
}

_SHOWN_ALARMS = 6
_SHOWN_GROUPS = 4
_FEWEST_LOTS = 3


def entry_name(key: str) -> str:
    """Return the name of an entry of the list."""
    return tr(_NAMES[key]) if key in _NAMES else name_of(key)


def entry_state(key: str, loaded: Loaded) -> tuple[str, bool]:
    """Return how it stands with an entry, one short line, and whether it is an alarm."""
    if key == NG_RATE:
        return _share_state(loaded.by_lot)
    if key == KINDS:
        return _kinds_state(loaded)
    trend = (loaded.trends or {}).get(key)
    if trend is None:
        return tr("– not measured"), False
    if trend.chart is None:
        return tr("– no baseline yet"), False
    if trend.stands:
        since = local_time(trend.chart.alarms[-1].since)
        return tr("▲ ALARM since {time}").format(time=since), True
    if trend.chart.alarms:
        count = len(trend.chart.alarms)
        return trn("✓ steady, {n} alarm before", "✓ steady, {n} alarms before", count).format(
            n=count
        ), False
    return tr("✓ steady"), False


def trend_text(trend: Trend) -> str:
    """Return what a chart of a figure shows, in sentences."""
    chart = trend.chart
    if chart is None:
        return tr("Without a baseline there are no limits.")
    level = number(trend.figure, float(chart.levels[-1])) if len(chart.levels) else "–"
    text = tr("Now {level}; the baseline is {centre}, chance explains {low} to {high}.").format(
        level=level,
        centre=number(trend.figure, chart.centre),
        low=number(trend.figure, chart.low),
        high=number(trend.figure, chart.high),
    )
    if not chart.alarms:
        return text + "\n" + tr("No alarm in this time.")
    newest, before = chart.alarms[-1], chart.alarms[:-1]
    told = tr("▲ {at}: {sentence} It began after {since}.")
    text += "\n" + told.format(
        at=local_time(newest.at), sentence=sentence(newest), since=local_time(newest.since)
    )
    if before:
        times = ", ".join(local_time(alarm.at) for alarm in before[: -_SHOWN_ALARMS - 1 : -1])
        if len(before) > _SHOWN_ALARMS:
            times += " …"
        text += "\n" + tr("Alarms before: {times}").format(times=times)
    return text


def shares_text(shares: Shares) -> str:
    """Return which groups break a rule, the newest first."""
    found = [
        (group, rules)
        for group, rules in zip(shares.groups, shares.chart.broken, strict=True)
        if rules
    ]
    if shares.lots < _FEWEST_LOTS:
        return tr("There are too few lots to compare; limits mean little yet.")
    text = tr("As usual is the NG rate of {lots} lots in 90 days or more, without those beyond.")
    lines = [text.format(lots=shares.lots)]
    if not found:
        lines.append(tr("No group breaks a run rule: the differences are chance."))
    for group, rules in found[: -_SHOWN_GROUPS - 1 : -1]:
        text = tr("■ {name}: {ng} of {total} NG ({share} %), {rules}.").format(
            name=group.name or "–",
            ng=group.ng,
            total=f"{group.total:,}",
            share=f"{100 * group.ng / group.total:.2f}",
            rules=", ".join(tr(_RULES[rule]) for rule in rules),
        )
        lines.append(text)
    more = len(found) - _SHOWN_GROUPS
    if more > 0:
        lines.append(trn("{n} more before.", "{n} more before.", more).format(n=more))
    return "\n".join(lines)


def kinds_text(loaded: Loaded) -> str:
    """Return what the Pareto counts."""
    if not loaded.kinds:
        return tr("No defective part in this time.")
    return tr(
        "NG and REVIEW parts that nobody called good, and parts that a person called defective. "
        "A kind is the person's word, else the model's."
    )


def baseline_text(loaded: Loaded) -> str:
    """Return what the charts are measured by."""
    baseline, parts = loaded.baseline, 0 if loaded.taken is None else len(loaded.taken)
    if baseline is None:
        text = tr("No baseline yet: it takes {least} parts, there are {parts}.")
        return text.format(least=LEAST_PARTS, parts=f"{parts:,}")
    if not loaded.is_stored:
        text = tr("No baseline is stored: the first {parts} parts shown stand in.")
        return text.format(parts=f"{baseline.parts:,}")
    whole = tr("Baseline: {parts} parts, {first} to {last}, {by}.")
    by = tr("chosen by {name}").format(name=baseline.by) if baseline.by else tr("the first parts")
    return whole.format(
        parts=f"{baseline.parts:,}",
        first=local_time(baseline.first),
        last=local_time(baseline.last),
        by=by,
    )


def golden_state(shelf: Shelf, status: GoldenStatus | None) -> tuple[str, bool]:
    """Return how the golden samples came out, one short line, and whether it is an alarm."""
    if not shelf.samples:
        return tr("– no samples yet"), False
    look = golden_words.look_of_set(shelf.last_check, status)
    alarm = look not in (golden_words.PASSED, golden_words.UNKNOWN)
    sign = "▲" if alarm else "✓" if look is golden_words.PASSED else "–"
    return f"{sign} {tr(look.word)}", alarm


def _share_state(shares: Shares | None) -> tuple[str, bool]:
    if shares is None or not shares.groups:
        return tr("– no lot yet"), False
    if shares.lots < _FEWEST_LOTS:
        return tr("– too few lots to compare"), False
    if shares.chart.broken[-1]:
        return tr("■ lot {name} stands out").format(name=shares.groups[-1].name or "–"), True
    share = f"{100 * shares.chart.shares[-1]:.2f}"
    return tr("✓ {share} %, as usual").format(share=share), False


def _kinds_state(loaded: Loaded) -> tuple[str, bool]:
    if not loaded.kinds:
        return tr("– none"), False
    first = loaded.kinds[0]
    name = first.name or tr("(not named)")
    return tr("most: {name}, {count}").format(name=name, count=f"{first.count:,}"), False
