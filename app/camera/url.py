"""Addresses of network cameras, with and without what must stay secret."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit, urlunsplit

_SECRET_WORDS = ("user", "usr", "login", "pass", "pwd", "pw", "token", "key", "auth", "secret")


def without_secrets(url: str) -> str:
    """Return the address for screens and logs.

    User and password are cut out; values of query options that look like one become `***`,
    and so does everything of an address that cannot be understood.
    """
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return f"{url.partition(':')[0]}://***"
    host = f"[{host}]" if ":" in host else host
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    query = "&".join(f"{name}={'***' if _is_secret(name) else value}" for name, value in pairs)
    if parts.query and not pairs:
        query = "***"
    return urlunsplit((parts.scheme, host + port, parts.path, query, ""))


def _is_secret(name: str) -> bool:
    return any(word in name.lower() for word in _SECRET_WORDS)
