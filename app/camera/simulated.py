"""The demo line: parts of one product arrive under the camera, some of them defective.

Frame n of seed s is always the same picture, whatever was read before, so demos, tests and
teaching speak of the same parts.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime

import numpy as np

from app.camera.demo_defects import DEFECTS, Canvas, paint_defect
from app.camera.demo_scene import (
    NOISE_MARGIN,
    add_noise,
    draw_pose,
    frame_mask,
    landing,
    light,
    place,
    stage,
)
from app.camera.frame import Frame, Image, Truth
from app.camera.pace import Pace
from app.camera.source import CameraLost, EndOfFrames
from app.errors import UsageError
from app.i18n import N_, tr

_SMALLEST = 0.35
"""Size of the smallest defect shown, on the scale of `paint_defect`: visible on the screen."""


class SimulatedLine:
    """A camera over a conveyor that sees one part per frame.

    Args:
        seed: Chooses the parts; the product stays the same.
        fps: Parts per second; 0 = as fast as they are read.
        defects: Share of defective parts, 0 to 1.
        size: Width and height in pixels, at least 96 each.
        count: Frames until `EndOfFrames`; None = endless.

    Raises:
        UsageError: An option is out of range.
    """

    def __init__(
        self,
        seed: int = 1,
        fps: float = 10.0,
        defects: float = 0.15,
        size: tuple[int, int] = (1280, 1024),
        count: int | None = None,
    ) -> None:
        _check(seed, fps, defects, size, count)
        self._seed, self._defects, self._size, self._count = seed, defects, size, count
        self._fps = fps
        self._pace = Pace(fps)
        self._next = 0
        self._open = False

    @property
    def description(self) -> str:
        """Name of the line and its seed."""
        return f"demo line, seed {self._seed}"

    @property
    def is_live(self) -> bool:
        """True if parts arrive by themselves."""
        return self._fps > 0

    @property
    def period_s(self) -> float:
        """Seconds between two parts."""
        return self._pace.period_s

    def wake(self) -> None:
        """End a waiting `read`; may be called from any thread."""
        self._pace.wake()

    def open(self) -> None:
        """Draw the stage (once per process and size, about a second)."""
        stage(*self._size)
        self._open = True

    def read(self) -> Frame:
        """Wait for the next part and return its picture."""
        if not self._open:
            raise CameraLost(tr("The demo line is closed; open a new one."))
        if self._count is not None and self._next >= self._count:
            raise EndOfFrames
        if not self._pace.wait():
            raise CameraLost(tr("The demo line was stopped."))
        began = time.perf_counter()
        image, truth = self.picture(self._next)
        self._next += 1
        return Frame(
            image=image,
            number=self._next - 1,
            taken=time.monotonic(),
            taken_utc=datetime.now(UTC),
            source=self.description,
            grab_ms=(time.perf_counter() - began) * 1000,
            truth=truth,
        )

    def close(self) -> None:
        """Stop the line."""
        self._open = False
        self._pace.wake()

    def picture(self, number: int) -> tuple[Image, Truth]:
        """Return frame `number`: (H, W, 3) uint8 BGR, read-only, and what is wrong with it."""
        rng = np.random.default_rng((self._seed, number))
        width, height = self._size
        defective = bool(rng.random() < self._defects)
        pose = draw_pose(rng, min(width / 1280, height / 1024))
        noise_at = rng.integers(0, NOISE_MARGIN, 2)
        scene = stage(width, height)
        part = scene.part
        warp = landing(part, pose, width, height)
        truth = Truth("ok", "", None)
        body = Canvas(part.colour, part.alpha)
        if defective:
            kind = list(DEFECTS)[int(rng.integers(len(DEFECTS)))]
            body, mask = paint_defect(part, kind, rng, float(rng.uniform(_SMALLEST, 1)))
            truth = Truth("ng", kind, frame_mask(mask, warp, width, height))
        belt_at = (number * 389) % width
        image = scene.belt[:, belt_at : belt_at + width].copy()
        place(image, body, part.shadow, warp)
        light(image, pose)
        add_noise(image, scene, int(noise_at[0]), int(noise_at[1]))
        image.setflags(write=False)
        return image, truth


def _check(seed: int, fps: float, defects: float, size: tuple[int, int], count: int | None) -> None:
    wrong = ""
    if seed < 0:
        wrong = N_("seed must not be negative")
    elif not 0 <= fps <= 1000:
        wrong = N_("fps must be 0 (as fast as read) to 1000")
    elif not 0 <= defects <= 1:
        wrong = N_("defects is a share from 0 to 1")
    elif not all(96 <= side <= 8192 for side in size):
        wrong = N_("size must be 96x96 to 8192x8192")
    elif count is not None and count < 1:
        wrong = N_("count must be at least 1")
    if wrong:
        text = tr("The demo line cannot be set up: {wrong}.")
        raise UsageError(text.format(wrong=tr(wrong)))
