"""Pickles that would write a marker file, in every wrapping that a checkpoint can come in."""

from __future__ import annotations

import io
import pickle
import struct
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import torch

MAGIC = 0x1950A86A20F9469CFC6C
PROTOCOL = 1001
# the words' embeddings are left out: the reader never comes so far
_SMALL = 20_000


def payloads(marker: Path) -> dict[str, bytes]:
    """Return pickles by name; loading any of them leaves `marker` behind."""
    path = str(marker).encode("utf-8")
    text = b"X" + struct.pack("<I", len(path)) + path
    writes = f"open({str(marker)!r}, 'w').close()".encode()
    code = b"X" + struct.pack("<I", len(writes)) + writes
    word = b"X\x01\x00\x00\x00w"
    runs = pickle.dumps([sys.executable, "-c", writes.decode("utf-8")], 2)[2:-1]
    return {
        "reduce": b"\x80\x02cbuiltins\nopen\n" + text + word + b"\x86R.",
        "old-text": b'cbuiltins\neval\n(S"' + writes + b'"\ntR.',
        "stack-global": b"\x80\x04\x8c\x08builtins\x8c\x04exec\x93" + code + b"\x85R.",
        "instance": b"(" + text + word + b"ibuiltins\nopen\n.",
        "object": b"\x80\x02(cbuiltins\nexec\n" + code + b"o.",
        "method": b"\x80\x02cbuiltins\ngetattr\n(cpathlib\nPath\n" + text + b"\x85R"
        + _text(b"touch") + b"tR)R.",
        "folder": b"\x80\x02cos\nmkdir\n" + text + b"\x85R.",
        "program": b"\x80\x02csubprocess\ncall\n" + runs + b"\x85R.",
        "build": b"\x80\x02cbuiltins\nexec\n" + code + b"\x85R}X\x01\x00\x00\x00aK\x01sb.",
        "partial": b"\x80\x02cfunctools\npartial\n(cbuiltins\nopen\n" + text + word + b"tR)R.",
        "nested": b"\x80\x02}" + _text(b"prompt_learner") + b"}" + _text(b"ctx_pos")
        + b"cbuiltins\nopen\n" + text + word + b"\x86Rss.",
    }  # fmt: skip


def _text(words: bytes) -> bytes:
    return b"X" + struct.pack("<I", len(words)) + words


def wrapped(name: str, payload: bytes, prompts: bytes) -> Iterator[tuple[str, bytes]]:
    """Return file names and contents of a payload in every wrapping.

    Args:
        name: Of the payload.
        payload: Its pickle.
        prompts: A good `epoch_N.pth`, whose tensors are kept around it.
    """
    for suffix in ("pth", "ckpt", "pt", "safetensors"):
        yield f"pickle-{name}.{suffix}", payload
    yield f"archive-{name}.pth", in_archive(prompts, payload)
    yield f"archive-{name}.ckpt", in_archive(prompts, payload)
    yield f"legacy-{name}.pth", legacy(payload)
    yield f"script-{name}.pth", in_archive(prompts, payload, program=True)


def in_archive(prompts: bytes, payload: bytes, *, program: bool = False) -> bytes:
    """Return a torch archive with another pickle, or with a program's constants beside it."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(prompts)) as good, zipfile.ZipFile(made, "w") as bad:
        for part in good.infolist():
            if part.file_size > _SMALL:
                continue
            is_pickle = part.filename.endswith("data.pkl")
            bad.writestr(part.filename, payload if is_pickle else good.read(part))
            if is_pickle and program:
                bad.writestr(part.filename.replace("data.pkl", "constants.pkl"), payload)
    return made.getvalue()


def legacy(payload: bytes) -> bytes:
    """Return a file of the form before torch 1.6 with a payload for its content."""
    head = [pickle.dumps(value, 2) for value in (MAGIC, PROTOCOL, {"little_endian": True})]
    return b"".join(head) + payload


def odd_pickles(prompts: bytes) -> Iterator[tuple[str, bytes]]:
    """Return pickles that want memory or depth instead of code."""
    odd = {
        "memo-place": b"\x80\x02]r\xf0\xff\xff\x7f.",
        "huge-text": b"\x80\x04\x8d" + struct.pack("<Q", 1 << 40) + b"a.",
        "huge-bytes": b"\x80\x04\x8e" + struct.pack("<Q", 1 << 62) + b"a.",
        "huge-frame": b"\x80\x04\x95" + struct.pack("<Q", 1 << 62) + b"}.",
        "deep": b"\x80\x02" + b"]" * 100_000 + b"a" * 99_999 + b".",
        "laughs": b"\x80\x02]" + b"(2222222222l" * 2000 + b".",
        "no-end": b"\x80\x02}" * 1000,
        "stack": b"\x80\x02" + b"." * 3 + b"0000.",
        "unknown-code": b"\x80\x02\xff\xff.",
        "persistent": b"\x80\x02X\x01\x00\x00\x00aQ.",
        "list": pickle.dumps([1, 2, 3], 2),
        "number": pickle.dumps(7, 2),
        "empty-table": pickle.dumps({}, 2),
    }
    for name, payload in odd.items():
        yield f"odd-{name}.pth", payload
        yield f"odd-{name}-archive.pth", in_archive(prompts, payload)
        yield f"odd-{name}-legacy.ckpt", legacy(payload)


def bombs(prompts: bytes) -> Iterator[tuple[str, bytes]]:
    """Return archives that unpack to far more than they are, within reason."""
    zeros = bytes(1 << 20)
    for suffix in ("pth", "ckpt", "safetensors"):
        made = io.BytesIO()
        with (
            zipfile.ZipFile(io.BytesIO(prompts)) as good,
            zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as bad,
        ):
            for part in good.infolist():
                bad.writestr(part.filename, good.read(part))
            with bad.open("archive/data/999", "w") as stream:
                for _ in range(64):
                    stream.write(zeros)
        yield f"bomb.{suffix}", made.getvalue()
    yield "bomb-claim.pth", _claiming(prompts, 1 << 31)
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w:gz") as archive:
        entry = tarfile.TarInfo("storages")
        entry.size = 16 << 20
        archive.addfile(entry, io.BytesIO(bytes(entry.size)))
    yield "bomb-tar.pth", tar.getvalue()


def _claiming(prompts: bytes, size: int) -> bytes:
    """Let the directory of an archive say that its first part is huge."""
    place = prompts.rindex(b"PK\x01\x02")
    return prompts[: place + 20] + struct.pack("<II", size, size) + prompts[place + 28 :]


def odd_tensors() -> dict[str, dict[str, object]]:
    """Return what torch can store and no detector can use, by name."""
    plain = torch.zeros(1, 1, 4, 128)
    return {
        "sparse": {"ctx_pos": plain.to_sparse()},
        "meta": {"ctx_pos": plain.to("meta")},
        "complex": {"ctx_pos": plain.to(torch.complex64)},
        "float8": {"ctx_pos": plain.to(torch.float8_e4m3fn)},
        "expanded": {"ctx_pos": torch.zeros(1).expand(1, 1, 4, 128)},
        "whole-numbers": {"ctx_pos": plain.long()},
        "flat": {"ctx_pos": plain.flatten()},
        "no-words": {"ctx_pos": torch.zeros(1, 1, 0, 128)},
        "other-width": {"ctx_pos": torch.zeros(1, 1, 12, 99)},
        "number": {"ctx_pos": 7},
        "nothing": {},
    }
