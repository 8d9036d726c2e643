"""Pages that tell what something means for an account, and do it once a person has confirmed."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from marketplaces.admin.connecting import ConnectingPages
from marketplaces.connecting import connected_accounts, disconnecting, marketplace_for
from marketplaces.models import Account
from marketplaces.sync import schedule
from tasks.action_forms import ConfirmForm
from tasks.sentences import translated
from tasks.staff_actions import Wish
from tasks.wording import account_words


class ConfirmingPages(ConnectingPages):
    """The page behind “Disconnect…”, and what such pages have in common."""

    def get_urls(self) -> list[URLPattern]:
        route = "<int:account_id>/disconnect/"
        return [
            self.account_page(route, self.disconnect_view, "disconnect", post=True),
            *super().get_urls(),
        ]

    def account_page(self, route: str, view: Any, name: str, *, post: bool = False) -> URLPattern:
        allowed = require_http_methods(["GET", "HEAD", "POST"]) if post else require_safe
        wrapped = self.admin_site.admin_view(allowed(view))
        page: URLPattern = path(route, wrapped, name=f"marketplaces_account_{name}")
        return page

    def disconnect_view(self, request: HttpRequest, account_id: int) -> HttpResponse:
        """GET tells what it would mean, POST does it."""
        self._require_manager(request)
        account = self.account_or_404(request, account_id)
        marketplace = marketplace_for(account.marketplace)
        if marketplace is None or not marketplace.has_consent:
            raise Http404
        if request.method == "POST":
            wish = self._wish(request, account, disconnecting.KIND)
            if wish is None:
                return self._incomplete(request, account)
            action = disconnecting.disconnect(account, wish)
            if not connected_accounts().filter(pk=account.pk).exists():
                schedule.stop(account)
            return HttpResponseRedirect(reverse("admin:tasks_staffaction_change", args=[action.pk]))
        preview = disconnecting.preview(account)
        return self._confirm(
            request,
            account,
            title=_("Disconnect the shop?"),
            told=[translated(preview.refusal)] if preview.refusal else preview.sentences,
            form=ConfirmForm.fresh(do=disconnecting.KIND),
            confirm="" if preview.refusal else _("Disconnect"),
        )

    def _wish(self, request: HttpRequest, account: Account, kind: str) -> Wish | None:
        """None when the form was not whole."""
        form = ConfirmForm(request.POST)
        if not form.is_valid():
            return None
        return Wish(
            kind,
            by=request.user.get_username(),
            reason=form.cleaned_data["reason"],
            scope_words=account_words(account.name, account.marketplace),
            scope={"account": account.pk},
            expected=1,
            key=form.cleaned_data["key"],
        )

    def _confirm(self, request: HttpRequest, account: Account, **shown: Any) -> HttpResponse:
        page = {"account": account, "do_url": request.path, "back_url": page_of(account)}
        context = {**page, **shown}
        return self._render(request, "admin/marketplaces/account_confirm.html", context)

    def _render(
        self, request: HttpRequest, template: str, context: dict[str, Any], status: int = 200
    ) -> HttpResponse:
        shared = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "media": self.media,
        }
        return TemplateResponse(request, template, {**shared, **context}, status=status)

    def _incomplete(self, request: HttpRequest, account: Account) -> HttpResponse:
        messages.error(request, _("The form was incomplete: nothing was done."))
        return HttpResponseRedirect(page_of(account))


def page_of(account: Account) -> str:
    return reverse("admin:marketplaces_account_change", args=[account.pk])
