"""A screen without a monitor, and a person before it: sees texts, moves the mouse, types."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageGrab
from PyQt5.QtCore import QRect, Qt
from PyQt5.QtGui import QImage, QPainter

from app.ui import theme
from model.opencv import cv2

Grey = npt.NDArray[np.uint8]
Place = tuple[int, int]

_SURE, _CERTAIN = 0.8, 0.95
_STYLES = (("body", False), ("large", True), ("body", True), ("button", True), ("small", False))
_PAUSE_S = 0.05


def missing() -> str:
    """What a screen needs and this machine lacks; "" if nothing."""
    lacking = [name for name in ("Xvfb", "openbox") if shutil.which(name) is None]
    return f"no {' and no '.join(lacking)} on this machine" if lacking else ""


@dataclass
class Desktop:
    """One screen of a size, with its mouse and keyboard.

    Args:
        display: Its name, such as ":77".
        gui: The pyautogui module, bound to it.
        folder: Where screenshots go.
    """

    display: str
    gui: ModuleType
    folder: Path
    scale: float = 1.0
    taken: int = 0

    def shot(self, name: str) -> Path:
        """Keep a picture of the screen."""
        self.taken += 1
        file = self.folder / f"{self.taken:02d}-{name}.png"
        ImageGrab.grab(xdisplay=self.display).save(file)
        return file

    def see(self) -> Grey:
        """Return the screen, (H, W) uint8."""
        return np.asarray(ImageGrab.grab(xdisplay=self.display).convert("L"), np.uint8)

    def find(self, text: str, within: tuple[int, int, int, int] | None = None) -> Place | None:
        """Return the middle of a text on the screen, None if it is not there.

        Args:
            text: As it is written, in the program's font at any of its sizes.
            within: (x, y, width, height) to look in; None everywhere.
        """
        match, place = self._match(self.see(), text, within)
        return place if match >= _SURE else None

    def read(self, choices: Sequence[str], within: tuple[int, int, int, int] | None = None) -> str:
        """Return the one of some texts that is on the screen, the likeliest; "" if none is.

        Letters are drawn a little differently from one place to another, so texts that differ
        in one letter are told apart only by comparing them.
        """
        screen = self.see()
        match, text = max((self._match(screen, choice, within)[0], choice) for choice in choices)
        return text if match >= _SURE else ""

    def _match(
        self, screen: Grey, text: str, within: tuple[int, int, int, int] | None = None
    ) -> tuple[float, Place]:
        x, y, width, height = within or (0, 0, screen.shape[1], screen.shape[0])
        part = screen[y : y + height, x : x + width]
        best: tuple[float, Place] = (0.0, (0, 0))
        for size, bold in _STYLES:
            needle = _written(text, theme.px(size, self.scale), bold)
            if needle.shape[0] > part.shape[0] or needle.shape[1] > part.shape[1]:
                continue
            found = np.abs(cv2.matchTemplate(part, needle, cv2.TM_CCOEFF_NORMED))
            _, match, _, (left, top) = cv2.minMaxLoc(found)
            middle = (x + left + needle.shape[1] // 2, y + top + needle.shape[0] // 2)
            best = max(best, (float(match), middle))
            if best[0] >= _CERTAIN:
                break
        return best

    def wait_for(
        self, text: str, timeout_s: float = 40, within: tuple[int, int, int, int] | None = None
    ) -> Place:
        """Wait until a text is on the screen and return its middle."""
        found: list[Place] = []

        def is_there() -> bool:
            place = self.find(text, within)
            if place is not None:
                found.append(place)
            return place is not None

        self.wait_until(is_there, f"{text!r} to be on the screen", timeout_s)
        return found[-1]

    def wait_until(self, condition: Callable[[], bool], what: str, timeout_s: float = 40) -> None:
        """Wait for something; a picture of the screen is kept if it does not come."""
        deadline = time.monotonic() + timeout_s
        while not condition():
            if time.monotonic() > deadline:
                file = self.shot("did-not-come")
                raise AssertionError(f"waited {timeout_s:g} s for {what}; see {file}")
            time.sleep(_PAUSE_S)

    def click(
        self, text: str, timeout_s: float = 40, within: tuple[int, int, int, int] | None = None
    ) -> Place:
        """Click on a text as soon as it is there."""
        place = self.wait_for(text, timeout_s, within)
        self.gui.click(*place)
        return place

    def drag(self, start: Place, end: Place) -> None:
        """Drag with the left button, as a hand does: in steps."""
        self.gui.moveTo(*start)
        self.gui.mouseDown()
        for step in range(1, 9):
            share = step / 8
            self.gui.moveTo(
                round(start[0] + share * (end[0] - start[0])),
                round(start[1] + share * (end[1] - start[1])),
            )
        self.gui.mouseUp()

    def type(self, text: str) -> None:
        """Type ASCII letters."""
        self.gui.typewrite(text)

    def press(self, *keys: str) -> None:
        """Press a key, or several at once."""
        self.gui.hotkey(*keys)


@contextmanager
def desktop(folder: Path, width: int = 1280, height: int = 800) -> Iterator[Desktop]:
    """Give a screen with a window manager; it ends with the block."""
    folder.mkdir(parents=True, exist_ok=True)
    read, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", f"{width}x{height}x24",
         "-nolisten", "tcp", "-noreset"],
        pass_fds=(write,), stderr=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(write)
    manager: subprocess.Popen[bytes] | None = None
    before = {name: os.environ.get(name) for name in ("DISPLAY", "XAUTHORITY")}
    try:
        with os.fdopen(read) as stream:
            display = f":{stream.readline().strip()}"
        # python-xlib fails without any such file
        os.environ |= {"DISPLAY": display, "XAUTHORITY": "/dev/null"}
        manager = subprocess.Popen(
            ["openbox", "--sm-disable"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        import pyautogui

        pyautogui.PAUSE, pyautogui.FAILSAFE = 0.02, False
        yield Desktop(display, pyautogui, folder)
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        for process in (manager, server):
            if process is not None:
                process.terminate()
                process.wait(10)


@cache
def _written(text: str, size_px: int, bold: bool) -> Grey:
    """Return a text as the program writes it, dark on light, cut to its letters."""
    image = QImage(1200, 60, QImage.Format.Format_Grayscale8)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    painter.setFont(theme.number_font(size_px, bold))
    painter.drawText(QRect(10, 10, 1180, 40), int(Qt.AlignmentFlag.AlignLeft), text)
    painter.end()
    bits = image.constBits()
    assert bits is not None
    bits.setsize(image.bytesPerLine() * image.height())
    pixels = np.frombuffer(bits, np.uint8).reshape(60, -1)[:, :1200].copy()
    rows, columns = np.nonzero(pixels < 200)
    return pixels[rows.min() - 2 : rows.max() + 3, columns.min() - 2 : columns.max() + 3]


def saved(file: Path) -> Grey:
    """Return a kept picture, (H, W) uint8."""
    with Image.open(file) as image:
        return np.asarray(image.convert("L"), np.uint8)
