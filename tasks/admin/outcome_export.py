"""What came of a staff action, job by job, as a file."""

from __future__ import annotations

from django.http import StreamingHttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tasks.admin.exports import Columns, as_file
from tasks.models import StaffAction, StaffActionOutcome
from tasks.sentences import translated

COLUMNS = Columns(
    (
        (gettext_lazy("Job"), lambda line: line.job_id),
        (gettext_lazy("Subject"), lambda line: translated(line.subject)),
        (gettext_lazy("Outcome"), lambda line: _("Done") if line.done else _("Refused")),
        (gettext_lazy("What came of it"), lambda line: translated(line.sentence)),
        (gettext_lazy("Batch"), lambda line: line.batch_id),
        (gettext_lazy("Product's number"), lambda line: line.product_id),
    )
)


def outcomes_as_file(action: StaffAction) -> StreamingHttpResponse:
    """Every line of the action, the newest first."""
    lines = StaffActionOutcome.objects.filter(action=action).order_by("-pk")
    return as_file(lines, COLUMNS, f"action-{action.pk}")
