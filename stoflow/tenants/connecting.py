"""Where marketplaces send a person back after they have consented, or declined.

One address for all sellers, since it is registered with the marketplace. Which seller it is about
stands in the signed state; who may finish it is the person who began, while they still may.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from marketplaces.admin.connecting import check_or_say
from marketplaces.connecting import Connector, connector_for, consents, finishing
from marketplaces.connecting.consented import Connected
from marketplaces.connecting.consents import State
from marketplaces.connecting.errors import ConnectingError, StateRefusedError
from marketplaces.sync import schedule
from stoflow.tenants import access
from stoflow.tenants.models import Tenant
from tasks import tenancy
from tasks.sentences import translated

ACCOUNTS = "/t/{schema}/admin/marketplaces/account/"


def come_back(request: HttpRequest, marketplace: str) -> HttpResponse:
    """Finish what the person began; each way of failing is a page that says what to do."""
    connector = connector_for(marketplace)
    if connector is None or request.method != "GET" or request.schema_name is not None:  # type: ignore[attr-defined]
        raise Http404
    try:
        state = consents.read_state(connector, request.GET.get("state", ""))
    except StateRefusedError as error:
        return _refused(request, connector, error)
    tenant = _tenant(request, state)
    with tenancy.inside(tenant):
        # The permission is asked for in the seller's schema, where the person's role counts.
        if not request.user.has_perm("marketplaces.change_account"):
            raise PermissionDenied
        try:
            connected = _finish(request, connector, state)
        except ConnectingError as error:
            return _refused(request, connector, error, tenant)
        schedule.ensure(connected.account)
        _tell(request, connector, connected)
        check_or_say(request, connector, connected.account)
    return HttpResponseRedirect(
        f"{ACCOUNTS.format(schema=tenant.schema_name)}{connected.account.pk}/missing/"
    )


def _tenant(request: HttpRequest, state: State) -> Tenant:
    tenant: Tenant | None = Tenant.objects.filter(schema_name=state.schema).first()
    if tenant is None or not access.may_enter(request.user, state.schema):
        raise Http404
    return tenant


def _finish(request: HttpRequest, connector: Connector, state: State) -> Connected:
    waiting = consents.take(connector, state, user_id=request.user.pk or 0)
    code = request.GET.get("code", "")
    if not code:
        raise finishing.refusal(connector, request.GET.get("error") or "access_denied")
    return finishing.finish(connector, waiting, code, by=request.user.get_username())


def _tell(request: HttpRequest, connector: Connector, connected: Connected) -> None:
    words = (
        _("“%(account)s” is connected to %(marketplace)s.")
        if connected.is_new
        else _("“%(account)s” is connected to %(marketplace)s again, and its work goes on.")
    )
    told = {"account": connected.account.name, "marketplace": connector.marketplace_name}
    messages.success(request, words % told)


def _refused(
    request: HttpRequest,
    connector: Connector,
    error: ConnectingError,
    tenant: Tenant | None = None,
) -> HttpResponse:
    context: dict[str, Any] = {
        "marketplace": connector.marketplace_name,
        "message": translated(error.message),
        "advice": translated(error.advice),
        "seller": tenant,
        "accounts": ACCOUNTS.format(schema=tenant.schema_name) if tenant else "",
    }
    # 403 also for strangers to the state: whether it was ever good is nobody else's business.
    return TemplateResponse(request, "connecting_failed.html", context, status=403)
