"""The admin's site: who may use it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.core.paginator import InvalidPage
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import SimpleTemplateResponse
from django.utils.translation import gettext

from stoflow.tenants import access
from tasks.tenancy import PUBLIC, current_schema

if TYPE_CHECKING:
    from django.contrib.admin import AdminSite as UnfoldAdminSite
    from django.contrib.admin.forms import AdminAuthenticationForm
else:
    from unfold.forms import AuthenticationForm as AdminAuthenticationForm
    from unfold.sites import UnfoldAdminSite


class SignInForm(AdminAuthenticationForm):
    """Members sign in like staff: nobody has to be marked twice."""

    def confirm_login_allowed(self, user: Any) -> None:
        if not access.may_enter(user, PUBLIC):
            raise ValidationError(
                gettext(
                    "You are not a member of any seller yet: ask one of your administrators to "
                    "add you."
                ),
                code="no_membership",
            )


class StaffSite(UnfoldAdminSite):
    """The installation's pages and, behind /t/<schema>/, each seller's."""

    login_form = SignInForm

    def search(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """unfold's, without its failure when the address names a page that does not exist."""
        if not request.GET.get("page", "1").isdecimal():
            raise Http404
        try:
            # Rendered here: its template reads the page as well.
            answer: HttpResponse = super().search(request, extra_context)  # type: ignore[misc]
            return answer.render() if isinstance(answer, SimpleTemplateResponse) else answer
        except InvalidPage as error:
            raise Http404 from error

    def has_permission(self, request: HttpRequest) -> bool:
        return access.may_enter(request.user, current_schema())
