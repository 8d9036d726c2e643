"""The import of a kept file, by one run at a time, each slice recorded in its own commit.

A run holds a lease on the upload and renews it with every slice. A run that dies leaves a record
that is right: what it has saved was counted in the same commits. Another run goes on once the lease
is over; if the former one lives after all, its next slice is undone and it stops (ADR 0040).
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce, Now
from django.utils.translation import gettext as _

from marketplaces.catalogue_import.importer import import_catalogue
from marketplaces.catalogue_import.report import ImportReport
from marketplaces.models import CatalogueUpload
from tasks import staff_actions
from tasks.errors import StoFlowError
from tasks.sentences import sentence

LEASE = timedelta(minutes=1)
"""Far longer than a slice takes, and longer than it takes to read a file."""


class ImportUnderWayError(StoFlowError):
    """Somebody imports this very upload at this moment."""


def import_kept(upload: CatalogueUpload) -> CatalogueUpload:
    """Import it, unless that was done already. ImportUnderWayError while somebody else does."""
    run = _begin(upload)
    if run is not None:
        run.to_the_end()
    upload.refresh_from_db(fields=["result"])
    if upload.result is None:
        raise under_way()
    return upload


def idle() -> Q:
    """Of an upload: nobody imports it."""
    return Q(leased_until=None) | Q(leased_until__lt=Now())


def is_under_way(upload: CatalogueUpload) -> bool:
    """Whether somebody imports it; what has been silent for longer than its lease has died."""
    return CatalogueUpload.objects.filter(pk=upload.pk).exclude(idle()).exists()


def under_way() -> ImportUnderWayError:
    return ImportUnderWayError(_("This file is being imported already."))


@transaction.atomic
def _begin(upload: CatalogueUpload) -> _Run | None:
    """Take the lease; None when it is imported, or somebody else holds it."""
    free = CatalogueUpload.objects.filter(idle(), pk=upload.pk, result__isnull=True)
    held = free.select_for_update().defer("content").first()
    if held is None:
        return None
    run = _Run(held.pk, action_key=held.action_key or uuid4())
    free.update(
        lease_token=run.token,
        leased_until=Now() + LEASE,
        begun_at=Coalesce("begun_at", Now()),
        action_key=run.action_key,
    )
    words = sentence("the file “{file}”", file=held.file_name)
    staff_actions.begin(
        staff_actions.Wish("import", by=held.uploaded_by, scope_words=words, key=run.action_key)
    )
    return run


@dataclass(frozen=True)
class _Run:
    upload_id: int
    action_key: UUID
    """Of the staff action, which a run that goes on continues."""
    token: UUID = field(default_factory=uuid4)

    def mine(self) -> QuerySet[CatalogueUpload]:
        """The upload, while this run holds it."""
        return CatalogueUpload.objects.filter(pk=self.upload_id, lease_token=self.token)

    def to_the_end(self) -> None:
        content, currency = self.mine().values_list("content", "currency").get()
        try:
            report = import_catalogue(
                io.BytesIO(bytes(content)), currency=currency, saved=self._saved
            )
            self._finish(report)
        except StoFlowError:
            self.mine().update(lease_token=None, leased_until=None)
            raise

    def _saved(self, created: int, updated: int) -> None:
        if not self.mine().update(
            leased_until=Now() + LEASE,
            created_count=F("created_count") + created,
            updated_count=F("updated_count") + updated,
        ):
            raise under_way()
        upload = self.mine().defer("content", "preview").get()
        words = sentence("“{file}”, {new} new, {changed} changed", **_counts(upload))
        staff_actions.record_so_far(self.action_key, done=upload.saved_count, scope_words=words)

    @transaction.atomic
    def _finish(self, report: ImportReport) -> None:
        """The bytes have done their work; the report stays for whoever presses the button again."""
        upload = self.mine().select_for_update().defer("content").first()
        if upload is None:
            raise under_way()
        upload.result = {**report.as_json(), **_totals(upload, report)}
        upload.content = b""
        upload.lease_token = upload.leased_until = None
        upload.save(update_fields=["result", "content", "lease_token", "leased_until"])
        refused = len(report.rejected_rows)
        staff_actions.record_so_far(
            self.action_key,
            done=upload.saved_count,
            refused=refused,
            scope_words=_scope_words(upload, report),
        )
        staff_actions.finish_all([self.action_key])


def _totals(upload: CatalogueUpload, report: ImportReport) -> dict[str, int]:
    """What this run found as before may be what a former one has saved."""
    return {
        "created": upload.created_count,
        "updated": upload.updated_count,
        "unchanged": max(0, report.imported - upload.saved_count),
        "changes": upload.saved_count,
    }


def _scope_words(upload: CatalogueUpload, report: ImportReport) -> str:
    counts = {**_counts(upload), "left_out": len(report.rejected_rows)}
    if not report.rejected_photos:
        return sentence("“{file}”, {new} new, {changed} changed, {left_out} left out", **counts)
    return sentence(
        "“{file}”, {new} new, {changed} changed, {left_out} left out, "
        "photos that could not be used: {photos}",
        **counts,
        photos=len(report.rejected_photos),
    )


def _counts(upload: CatalogueUpload) -> dict[str, str | int]:
    return {
        "file": upload.file_name,
        "new": upload.created_count,
        "changed": upload.updated_count,
    }
