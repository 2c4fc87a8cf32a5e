"""A network camera that misbehaves on request: MJPEG over HTTP on loopback.

Stand-alone: `python -m tests.rigs.mjpeg_server [--port N] [--fps 20] [--size 640x512]
[--mode normal]`; prints the address of its stream. `GET /mode/NAME` changes the mode:

normal   a moving picture with its number and colour patches
black    pictures without light
frozen   the same picture again and again
hang     the connection stays open, nothing comes
drop     the connection is closed after each picture
mute     a new connection gets no answer at all
"""

from __future__ import annotations

import argparse
import contextlib
import http.server
import socketserver
import sys
import threading
import time

import numpy as np

from model.opencv import cv2

MODES = ("normal", "black", "frozen", "hang", "drop", "mute")
RED, BLUE = (0, 0, 255), (255, 0, 0)  # BGR
CELL = 16
BITS = 24


def draw(number: int, width: int, height: int) -> np.ndarray:
    """A noisy grey picture, a red patch (left) and a blue one (right), the number as blocks."""
    noise = np.random.default_rng(number).integers(70, 130, (height // 8, width // 8), np.uint8)
    grey = cv2.resize(noise, (width, height), interpolation=cv2.INTER_NEAREST)
    image = cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR)
    top, side = height // 2, height // 4
    image[top : top + side, :side] = RED
    image[top : top + side, -side:] = BLUE
    for bit in range(BITS):
        value = 255 if number >> bit & 1 else 0
        image[:CELL, bit * CELL : (bit + 1) * CELL] = value
    return image


def number_of(image: np.ndarray) -> int:
    """Read the number that `draw` put in."""
    centres = image[CELL // 2, CELL // 2 : BITS * CELL : CELL, 1] > 127
    return int(sum(1 << bit for bit in range(BITS) if centres[bit]))


def patches_of(image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean BGR of the red and of the blue patch."""
    height = image.shape[0]
    row, side = height // 2 + height // 8, height // 8
    around = slice(row - 4, row + 4)
    left, right = image[around, side - 4 : side + 4], image[around, -side - 4 : -side + 4]
    return left.mean((0, 1)), right.mean((0, 1))


class Camera:
    """Makes pictures; every client sees the newest."""

    def __init__(self, fps: float, size: tuple[int, int], mode: str) -> None:
        self.mode = mode
        self.number = 0
        self.jpeg = b""
        self.fps, self.size = fps, size
        self.changed = threading.Condition()

    def run(self) -> None:
        frozen = encode(draw(1, *self.size))
        black = encode(np.zeros((self.size[1], self.size[0], 3), np.uint8))
        due = time.monotonic()
        while True:
            fixed = {"frozen": frozen, "black": black}.get(self.mode)
            jpeg = fixed or encode(draw(self.number + 1, *self.size))
            with self.changed:
                self.number, self.jpeg = self.number + 1, jpeg
                self.changed.notify_all()
            due = max(due + 1 / self.fps, time.monotonic())
            time.sleep(due - time.monotonic() if due > time.monotonic() else 0)

    def next_after(self, seen: int) -> tuple[int, bytes]:
        with self.changed:
            self.changed.wait_for(lambda: self.number > seen and self.mode != "hang")
            return self.number, self.jpeg


def encode(image: np.ndarray) -> bytes:
    return cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 85])[1].tobytes()


class Handler(http.server.BaseHTTPRequestHandler):
    camera: Camera

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        mode = self.path.removeprefix("/mode/")
        if mode in MODES:
            self.camera.mode = mode
            self.send_response(200)
            self.end_headers()
            return
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.stream()

    def stream(self) -> None:
        while self.camera.mode == "mute":
            time.sleep(0.05)
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
        self.end_headers()
        seen = 0
        while True:
            seen, jpeg = self.camera.next_after(seen)
            head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
            self.wfile.write(head.encode() + jpeg + b"\r\n")
            if self.camera.mode == "drop":
                return


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    allow_reuse_address = True


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--fps", type=float, default=20)
    parser.add_argument("--size", default="640x512")
    parser.add_argument("--mode", choices=MODES, default="normal")
    options = parser.parse_args()
    width, height = map(int, options.size.split("x"))
    Handler.camera = Camera(options.fps, (width, height), options.mode)
    threading.Thread(target=Handler.camera.run, daemon=True).start()
    server = Server(("127.0.0.1", options.port), Handler)
    sys.stdout.write(f"http://127.0.0.1:{server.server_address[1]}/cam.mjpg\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()
