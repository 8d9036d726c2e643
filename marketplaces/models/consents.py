"""What is remembered between sending a person to a marketplace and their coming back."""

from __future__ import annotations

from django.db import models

from marketplaces.encryption import EncryptedTextField
from marketplaces.models.accounts import Account


class ConsentRequest(models.Model):
    """One consent that was asked for: taken once, by the person who began it, within minutes."""

    state_hash = models.CharField(max_length=64, unique=True)
    """sha256, hexadecimal, of the secret part of the state: the row alone opens nothing."""
    marketplace = models.CharField(max_length=20)
    account = models.ForeignKey(Account, null=True, on_delete=models.CASCADE)
    """The account to connect again; null = a new one."""
    user_id = models.BigIntegerField()
    """Who began it; users are in the public schema."""
    verifier = EncryptedTextField(blank=True)
    """PKCE's; empty where the marketplace has none."""
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()

    class Meta:
        db_table = "consent_requests"

    def __str__(self) -> str:
        return f"{self.marketplace}, asked for at {self.created_at}"
