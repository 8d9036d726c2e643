"""The list of batches as a file."""

from __future__ import annotations

from django.utils.translation import gettext_lazy

from tasks.admin import batch_words as words
from tasks.admin.exports import Exportable
from tasks.models import BatchJob
from tasks.sentences import translated
from tasks.wording import action_word, marketplace_name


class BatchExport(Exportable[BatchJob]):
    export_name = "batches"
    export_columns = (
        (gettext_lazy("Batch"), lambda batch: batch.pk),
        (gettext_lazy("Name"), str),
        (gettext_lazy("What"), lambda batch: action_word(batch.action)),
        (gettext_lazy("Marketplace"), lambda batch: marketplace_name(batch.marketplace)),
        (gettext_lazy("Status"), words.status_words),
        (gettext_lazy("Jobs"), lambda batch: batch.total_count),
        (gettext_lazy("Completed"), lambda batch: batch.completed_count),
        (gettext_lazy("Failed"), lambda batch: batch.failed_count),
        (gettext_lazy("Cancelled"), lambda batch: batch.cancelled_count),
        (gettext_lazy("Expired"), lambda batch: batch.expired_count),
        (gettext_lazy("Asked by"), lambda batch: translated(batch.requested_by)),
        (gettext_lazy("Asked at"), lambda batch: batch.created_at),
        (gettext_lazy("Started at"), lambda batch: batch.started_at),
        (gettext_lazy("Ended at"), lambda batch: batch.completed_at),
    )
