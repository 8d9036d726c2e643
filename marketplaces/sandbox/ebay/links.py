"""Addresses of pictures, as sellers write them: anything at all."""

from urllib.parse import urlsplit


def https_host(url: str) -> str | None:
    """The host of an https address; None if it is no such thing."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return parts.hostname if parts.scheme == "https" else None
