"""Keys that are made once and kept beside the data when the environment names none."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from pathlib import Path

from cryptography.fernet import Fernet


def signing_key(directory: Path) -> str:
    """Django's SECRET_KEY of this installation."""
    return _kept(directory / "secret_key", lambda: secrets.token_urlsafe(64))


def encryption_key(directory: Path) -> str:
    """The Fernet key that encrypts the sellers' tokens of this installation."""
    return _kept(directory / "encryption_key", lambda: Fernet.generate_key().decode())


def _kept(path: Path, make: Callable[[], str]) -> str:
    """Read the key, or make it; of two processes that make it at once, one wins for both."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(make())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text().strip()
