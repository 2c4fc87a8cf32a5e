"""From one line of text to a frame source."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from app.camera.controls import CONTROLS
from app.camera.folder import FolderSource
from app.camera.opencv import READ_TIMEOUT_S, OpenCvSource
from app.camera.simulated import SimulatedLine
from app.camera.source import FrameSource
from app.camera.url import without_secrets
from app.errors import UsageError
from app.i18n import tr


def source_for(uri: str) -> FrameSource:
    """Return the source that a camera address names; nothing is opened yet.

    | address | source |
    |---|---|
    | `sim:seed=1,fps=10,defects=0.15,size=1280x1024,count=100` | demo line, all optional |
    | `folder:PATH?fps=2&loop=1` | images of a folder tree, options optional |
    | `file:PATH?fps=25` | video file |
    | `index:0?exposure=-6&gain=4` | camera on this computer, options as in `controls.CONTROLS` |
    | `rtsp://...`, `http://...`, `https://...` | network camera; `#timeout=5` if slow |

    Raises:
        UsageError: Unknown scheme or option, or a value that cannot be used.
    """
    scheme, colon, rest = uri.strip().partition(":")
    make = SCHEMES.get(scheme.lower())
    if not colon or make is None:
        text = tr("There is no camera address {uri}; known are {known}.")
        known = ", ".join(f"{name}:" for name in SCHEMES)
        raise UsageError(text.format(uri=_safe(uri), known=known))
    return make(rest if scheme.lower() not in _NETWORK else uri.strip())


def _simulated(rest: str) -> FrameSource:
    options = _options(rest, ",", ("seed", "fps", "defects", "size", "count"))
    count = options.get("count")
    return SimulatedLine(
        seed=_whole("seed", options.get("seed", "1")),
        fps=_number("fps", options.get("fps", "10")),
        defects=_number("defects", options.get("defects", "0.15")),
        size=_size(options.get("size", "1280x1024")),
        count=None if count is None else _whole("count", count),
    )


def _folder(rest: str) -> FrameSource:
    path, options = _path(rest, ("fps", "loop"))
    loop = options.get("loop", "0")
    if loop not in ("0", "1"):
        raise _bad_value("loop", loop)
    return FolderSource(path, fps=_fps(options), loop=loop == "1")


def _video(rest: str) -> FrameSource:
    path, options = _path(rest, ("fps",))
    return OpenCvSource.video(path, fps=_fps(options))


def _camera(rest: str) -> FrameSource:
    number, _, query = rest.partition("?")
    index = _whole("index", number)
    if index < 0:
        raise _bad_value("index", number)
    return OpenCvSource.camera(index, _settings(_options(query, "&", tuple(CONTROLS))))


def _stream(uri: str) -> FrameSource:
    url, _, fragment = uri.partition("#")  # a fragment is never sent, so it can be ours
    options = _options(fragment, "&", ("timeout", *CONTROLS))
    timeout = _number("timeout", options.get("timeout", str(READ_TIMEOUT_S)))
    try:
        host = urlsplit(url).hostname
    except ValueError:
        host = None
    if not host:
        text = tr("The camera address {uri} names no host.")
        raise UsageError(text.format(uri=without_secrets(url)))
    if not 0.2 <= timeout <= 60:
        raise _bad_value("timeout", str(timeout))
    return OpenCvSource.stream(url, timeout, _settings(options))


SCHEMES: dict[str, Callable[[str], FrameSource]] = {
    "sim": _simulated,
    "folder": _folder,
    "file": _video,
    "index": _camera,
    "rtsp": _stream,
    "rtsps": _stream,
    "http": _stream,
    "https": _stream,
}

_NETWORK = frozenset({"rtsp", "rtsps", "http", "https"})


def _safe(uri: str) -> str:
    """The address as it may be shown: whatever looks like a network address is cut."""
    return without_secrets(uri) if "://" in uri else uri


def _path(rest: str, known: tuple[str, ...]) -> tuple[Path, dict[str, str]]:
    """Split PATH?options; a question mark in an existing path is part of the path."""
    if not rest:
        raise UsageError(tr("The camera address names no file or folder."))
    whole = Path(rest).expanduser()
    if "?" not in rest or whole.exists():
        return whole, {}
    path, _, query = rest.rpartition("?")
    return Path(path).expanduser(), _options(query, "&", known)


def _options(text: str, separator: str, known: tuple[str, ...]) -> dict[str, str]:
    found: dict[str, str] = {}
    for item in filter(None, (part.strip() for part in text.split(separator))):
        name, equals, value = item.partition("=")
        if name not in known or not equals:
            message = tr("The camera address has no option {name}; known are {known}.")
            raise UsageError(message.format(name=name, known=", ".join(known)))
        found[name] = value
    return found


def _settings(options: dict[str, str]) -> dict[str, float]:
    return {name: _number(name, value) for name, value in options.items() if name in CONTROLS}


def _fps(options: dict[str, str]) -> float:
    fps = _number("fps", options.get("fps", "0"))
    if not 0 <= fps <= 1000:
        raise _bad_value("fps", options["fps"])
    return fps


def _whole(name: str, text: str) -> int:
    if not re.fullmatch(r"-?[0-9]{1,15}", text):
        raise _bad_value(name, text)
    return int(text)


def _number(name: str, text: str) -> float:
    if not re.fullmatch(r"-?[0-9]{1,9}(\.[0-9]{1,9})?", text):
        raise _bad_value(name, text)
    return float(text)


def _size(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"([0-9]{1,5})x([0-9]{1,5})", text)
    if match is None:
        raise _bad_value("size", text)
    return int(match[1]), int(match[2])


def _bad_value(name: str, text: str) -> UsageError:
    message = tr("The camera address has an unusable value for {name}: {value}.")
    return UsageError(message.format(name=name, value=text or '""'))
