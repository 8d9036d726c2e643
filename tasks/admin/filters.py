"""Filters over jobs and whatever else names a marketplace; all are kept in the list's address.

Their choices come from the installed handlers and the tenant's lanes, not from reading the whole
table. A value that is no choice sends the person to the list without filters, with a message.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tasks import handlers
from tasks.dispatch.models import Lane
from tasks.models import BatchJob, WaitReason
from tasks.models.jobs import WAIT_SENTENCES
from tasks.open_failures import OPEN_QUESTION, STILL_OPEN
from tasks.sentences import sentence, translated
from tasks.states import UNFINISHED_JOB, JobStatus, in_order
from tasks.tenancy import current_schema
from tasks.wording import action_word, marketplace_name, status_name

LARGEST_ID = 2**63 - 1
MOST_CHOICES = 50
NEWEST_BATCHES = 10


class OneOf(admin.SimpleListFilter):
    """One value of a closed choice."""

    path: ClassVar[str] = ""
    """The lookup to the filtered column; the parameter's name when empty."""
    in_words: ClassVar[Mapping[str, str]] = {}
    """What a choice says where “title: choice” would not read well, to be stored."""

    def matching(self, value: str) -> Q:
        return Q(**{self.path or str(self.parameter_name): value})

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        if not value:
            return queryset
        if value not in {str(choice) for choice, _words in self.lookup_choices}:
            raise IncorrectLookupParameters(f"{self.parameter_name}={value}")
        return queryset.filter(self.matching(value))

    def has_output(self) -> bool:
        """A filter that is in force is shown even when nothing could be chosen with it."""
        return bool(self.lookup_choices) or self.value() is not None


class StatusFilter(OneOf):
    title = gettext_lazy("status")
    parameter_name = "status__exact"
    path = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        statuses = [
            status for status, _words in model_admin.model._meta.get_field("status").choices
        ]
        return [(status, status_name(status)) for status in statuses]


class JobStatusFilter(StatusFilter):
    """As the rows are labelled: a job that has begun and that nobody is at waits, too.

    Links also ask for the status as it is stored, which is then a choice of its own.
    """

    waiting, working = "WAITING", "WORKING"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        statuses = dict(super().lookups(request, model_admin))
        stored = {status: statuses.pop(status) for status in in_order(UNFINISHED_JOB)}
        names = {
            self.waiting: stored[JobStatus.PENDING.value],
            self.working: stored[JobStatus.RUNNING.value],
            **statuses,
        }
        begun = {
            JobStatus.PENDING.value: _("Not begun yet"),
            JobStatus.RUNNING.value: _("Begun"),
        }
        asked = request.GET.get(str(self.parameter_name), "")
        names |= {asked: begun[asked]} if asked in begun else {}
        return list(names.items())

    def matching(self, value: str) -> Q:
        is_worked_on = Q(lease_token__isnull=False)
        if value == self.waiting:
            return Q(status__in=in_order(UNFINISHED_JOB)) & ~is_worked_on
        if value == self.working:
            return Q(status=JobStatus.RUNNING.value) & is_worked_on
        return super().matching(value)


class MarketplaceFilter(OneOf):
    title = gettext_lazy("marketplace")
    parameter_name = "marketplace"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        names = sorted({marketplace for marketplace, _action in handlers.registered()})
        return [(name, marketplace_name(name)) for name in names]


class AccountMarketplaceFilter(MarketplaceFilter):
    path = "account__marketplace"


class ActionFilter(OneOf):
    title = gettext_lazy("what")
    parameter_name = "action"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        names = sorted({action for _marketplace, action in handlers.registered()})
        return [(name, action_word(name)) for name in names]


class AccountFilter(OneOf):
    """The tenant's accounts as the lanes name them: an account without a lane never had work."""

    title = gettext_lazy("account")
    parameter_name = "account"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        lanes = Lane.objects.filter(schema_name=current_schema()).order_by("account_name", "pk")
        rows = lanes.values_list("account_id", "account_name", "marketplace")
        return [
            (str(pk), f"{name or pk} ({marketplace_name(marketplace)})")
            for pk, name, marketplace in rows
        ][:MOST_CHOICES]

    def matching(self, value: str) -> Q:
        return Q(account_id=int(value))


