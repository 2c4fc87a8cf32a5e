"""The station's settings: defaults, round trip, what is kept of a damaged file."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from app.settings.keeper import SettingsKeeper
from app.settings.station import UPGRADES, VERSION, StationSettings, load, save

TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=30)


@given(
    st.builds(
        StationSettings,
        station=st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=30),
        language=st.sampled_from(["", "en", "ko"]),
        database_url=TEXT,
        evidence_quota_gb=st.floats(0.001, 1e6),
        overlay_opacity=st.floats(0, 1),
        lot=TEXT,
        tally_since=st.none() | st.datetimes(datetime(2001, 1, 1), timezones=st.just(UTC)),
    )
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_round_trip(tmp_path: Path, values: StationSettings) -> None:
    file = tmp_path / "station.toml"
    save(file, values)
    assert load(file) == values


def test_without_a_file_everything_has_its_default(tmp_path: Path) -> None:
    assert load(tmp_path / "station.toml") == StationSettings()


@pytest.mark.logs_expected
def test_one_bad_key_costs_only_itself(tmp_path: Path) -> None:
    file = tmp_path / "station.toml"
    file.write_text('station = "7"\noverlay_opacity = 3\nlot = "A"\nfoo = 1\n', encoding="utf-8")
    assert load(file) == StationSettings(station="7", lot="A")


def test_every_older_version_has_an_upgrade() -> None:
    assert set(UPGRADES) == set(range(1, VERSION))


def test_changes_are_written_at_once(tmp_path: Path) -> None:
    file = tmp_path / "station.toml"
    keeper = SettingsKeeper(file)
    assert keeper.change(lot="B", language="ko")
    assert keeper.settings.lot == "B"
    assert load(file) == keeper.settings
    before = file.stat().st_mtime_ns
    assert keeper.change(lot="B")
    assert file.stat().st_mtime_ns == before


def test_an_impossible_change_is_refused(tmp_path: Path) -> None:
    keeper = SettingsKeeper(tmp_path / "station.toml")
    with pytest.raises(ValidationError):
        keeper.change(overlay_opacity=2)
    with pytest.raises(ValidationError):
        keeper.change(colour="red")
    assert keeper.settings == StationSettings()


@pytest.mark.logs_expected
def test_a_change_holds_though_it_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    keeper = SettingsKeeper(tmp_path / "file" / "station.toml")
    assert not keeper.change(lot="B")
    assert keeper.settings.lot == "B"


def test_changes_of_two_threads_do_not_undo_each_other(tmp_path: Path) -> None:
    keeper = SettingsKeeper(tmp_path / "station.toml")

    def change(key: str) -> None:
        for number in range(25):
            keeper.change(**{key: f"{number}"})

    threads = [threading.Thread(target=change, args=(key,)) for key in ("lot", "shift")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert load(tmp_path / "station.toml") == StationSettings(lot="24", shift="24")


def test_shifts_are_a_time_and_a_name(tmp_path: Path) -> None:
    file = tmp_path / "station.toml"
    save(file, StationSettings(shifts=("06:00 A", "22:30 night")))
    assert load(file).shifts == ("06:00 A", "22:30 night")
    for bad in ("A 06:00", "24:00 A", "06:00", "6:00 A"):
        with pytest.raises(ValidationError):
            StationSettings(shifts=(bad,))
