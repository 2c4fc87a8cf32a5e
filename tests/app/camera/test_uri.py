from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.camera.folder import FolderSource
from app.camera.opencv import OpenCvSource
from app.camera.simulated import SimulatedLine
from app.camera.source import FrameSource, PacedSource
from app.camera.uri import SCHEMES, source_for
from app.camera.url import without_secrets
from app.errors import UsageError


@pytest.mark.parametrize(
    ("uri", "kind", "live"),
    [
        ("sim:", SimulatedLine, True),
        ("sim:seed=3,fps=0,defects=0.5,size=320x256,count=4", SimulatedLine, False),
        ("folder:pictures", FolderSource, False),
        ("folder:pictures?fps=2&loop=1", FolderSource, False),
        (r"folder:C:\parts\today", FolderSource, False),
        ("file:line.mp4?fps=25", OpenCvSource, False),
        ("index:0", OpenCvSource, True),
        ("rtsp://camera/stream", OpenCvSource, True),
        ("http://10.0.0.7:8080/cam.mjpg#timeout=5", OpenCvSource, True),
        ("HTTPS://camera/x", OpenCvSource, True),
    ],
)
def test_every_scheme_gives_its_source(uri: str, kind: type, live: bool) -> None:
    source = source_for(uri)
    assert isinstance(source, kind)
    assert isinstance(source, FrameSource)
    assert isinstance(source, PacedSource)
    assert source.is_live is live


@pytest.mark.parametrize(
    ("uri", "says"),
    [
        ("", "known are sim:"),
        ("camera0", "known are sim:"),
        ("gige:1", "gige:1"),
        ("sim:speed=3", "no option speed; known are seed"),
        ("sim:seed", "no option seed"),
        ("sim:fps=fast", "fps: fast"),
        ("sim:fps=nan", "fps: nan"),
        ("sim:fps=-1", "fps must be"),
        ("sim:defects=2", "share"),
        ("sim:size=big", "size: big"),
        ("sim:size=10x10", "96x96"),
        ("sim:count=0", "count"),
        ("sim:seed=-1", "seed"),
        ("folder:", "names no"),
        ("folder:x?loop=maybe", "loop: maybe"),
        ("folder:x?depth=2", "no option depth"),
        ("file:x.mp4?fps=2000", "fps: 2000"),
        ("index:first", "index: first"),
        ("index:-1", "index: -1"),
        ("rtsp:camera", "no host"),
        ("http://cam/x#timeout=0", "timeout"),
        ("http://cam/x#speed=0", "no option speed"),
    ],
)
def test_a_wrong_address_is_a_sentence(uri: str, says: str) -> None:
    with pytest.raises(UsageError) as caught:
        source_for(uri)
    assert says in str(caught.value)


def test_the_table_of_schemes_is_the_promised_one() -> None:
    assert set(SCHEMES) == {"sim", "folder", "file", "index", "rtsp", "rtsps", "http", "https"}


def test_a_question_mark_in_a_real_folder_is_kept(tmp_path: Path) -> None:
    folder = tmp_path / "lot?7"
    folder.mkdir()
    assert str(folder) in source_for(f"folder:{folder}").description


def test_a_slow_stream_gets_its_time() -> None:
    fast, slow = source_for("http://cam/x"), source_for("http://cam/x#timeout=5")
    assert isinstance(fast, PacedSource)
    assert isinstance(slow, PacedSource)
    assert fast.period_s == 0
    assert slow.period_s == pytest.approx(3.7)


@pytest.mark.parametrize(
    "uri",
    [
        "rtsp://operator:hunter2@10.0.0.5:554/live",
        "rtsp://operator:p@ss:hunter2@10.0.0.5/live",
        "http://10.0.0.5/video?user=hunter2&password=hunter2&size=2",
        "http://10.0.0.5/video?access_token=hunter2",
        "http://10.0.0.5/video?hunter2",
        "http://10.0.0.5/video#hunter2",
        "http://operator:hunter2@[broken/",
        "http://operator:hunter2@10.0.0.5:port/",
    ],
)
def test_no_secret_is_ever_shown(uri: str) -> None:
    assert "hunter2" not in without_secrets(uri)
    try:
        text = source_for(uri).description
    except UsageError as error:
        text = str(error).replace("no option hunter2", "")
    assert "hunter2" not in text


def test_an_unknown_scheme_shows_no_secret() -> None:
    with pytest.raises(UsageError) as caught:
        source_for("rtmp://operator:hunter2@10.0.0.5/live")
    assert "hunter2" not in str(caught.value)


_words = st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=6, max_size=12)


@given(_words, _words, st.sampled_from(["rtsp", "http", "https"]), st.integers(1, 65535))
def test_host_and_port_stay_and_the_password_goes(
    user: str, password: str, scheme: str, port: int
) -> None:
    shown = without_secrets(f"{scheme}://{user}:{password}@camera.local:{port}/s")
    assert shown == f"{scheme}://camera.local:{port}/s"
