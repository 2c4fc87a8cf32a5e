"""Addresses of network cameras, with and without what must stay secret."""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit

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
    query = "&".join(_shown(option) for option in parts.query.split("&") if option)
    return urlunsplit((parts.scheme, host + port, parts.path, query, ""))


def _shown(option: str) -> str:
    """One query option; a lone word could be anything, so it is cut as well."""
    name, equals, _ = option.partition("=")
    secret = not equals or any(word in name.lower() for word in _SECRET_WORDS)
    return (f"{name}=***" if equals else "***") if secret else option
