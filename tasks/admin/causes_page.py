"""What fails, over the whole tenant: every cause once, the most frequent first."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tasks import causes, handlers
from tasks.admin.base import TenantPage
from tasks.admin.cause_rows import cause_rows
from tasks.admin.filters import FailedSinceFilter
from tasks.causes import FailuresOf
from tasks.models import BatchJob, MarketplaceJob
from tasks.wording import action_word, marketplace_name, number

SINCE: dict[str, Promise] = {
    "1h": gettext_lazy("In the last hour"),
    "1d": gettext_lazy("In the last 24 hours"),
    "7d": gettext_lazy("In the last 7 days"),
    "30d": gettext_lazy("In the last 30 days"),
}
_LONGEST_NUMBER = 18


@dataclass(frozen=True, slots=True)
class Choice:
    """One filter: its name in the address, and what it can be."""

    name: str
    label: str
    every: str
    options: list[tuple[str, str]]
    chosen: str


class CausesPage(TenantPage[MarketplaceJob]):
    """Adds the page to those of the jobs."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.causes_view)
        return [path("causes/", view, name="tasks_causes"), *super().get_urls()]

    def causes_view(self, request: HttpRequest) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        failures, choices = _failures(request.GET), _choices(request.GET)
        number_of_page = max(_as_number(request.GET.get("page", "")), 1)
        most = settings.STAFF["causes"]
        found = causes.causes_of(failures, most=most, offset=(number_of_page - 1) * most)
        context = {
            **self.admin_site.each_context(request),
            "title": _("What fails"),
            "content_title": _("What fails"),
            "media": self.media,
            "causes": found,
            "causes_count": number(found.causes),
            "jobs_count": number(found.jobs),
            "cause_rows": cause_rows(
                request, found, batch_id=failures.batch_id, since=_since(request.GET)
            ),
            "choices": choices,
            "batch": _batch(failures),
            "is_narrowed": any(choice.chosen for choice in choices) or failures.batch_id,
            "newer_url": _page_url(request.GET, number_of_page - 1),
            "older_url": _page_url(request.GET, number_of_page + 1)
            if number_of_page * most < found.causes
            else "",
        }
        return TemplateResponse(request, "admin/tasks/causes.html", context)


def _failures(asked: QueryDict) -> FailuresOf:
    """What the address asks for; what it cannot mean is left out."""
    since = FailedSinceFilter.spans.get(_since(asked))
    return FailuresOf(
        marketplace=_as_name(asked.get("marketplace", "")),
        action=_as_name(asked.get("action", "")),
        since=None if since is None else timezone.now() - since,
        batch_id=_as_number(asked.get("batch", "")) or None,
    )


def _since(asked: QueryDict) -> str:
    since = asked.get("since", "")
    return since if since in SINCE else ""


def _choices(asked: QueryDict) -> list[Choice]:
    registered = handlers.registered()
    marketplaces = sorted({marketplace for marketplace, _action in registered})
    actions = sorted({action for _marketplace, action in registered})
    options = {
        "marketplace": [(name, marketplace_name(name)) for name in marketplaces],
        "action": [(name, action_word(name)) for name in actions],
        "since": [(name, str(words)) for name, words in SINCE.items()],
    }
    labels = {
        "marketplace": (_("Marketplace"), _("Every marketplace")),
        "action": (_("Action"), _("Every action")),
        "since": (_("Failed"), _("At any time")),
    }
    return [
        Choice(name, *labels[name], options=options[name], chosen=asked.get(name, ""))
        for name in options
    ]


def _batch(failures: FailuresOf) -> BatchJob | None:
    if failures.batch_id is None:
        return None
    return BatchJob.objects.filter(pk=failures.batch_id).first()


def _page_url(asked: QueryDict, page: int) -> str:
    """The same filters on another page; "" before the first one."""
    if page < 1:
        return ""
    address = asked.copy()
    address["page"] = str(page)
    return f"?{address.urlencode()}"


def _as_name(text: str) -> str:
    """The database takes no text with this sign in it."""
    return text.replace("\x00", "")


def _as_number(text: str) -> int:
    is_number = text.isascii() and text.isdecimal() and len(text) <= _LONGEST_NUMBER
    return int(text) if is_number else 0
