"""A catalogue file between its dry run and its import."""

from __future__ import annotations

import secrets

from django.db import models


def new_token() -> str:
    return secrets.token_urlsafe(32)


class CatalogueUpload(models.Model):
    """The very bytes that the dry run has read, so that what was shown is what is imported.

    They are kept here and not in a file: every web server sees them, no other tenant can, and
    nothing serves them. The bytes go when they are imported, the row after a day.
    """

    token = models.CharField(max_length=43, unique=True, default=new_token)
    uploaded_by = models.CharField(max_length=150)
    file_name = models.CharField(max_length=200)
    currency = models.CharField(max_length=3)
    content = models.BinaryField()
    preview = models.JSONField()
    """What an import would do: `ImportReport.as_json`."""
    result = models.JSONField(null=True)
    """What the import has done; null = not imported yet."""
    created_at = models.DateTimeField(auto_now_add=True)
    begun_at = models.DateTimeField(null=True)
    """When an import of it first began; null = nothing of it is in the catalogue."""
    created_count = models.IntegerField(default=0)
    updated_count = models.IntegerField(default=0)
    """What its import has saved so far, with all its beginnings."""
    lease_token = models.UUIDField(null=True)
    """Of the run that imports it; only one does at a time."""
    leased_until = models.DateTimeField(null=True)
    """Renewed with every slice. When it is past, the run has died."""
    action_key = models.UUIDField(null=True)
    """Of the staff action that records the import."""

    class Meta:
        db_table = "catalogue_uploads"

    def __str__(self) -> str:
        return self.file_name

    @property
    def saved_count(self) -> int:
        return self.created_count + self.updated_count
