"""The work on an account is paused, resumed or let go on: buttons, a preview, the deed."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tasks import account_actions
from tasks.account_actions import GO_ON, PAUSE, RESUME, lane_of, may_go_on
from tasks.action_forms import ConfirmForm
from tasks.admin.base import QuickList
from tasks.admin.buttons import with_choice
from tasks.dispatch.models import Lane
from tasks.staff_actions import Wish
from tasks.wording import account_words, marketplace_name

_TITLES = {
    PAUSE: gettext_lazy("Pause the work on this account?"),
    RESUME: gettext_lazy("Resume the work on this account?"),
    GO_ON: gettext_lazy("Let the work on this account go on?"),
}
_BUTTONS = {
    PAUSE: gettext_lazy("Pause work"),
    RESUME: gettext_lazy("Resume work"),
    GO_ON: gettext_lazy("Let the work go on"),
}


def may_change_work(request: HttpRequest) -> bool:
    """Whether this user may pause and resume the work on an account."""
    return bool(request.user.has_perm("dispatch.change_lane"))


class AccountActions(QuickList[Any]):
    """For the page of whatever model has lanes: its primary key is a lane's `account_id`."""

    change_form_outer_before_template = "admin/tasks/account_buttons.html"
    change_form_outer_after_template = "admin/tasks/staff_actions_of.html"
    object_history_template = "admin/tasks/history.html"

    class Media:
        css = {"all": ["tasks/actions.css"]}

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        lane = lane_of(int(object_id)) if object_id.isdecimal() else None
        context = {
            "lane": lane,
            "may_change_work": may_change_work(request),
            "may_go_on": may_go_on(lane),
            "work_url": self._work_url(lane.account_id) if lane else "",
            **(extra_context or {}),
        }
        return super().change_view(request, object_id, form_url, context)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.work_view)
        name = f"{self.opts.app_label}_{self.opts.model_name}_work"
        return [path("<int:account_id>/work/", view, name=name), *super().get_urls()]

    def work_view(self, request: HttpRequest, account_id: int) -> HttpResponse:
        """GET tells what would be done, POST does it."""
        if not (self.has_view_permission(request) and may_change_work(request)):
            raise PermissionDenied
        lane = lane_of(account_id)
        asked = request.POST if request.method == "POST" else request.GET
        do = asked.get("do", "")
        if lane is None or do not in _TITLES:
            raise Http404
        if request.method == "POST":
            return self._perform(request, do, lane)
        told = account_actions.preview(do, lane)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _TITLES[do],
            "lane": lane,
            "marketplace": marketplace_name(lane.marketplace),
            "preview": told,
            "form": ConfirmForm.fresh(do=do),
            "confirm": "" if told.refusal else _BUTTONS[do],
            "do_url": with_choice(request, self._work_url(account_id)),
            "back_url": self._page_url(account_id),
            "media": self.media,
        }
        return TemplateResponse(request, "admin/tasks/account_preview.html", context)

    def _perform(self, request: HttpRequest, do: str, lane: Lane) -> HttpResponse:
        form = ConfirmForm(request.POST)
        if not form.is_valid():
            messages.error(request, _("The form was incomplete: nothing was done."))
            return HttpResponseRedirect(self._page_url(lane.account_id))
        wish = Wish(
            do,
            by=request.user.get_username(),
            reason=form.cleaned_data["reason"],
            scope_words=account_words(lane.account_name, lane.marketplace),
            scope={"account": lane.account_id},
            expected=1,
            key=form.cleaned_data["key"],
        )
        action = account_actions.perform(wish, lane)
        return HttpResponseRedirect(reverse("admin:tasks_staffaction_change", args=[action.pk]))

    def _work_url(self, account_id: int) -> str:
        return reverse(
            f"admin:{self.opts.app_label}_{self.opts.model_name}_work", args=[account_id]
        )

    def _page_url(self, account_id: int) -> str:
        return reverse(
            f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[account_id]
        )
