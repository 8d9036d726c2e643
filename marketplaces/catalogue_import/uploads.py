"""An import in two steps by a browser: what it would do, then the very same file imported.

The file waits in the tenant's schema under an unguessable token, for the person who sent it and
for a day at most. Its bytes go when they have been imported. Pressing the button twice imports
once: the second press finds the import begun, or its result (`runs`).
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import timedelta
from typing import IO

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from marketplaces.catalogue_import import runs
from marketplaces.catalogue_import.errors import CatalogueFileError
from marketplaces.catalogue_import.importer import import_catalogue
from marketplaces.models import CatalogueUpload
from tasks import staff_actions
from tasks.errors import StoFlowError

KEPT = timedelta(days=1)
LONGEST_NAME = 200


class UploadGoneError(StoFlowError):
    """There is no such upload for this person: it is over, or was never theirs."""

    default_advice = gettext_lazy("Choose the file once more.")  # type: ignore[assignment]


@dataclass(frozen=True)
class Limits:
    """What one upload may be."""

    largest_bytes: int


def keep(
    file: IO[bytes], *, name: str, currency: str, uploaded_by: str, limits: Limits
) -> CatalogueUpload:
    """Keep a file and what an import of it would do. CatalogueFileError when it is no catalogue."""
    content = file.read(limits.largest_bytes + 1)
    if len(content) > limits.largest_bytes:
        raise too_large(limits)
    report = import_catalogue(io.BytesIO(content), currency=currency, dry_run=True)
    forget_old()
    return CatalogueUpload.objects.create(
        uploaded_by=uploaded_by,
        file_name=name.replace("\0", "")[-LONGEST_NAME:],
        currency=currency.upper(),
        content=content,
        preview=report.as_json(),
    )


def find(token: str, *, uploaded_by: str) -> CatalogueUpload:
    """The upload without its bytes. UploadGoneError for everybody but who sent it."""
    uploads = CatalogueUpload.objects.filter(uploaded_by=uploaded_by, created_at__gt=Now() - KEPT)
    upload = uploads.defer("content").filter(token=token).first() if "\0" not in token else None
    if upload is None:
        raise UploadGoneError(_("This file is no longer kept here."))
    return upload


def discard(upload: CatalogueUpload) -> int:
    """Forget the file; how many products stay in the catalogue that an import of it has saved.

    ImportUnderWayError while somebody imports it.
    """
    forgotten = _forget(CatalogueUpload.objects.filter(pk=upload.pk))
    if not forgotten:
        raise runs.under_way()
    return sum(one.saved_count for one in forgotten)


def forget_old(*, dry_run: bool = False) -> int:
    """Delete the uploads whose time is over, whether they were imported or not; how many."""
    old = CatalogueUpload.objects.filter(created_at__lt=Now() - KEPT)
    return old.filter(runs.idle()).count() if dry_run else len(_forget(old))


@transaction.atomic
def _forget(uploads: QuerySet[CatalogueUpload]) -> list[CatalogueUpload]:
    """Delete those that nobody imports. What was begun is gone on with no more: its record ends."""
    forgotten = list(
        uploads.filter(runs.idle()).order_by("pk").defer("content").select_for_update()
    )
    staff_actions.finish_all(one.action_key for one in forgotten if one.action_key is not None)
    CatalogueUpload.objects.filter(pk__in=[one.pk for one in forgotten]).delete()
    return forgotten


def too_large(limits: Limits) -> CatalogueFileError:
    megabytes = limits.largest_bytes / 1024 / 1024
    return CatalogueFileError(
        _("The file is larger than %(megabytes)g MB.") % {"megabytes": round(megabytes, 1)},
        advice=_("Export the shop in several parts and import them one after the other."),
    )
