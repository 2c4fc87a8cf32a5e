"""Files that are something else, under the names of checkpoints."""

from __future__ import annotations

import gzip
import io
import json
import pickle
import tarfile
import zipfile
from collections.abc import Iterator

import cv2
import numpy as np

SUFFIXES = ("safetensors", "pth", "ckpt")


def foreign() -> Iterator[tuple[str, bytes]]:
    """Return file names and contents."""
    for name, content in _contents().items():
        for suffix in SUFFIXES:
            yield f"foreign-{name}.{suffix}", content


def _contents() -> dict[str, bytes]:
    picture = np.random.default_rng(0).integers(0, 256, (40, 40, 3), np.uint8)
    arrays, one = io.BytesIO(), io.BytesIO()
    np.savez(arrays, a=picture)
    np.save(one, picture)
    return {
        "empty": b"",
        "one-byte": b"\x00",
        "text": b"these are no weights\n" * 20,
        "korean": "이것은 체크포인트가 아닙니다\n".encode(),
        "html": b"<!DOCTYPE html><html><body>404: not found</body></html>",
        "json": json.dumps({"prompt_learner": {"ctx_pos": [0.0, 1.0]}}).encode(),
        "pointer": b"version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 12\n",
        "png": bytes(cv2.imencode(".png", picture)[1]),
        "jpeg": bytes(cv2.imencode(".jpg", picture)[1]),
        "npy": one.getvalue(),
        "npz": arrays.getvalue(),
        "zip": _zipped({"readme.txt": b"hello"}),
        "empty-zip": _zipped({}),
        "zip-of-pickle": _zipped({"archive/data.pkl": pickle.dumps({"a": 1}, 2)}),
        "two-pickles": _zipped({"a/data.pkl": b"\x80\x02}.", "b/data.pkl": b"\x80\x02}."}),
        "gzip": gzip.compress(b"weights" * 100),
        "tar": _tarred(b"weights" * 100),
        "onnx": b"\x08\x08\x12\x07pytorch\x1a\x052.1.0:\x8a\x01\n\x05input\x12\x06output" * 20,
        "hdf5": b"\x89HDF\r\n\x1a\n" + bytes(200),
        "gguf": b"GGUF\x03\x00\x00\x00" + bytes(200),
        "program": b"\x7fELF\x02\x01\x01" + bytes(200),
        "pdf": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + bytes(200),
        "noise": np.random.default_rng(1).bytes(3000),
        "zeros": bytes(3000),
    }


def _zipped(parts: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return made.getvalue()


def _tarred(content: bytes) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        entry = tarfile.TarInfo("storages")
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    return made.getvalue()
