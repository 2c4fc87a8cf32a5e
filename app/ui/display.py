"""Whether a window can be shown at all; Qt ends the process where it cannot."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

from app.i18n import tr

# Fixed by the X Window System.
_SOCKETS = Path("/tmp/.X11-unix")


def problem() -> str:
    """Return why no window can be shown and what to do, "" if one can."""
    if not sys.platform.startswith("linux"):
        return ""
    platform = os.environ.get("QT_QPA_PLATFORM", "").partition(":")[0]
    if platform and platform != "xcb":
        return ""
    display = os.environ.get("DISPLAY", "")
    if not display:
        if os.environ.get("WAYLAND_DISPLAY") and not platform:
            return ""
        return tr("There is no display; run with --headless or set DISPLAY.")
    if _answers(display):
        return ""
    return tr("The display {name} does not answer; start it or run with --headless.").format(
        name=display
    )


def _answers(display: str) -> bool:
    """Return whether a local X server listens; one on another computer is not asked."""
    host, _, rest = display.rpartition(":")
    number = rest.partition(".")[0]
    if host not in ("", "unix") or not number.isdigit():
        return True
    for address in (f"\0{_SOCKETS}/X{number}", f"{_SOCKETS}/X{number}"):
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            probe.settimeout(2)
            if probe.connect_ex(address) == 0:
                return True
    return False
