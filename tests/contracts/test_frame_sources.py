"""What every frame source promises, whatever is behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path

import numpy as np
import pytest

from app.camera.frame import Frame
from app.camera.source import CameraLost, EndOfFrames, FrameSource
from app.camera.uri import source_for
from model.opencv import cv2
from tests.rigs.network_camera import NetworkCamera

COUNT = 6


@dataclass(frozen=True)
class Kind:
    uri: Callable[[Path], str]
    live: bool
    finite: bool


def _folder(folder: Path) -> str:
    for number in range(COUNT):
        image = np.full((48, 64, 3), (0, 10 * number, 200), np.uint8)
        (folder / f"{number}.png").write_bytes(cv2.imencode(".png", image)[1].tobytes())
    return f"folder:{folder}"


def _video(folder: Path) -> str:
    path = folder / "line.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 25, (64, 48))
    for number in range(COUNT):
        writer.write(np.full((48, 64, 3), (0, 10 * number, 200), np.uint8))
    writer.release()
    return f"file:{path}"


KINDS = {
    "sim": Kind(lambda _: "sim:size=128x96,fps=50", live=True, finite=False),
    "sim-counted": Kind(lambda _: f"sim:size=128x96,fps=0,count={COUNT}", live=False, finite=True),
    "folder": Kind(_folder, live=False, finite=True),
    "folder-loop": Kind(lambda path: _folder(path) + "?loop=1", live=False, finite=False),
    "video": Kind(_video, live=False, finite=True),
    "http": Kind(lambda _: "", live=True, finite=False),
}


@pytest.fixture(scope="module")
def network_camera() -> Iterator[NetworkCamera]:
    camera = NetworkCamera()
    camera.start()
    yield camera
    camera.kill()


@pytest.fixture(params=list(KINDS))
def kind(request: pytest.FixtureRequest) -> Kind:
    return KINDS[request.param]


@pytest.fixture
def source(kind: Kind, tmp_path: Path, network_camera: NetworkCamera) -> Iterator[FrameSource]:
    secret = network_camera.url.replace("http://", "http://operator:hunter2@")
    source = source_for(kind.uri(tmp_path) or secret)
    yield source
    source.close()


def read(source: FrameSource, count: int) -> list[Frame]:
    return [source.read() for _ in range(count)]


def test_it_is_a_frame_source(source: FrameSource, kind: Kind) -> None:
    assert isinstance(source, FrameSource)
    assert source.is_live is kind.live


def test_frames_count_from_zero_without_gaps(source: FrameSource) -> None:
    source.open()
    frames = read(source, COUNT)
    assert [frame.number for frame in frames] == list(range(COUNT))
    taken = [frame.taken for frame in frames]
    assert taken == sorted(taken)


def test_images_are_read_only_bgr_bytes_in_one_piece(source: FrameSource) -> None:
    source.open()
    for frame in read(source, 3):
        assert frame.image.dtype == np.uint8
        assert frame.image.ndim == 3
        assert frame.image.shape[2] == 3
        assert frame.image.flags.c_contiguous
        assert not frame.image.flags.writeable
        assert frame.taken_utc.tzinfo is UTC
        assert frame.grab_ms >= 0


def test_a_frame_is_not_changed_by_the_next_one(source: FrameSource) -> None:
    source.open()
    first = source.read()
    before = first.image.copy()
    read(source, 3)
    assert np.array_equal(first.image, before)


def test_finite_sources_end_and_stay_ended(source: FrameSource, kind: Kind) -> None:
    source.open()
    read(source, COUNT)
    if kind.finite:
        for _ in range(2):
            with pytest.raises(EndOfFrames):
                source.read()
    else:
        assert source.read().number == COUNT


def test_it_can_be_closed_at_any_time_and_twice(source: FrameSource) -> None:
    source.close()
    source.open()
    source.read()
    source.close()
    source.close()
    with pytest.raises(CameraLost):
        source.read()


def test_descriptions_hold_no_password(source: FrameSource) -> None:
    source.open()
    frame = source.read()
    for text in (source.description, frame.source):
        assert text
        assert "hunter2" not in text
        assert "operator" not in text
