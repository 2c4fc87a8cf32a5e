"""One file over HTTP: streamed, hashed on the way, whole or not at all."""

from __future__ import annotations

import hashlib
import http.client
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from model.atomic import whole_file
from model.errors import ModelError

TIMEOUT_S = 30.0
_CHUNK = 1 << 20
_HEX = frozenset("0123456789abcdef")

Progress = Callable[[int, int], None]


class DownloadError(ModelError):
    """A file could not be fetched; the message says why, without a full stop."""


class NotOnServer(DownloadError):
    """The server was reached and has no such file."""


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        """Leave the redirection's own headers readable."""


def published_sha256(url: str) -> str:
    """Return the hash that the model hub names for a file, "" if it names none.

    The hub answers with a redirection whose `X-Linked-ETag` is the file's sha256.

    Raises:
        DownloadError: The server cannot be reached or has no such file.
    """
    opener = urllib.request.build_opener(_NoRedirect)
    request = urllib.request.Request(url, method="HEAD")
    with _sentences(url):
        try:
            with opener.open(request, timeout=TIMEOUT_S) as answer:
                headers = answer.headers
        except urllib.error.HTTPError as error:
            if not 300 <= error.code < 400:
                raise
            headers = error.headers
            error.close()
    tag = str(headers.get("X-Linked-ETag") or headers.get("ETag") or "")
    tag = tag.removeprefix("W/").strip('"').lower()
    return tag if len(tag) == 64 and set(tag) <= _HEX else ""


def download(url: str, file: Path, sha256: str, progress: Progress | None = None) -> str:
    """Fetch a file and return its hash; a failure leaves no file and no part of one.

    Args:
        url: http or https; proxies are taken from the environment.
        file: Where it goes; the folder exists.
        sha256: The expected hash or its first digits, at least 8.
        progress: Called with the bytes so far and in all (0 if the server does not say).

    Raises:
        DownloadError: The server cannot be reached, breaks off, or sends another file.
    """
    if len(sha256) < 8:
        raise ValueError("a file is not fetched without a hash to check it by")
    digest = hashlib.sha256()
    with _sentences(url), whole_file(file) as part:
        request = urllib.request.Request(url)
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer, part.open("wb") as out:
            total = int(answer.headers.get("Content-Length") or 0)
            done = 0
            for chunk in _chunks(answer):
                out.write(chunk)
                digest.update(chunk)
                done += len(chunk)
                if progress is not None:
                    progress(done, total)
        if done < total:
            raise DownloadError(f"{url} broke off after {done} of {total} bytes")
        if not digest.hexdigest().startswith(sha256.lower()):
            raise DownloadError(f"{url} sent a file with another sha256 than published")
    return digest.hexdigest()


def _chunks(stream: IO[bytes]) -> Iterator[bytes]:
    while chunk := stream.read(_CHUNK):
        yield chunk


@contextmanager
def _sentences(url: str) -> Iterator[None]:
    try:
        yield
    except urllib.error.HTTPError as error:
        error.close()
        kind = NotOnServer if error.code in (401, 403, 404, 410) else DownloadError
        raise kind(f"{url} answered {error.code} {error.reason}") from error
    except urllib.error.URLError as error:
        raise DownloadError(f"{url} cannot be reached ({error.reason})") from error
    except http.client.HTTPException as error:
        raise DownloadError(f"{url} broke off ({type(error).__name__})") from error
    except OSError as error:
        raise DownloadError(f"{url} could not be fetched ({error})") from error
