"""Looking for a marketplace's category by words, so that nobody has to know its number."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.forms import Media
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from marketplaces.admin.plugin_pages import PluginPages
from marketplaces.connecting import marketplace_for
from tasks.errors import StoFlowError
from tasks.sentences import translated

MEDIA = Media(css={"all": ["marketplaces/categories.css"]}, js=["marketplaces/categories.js"])
LEAST_LETTERS = 3
LONGEST = 100


class CategoryPages(PluginPages):
    """A page of its own for browsers without scripts; a list below the field for the others."""

    def get_urls(self) -> list[URLPattern]:
        return [
            path(
                "<int:account_id>/categories/",
                self.admin_site.admin_view(require_safe(self.categories_view)),
                name="marketplaces_account_categories",
            ),
            *super().get_urls(),
        ]

    def categories_view(self, request: HttpRequest, account_id: int) -> HttpResponse:
        """What the marketplace suggests for the words, which come under any name of a field."""
        if not self.may_change_accounts(request):
            raise PermissionDenied
        account = self.account_or_404(request, account_id)
        marketplace = marketplace_for(account.marketplace)
        if marketplace is None or not marketplace.fields:
            raise Http404
        words = (
            next((str(each) for each in request.GET.values() if each), "")
            .replace("\0", "")
            .strip()[:LONGEST]
        )
        found: list[tuple[str, str]] = []
        fault = ""
        try:
            if words.isdecimal():
                found = list(marketplace.category_paths(account, [words]).items())
            elif len(words) >= LEAST_LETTERS:
                found = marketplace.find_categories(account, words)
        except StoFlowError as error:
            fault = translated(error.message)
        context = {
            "words": words,
            "found": found,
            "fault": fault,
            "is_asked": words.isdecimal() or len(words) >= LEAST_LETTERS,
        }
        if request.headers.get("HX-Request"):
            template = "admin/marketplaces/categories_found.html"
            return TemplateResponse(request, template, context)
        context |= {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Categories of %(marketplace)s")
            % {"marketplace": marketplace.marketplace_name},
            "account": account,
            "media": self.media + MEDIA,
        }
        return TemplateResponse(request, "admin/marketplaces/categories.html", context)
