"""An account's own runs, on its page: when each was and will be, asking for one, the intervals."""

from __future__ import annotations

from typing import Any, Self

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from marketplaces.models import Account, UnmatchedListing
from marketplaces.sync import schedule, staff
from tasks.action_forms import ConfirmForm
from tasks.admin.base import QuickList
from tasks.admin.looks import lane_situation
from tasks.dispatch import presence
from tasks.dispatch.health import is_stopped
from tasks.dispatch.models import Lane
from tasks.staff_actions import Wish
from tasks.tenancy import current_schema
from tasks.wording import account_words, action_word

MOST_UNMATCHED = 1_000


class IntervalsForm(ConfirmForm):
    """Minutes; an empty field: only when somebody asks."""

    field_order = ("sync_every_minutes", "orders_every_minutes", "reason")

    sync_every_minutes = forms.IntegerField(
        required=False,
        min_value=staff.SHORTEST_MINUTES,
        max_value=44_640,
        label=gettext_lazy("Minutes from one synchronisation to the next"),
        widget=forms.NumberInput({"class": "sf-input"}),
    )
    orders_every_minutes = forms.IntegerField(
        required=False,
        min_value=staff.SHORTEST_MINUTES,
        max_value=44_640,
        label=gettext_lazy("Minutes from one fetching of orders to the next"),
        widget=forms.NumberInput({"class": "sf-input"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The page is for looking first: it must not be scrolled to its last form.
        self.fields["reason"].widget.attrs.pop("autofocus", None)

    @classmethod
    def of(cls, account: Account) -> Self:
        fields = schedule.INTERVALS.values()
        return cls.fresh(do="intervals", **{name: getattr(account, name) for name in fields})

    def minutes(self) -> dict[str, int | None]:
        return {action: self.cleaned_data[name] for action, name in schedule.INTERVALS.items()}


class SweepPages(QuickList[Any]):
    """For the page of accounts."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.sweeps_view)
        name = "marketplaces_account_sweeps"
        return [path("<int:account_id>/sweeps/", view, name=name), *super().get_urls()]

    def sweeps_link(self, account: Account) -> str:
        page = reverse("admin:marketplaces_account_sweeps", args=[account.pk])
        words = _("Synchronisation and orders")
        return format_html('<a class="list-link is-wide" href="{}">{}</a>', page, words)

    def sweeps_view(self, request: HttpRequest, account_id: int) -> HttpResponse:
        """GET shows, POST does."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        account = Account.objects.filter(pk=account_id).first()
        if account is None:
            raise Http404
        if request.method == "POST":
            return self._take_sweep(request, account)
        return self._sweeps_page(request, account, IntervalsForm.of(account))

    def _sweeps_page(
        self, request: HttpRequest, account: Account, form: IntervalsForm
    ) -> HttpResponse:
        unmatched = UnmatchedListing.objects.filter(account=account)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Synchronisation and orders"),
            "account": account,
            # A key for each button: asking for the one is not asking for the other.
            "runs": [(run, ConfirmForm.fresh(do=run.action)) for run in schedule.standing(account)],
            "why_waiting": _why_waiting(account),
            "now": timezone.now(),
            "may_ask": _may_ask(request),
            "may_change": _may_change(request),
            "unmatched": unmatched[:MOST_UNMATCHED].count(),
            "form": form,
            "back_url": reverse("admin:marketplaces_account_change", args=[account.pk]),
            "media": self.media,
        }
        return TemplateResponse(request, "admin/marketplaces/sweeps.html", context)

    def _take_sweep(self, request: HttpRequest, account: Account) -> HttpResponse:
        do = request.POST.get("do", "")
        if do in {run.action for run in schedule.standing(account)}:
            return self._ask_for_run(request, account, do)
        if do != "intervals" or not _may_change(request):
            raise PermissionDenied
        form = IntervalsForm(request.POST)
        if not form.is_valid():
            return self._sweeps_page(request, account, form)
        staff.set_intervals(
            account, form.minutes(), self._sweep_wish(request, account, form, "sync_intervals")
        )
        messages.success(request, _("The intervals are saved."))
        return HttpResponseRedirect(request.path)

    def _ask_for_run(self, request: HttpRequest, account: Account, action: str) -> HttpResponse:
        form = ConfirmForm(request.POST)
        if not _may_ask(request):
            raise PermissionDenied
        if form.is_valid():
            done = staff.ask_now(account, action, self._sweep_wish(request, account, form, action))
            _tell_asked(request, account, action, is_new=done.done)
        else:
            messages.error(request, _("The form was incomplete: nothing was done."))
        return HttpResponseRedirect(request.path)

    def _sweep_wish(
        self, request: HttpRequest, account: Account, form: ConfirmForm, kind: str
    ) -> Wish:
        return Wish(
            kind,
            by=request.user.get_username(),
            reason=form.cleaned_data["reason"],
            scope_words=account_words(account.name, account.marketplace),
            scope={"account": account.pk},
            expected=1,
            key=form.cleaned_data["key"],
        )


def _tell_asked(request: HttpRequest, account: Account, action: str, *, is_new: bool) -> None:
    told = {"run": action_word(action), "why": _why_waiting(account)}
    if told["why"]:
        waits = (
            _("“%(run)s” is queued. %(why)s") if is_new else _("“%(run)s” waits already. %(why)s")
        )
        messages.warning(request, waits % told)
    elif is_new:
        messages.success(request, _("“%(run)s” begins as soon as a worker is free.") % told)
    else:
        again = _("“%(run)s” waits already, and begins as soon as a worker is free.")
        messages.info(request, again % told)


def _why_waiting(account: Account) -> str:
    """What keeps a due run from beginning, as a sentence; "" when only its turn does."""
    lane = Lane.objects.filter(schema_name=current_schema(), account_id=account.pk).first()
    if lane is not None and is_stopped(lane):
        return _("The account's work: %(situation)s.") % {"situation": lane_situation(lane)}
    seen = presence.look()
    if seen.stopped_by_clocks:
        return _("Workers take no work until the clocks of their machines are right.")
    return _("No workers are running.") if seen.nobody else ""


def _may_ask(request: HttpRequest) -> bool:
    return bool(request.user.has_perm("tasks.add_batchjob"))


def _may_change(request: HttpRequest) -> bool:
    return bool(request.user.has_perm("marketplaces.change_account"))
