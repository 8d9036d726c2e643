"""An import in two steps by a browser: what it would do, then the very same file imported.

The file waits in the tenant's schema under an unguessable token, for the person who sent it and
for a day at most. Its bytes go when they have been imported. Pressing the button twice imports
once: the second press finds the import begun, or its result.
"""

from __future__ import annotations

import io
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import IO, Any

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from marketplaces.catalogue_import.errors import CatalogueFileError
from marketplaces.catalogue_import.importer import import_catalogue
from marketplaces.catalogue_import.report import ImportReport, Note, Sample
from marketplaces.models import CatalogueUpload
from tasks import staff_actions
from tasks.errors import StoFlowError
from tasks.sentences import sentence

KEPT = timedelta(days=1)
GIVEN_UP = timedelta(minutes=10)
"""An import that has not ended after so long died with its process, and may be begun again."""
NOTES_KEPT = 500
LONGEST_NAME = 200


class UploadGoneError(StoFlowError):
    """There is no such upload for this person: it is over, or was never theirs."""

    default_advice = gettext_lazy("Choose the file once more.")  # type: ignore[assignment]


class ImportUnderWayError(StoFlowError):
    """Somebody imports this very upload at this moment."""


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
        preview=report_as_json(report),
    )


def find(token: str, *, uploaded_by: str) -> CatalogueUpload:
    """The upload without its bytes. UploadGoneError for everybody but who sent it."""
    uploads = CatalogueUpload.objects.filter(uploaded_by=uploaded_by, created_at__gt=Now() - KEPT)
    upload = uploads.defer("content").filter(token=token).first() if "\0" not in token else None
    if upload is None:
        raise UploadGoneError(_("This file is no longer kept here."))
    return upload


def import_kept(upload: CatalogueUpload) -> CatalogueUpload:
    """Import it, unless that was done already. ImportUnderWayError while somebody else does."""
    rows = CatalogueUpload.objects.filter(pk=upload.pk)
    if not rows.filter(_idle(), result__isnull=True).update(begun_at=Now()):
        upload.refresh_from_db(fields=["result", "begun_at"])
        if upload.result is None:
            raise ImportUnderWayError(_("This file is being imported already."))
        return upload
    content = rows.values_list("content", flat=True).get()
    try:
        report = import_catalogue(io.BytesIO(bytes(content)), currency=upload.currency)
    except StoFlowError:
        rows.update(begun_at=None)  # what was imported stays; the same file goes on
        raise
    return _finish(upload, report)


def discard(upload: CatalogueUpload) -> None:
    """Forget the file. ImportUnderWayError while somebody imports it."""
    if not CatalogueUpload.objects.filter(_idle(), pk=upload.pk).delete()[0]:
        raise ImportUnderWayError(_("This file is being imported already."))


def is_under_way(upload: CatalogueUpload) -> bool:
    """Whether an import of it has begun, has not ended, and may still be alive."""
    rows = CatalogueUpload.objects.filter(pk=upload.pk, result__isnull=True)
    return rows.exclude(_idle()).exists()


def _idle() -> Q:
    return Q(begun_at=None) | Q(begun_at__lt=Now() - GIVEN_UP)


def forget_old(*, dry_run: bool = False) -> int:
    """Delete the uploads whose time is over, whether they were imported or not; how many."""
    old = CatalogueUpload.objects.filter(_idle(), created_at__lt=Now() - KEPT)
    return old.count() if dry_run else old.delete()[0]


def too_large(limits: Limits) -> CatalogueFileError:
    megabytes = limits.largest_bytes / 1024 / 1024
    return CatalogueFileError(
        _("The file is larger than %(megabytes)g MB.") % {"megabytes": round(megabytes, 1)},
        advice=_("Export the shop in several parts and import them one after the other."),
    )


def report_as_json(report: ImportReport) -> dict[str, Any]:
    """What pages show of a report: all counts, and the first notes of each kind."""
    return {
        "created": report.created,
        "updated": report.updated,
        "unchanged": report.unchanged,
        "imported": report.imported,
        "changes": report.created + report.updated,
        "rejected": len(report.rejected_rows),
        "without_photo": len(report.rejected_photos),
        "warned": len(report.warnings),
        "samples": [_sample(sample) for sample in report.samples],
        "rejections": [_note(note) for note in report.rejected_rows[:NOTES_KEPT]],
        "photos": [_note(note) for note in report.rejected_photos[:NOTES_KEPT]],
        "warnings": [_note(note) for note in report.warnings[:NOTES_KEPT]],
    }


def _note(note: Note) -> dict[str, Any]:
    return {"line": note.line, "text": note.text}


def _sample(sample: Sample) -> dict[str, Any]:
    price = None if sample.price is None else str(sample.price)
    return {**asdict(sample), "price": price}


@transaction.atomic
def _finish(upload: CatalogueUpload, report: ImportReport) -> CatalogueUpload:
    """The bytes have done their work; the report stays for whoever presses the button again."""
    upload.result, upload.content = report_as_json(report), b""
    upload.save(update_fields=["result", "content"])
    _record(upload, report)
    return upload


def _record(upload: CatalogueUpload, report: ImportReport) -> None:
    counts = {
        "file": upload.file_name,
        "new": report.created,
        "changed": report.updated,
        "left_out": len(report.rejected_rows),
        "photos": len(report.rejected_photos),
    }
    words = sentence("“{file}”, {new} new, {changed} changed, {left_out} left out", **counts)
    if report.rejected_photos:
        words = sentence(
            "“{file}”, {new} new, {changed} changed, {left_out} left out, "
            "photos that could not be used: {photos}",
            **counts,
        )
    wish = staff_actions.Wish("import", by=upload.uploaded_by, scope_words=words)
    action, _is_new = staff_actions.begin(wish)
    staff_actions.record_numbers(
        action, done=report.created + report.updated, refused=len(report.rejected_rows)
    )
