"""Text that is encrypted in the database and plain in memory.

`cryptography` does the work. A value that no key opens raises: returning the cipher text as if it
were the token, as other fields do, would send it to a marketplace and into its logs.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models


@cache
def _fernet(keys: tuple[str, ...]) -> MultiFernet:
    try:
        return MultiFernet([Fernet(key) for key in keys])
    except ValueError as error:
        raise ImproperlyConfigured(
            "ENCRYPTION_KEYS must hold Fernet keys (32 bytes, url-safe base64), newest first."
        ) from error


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]
    """A TextField whose column holds a Fernet token; the first of ENCRYPTION_KEYS encrypts."""

    def get_prep_value(self, value: Any) -> Any:
        plain = super().get_prep_value(value)
        if not plain:
            return plain
        return _fernet(tuple(settings.ENCRYPTION_KEYS)).encrypt(plain.encode()).decode()

    def from_db_value(self, value: str | None, *_: object) -> str | None:
        if not value:
            return value
        try:
            return _fernet(tuple(settings.ENCRYPTION_KEYS)).decrypt(value.encode()).decode()
        except InvalidToken as error:
            raise ImproperlyConfigured(
                f"No key in ENCRYPTION_KEYS opens {self.model.__name__}.{self.name}: "
                "put the key that encrypted it back into the list."
            ) from error