class WaitFilter(OneOf):
    title = gettext_lazy("waits because it")
    parameter_name = "wait_reason__exact"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        reasons = [reason for reason in WaitReason if reason]
        return [(reason.value, str(WAIT_SENTENCES[reason])) for reason in reasons]

    def matching(self, value: str) -> Q:
        # Only started jobs wait for a reason; the status has an index.
        return Q(status=JobStatus.RUNNING.value, wait_reason=value)


class NeedsPersonFilter(OneOf):
    title = gettext_lazy("needs a person")
    parameter_name = "needs_person__exact"
    path = "needs_person"
    in_words: ClassVar[Mapping[str, str]] = {
        "1": sentence("jobs that need a person"),
        "0": sentence("jobs that need nobody"),
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("1", _("Yes")), ("0", _("No"))]

    def matching(self, value: str) -> Q:
        return OPEN_QUESTION if value == "1" else Q(needs_person=False)


class StillOpenFilter(OneOf):
    """The failures that the front pages count."""

    title = gettext_lazy("still open")
    parameter_name = "open"
    in_words: ClassVar[Mapping[str, str]] = {
        "1": sentence("jobs that failed and for which nothing newer was asked")
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("1", _("failed, and nothing newer was asked for"))]

    def matching(self, value: str) -> Q:
        return STILL_OPEN


class LatelyFilter(OneOf):
    """In the time before now, as long as one chooses."""

    spans: ClassVar[dict[str, timedelta]] = {
        "1h": timedelta(hours=1),
        "1d": timedelta(days=1),
        "7d": timedelta(days=7),
        "30d": timedelta(days=30),
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        words = [_("in the last hour"), _("in the last 24 hours"), _("in the last 7 days")]
        return list(zip(self.spans, [*words, _("in the last 30 days")], strict=True))


class SinceFilter(LatelyFilter):
    title = gettext_lazy("asked for")
    parameter_name = "since"

    def matching(self, value: str) -> Q:
        return Q(created_at__gte=Now() - self.spans[value])


class FailedSinceFilter(LatelyFilter):
    title = gettext_lazy("failed")
    parameter_name = "failed"

    def matching(self, value: str) -> Q:
        failed = Q(status=JobStatus.FAILED.value)
        return failed & Q(completed_at__gte=Now() - self.spans[value])


class BatchFilter(OneOf):
    """The newest batches, and the one that a link asks for."""

    title = gettext_lazy("batch")
    parameter_name = "batch__id__exact"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        names = BatchJob.objects.order_by("-pk").values_list("pk", "name")
        found = list(names[:NEWEST_BATCHES])
        asked = as_id(request.GET.get(self.parameter_name, ""))
        if asked is not None and asked not in dict(found):
            found += names.filter(pk=asked)
        return [(str(pk), translated(name)) for pk, name in found]

    def matching(self, value: str) -> Q:
        return Q(batch_id=int(value))


class ProductFilter(OneOf):
    """Only by a link: nobody chooses among 50,000 products in a list."""

    title = gettext_lazy("product")
    parameter_name = "product__id__exact"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        asked = as_id(request.GET.get(self.parameter_name, ""))
        if asked is None:
            return []
        products: Any = model_admin.model._meta.get_field("product").related_model
        titles = products.objects.filter(pk=asked).values_list("title", flat=True)
        return [(str(asked), title) for title in titles]

    def matching(self, value: str) -> Q:
        return Q(product_id=int(value))


def as_id(text: str) -> int | None:
    """The key that a text is, or None when no row can have it."""
    if not (text.isascii() and text.isdecimal() and len(text) < 20):
        return None
    return number if (number := int(text)) <= LARGEST_ID else None
