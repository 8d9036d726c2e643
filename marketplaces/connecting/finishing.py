"""From the code that a marketplace sends back to an account that works."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils import timezone

from marketplaces import http
from marketplaces.connecting import consented
from marketplaces.connecting.connectors import Connector, Shop
from marketplaces.connecting.consented import Connected, Consent
from marketplaces.connecting.errors import (
    ConnectingError,
    ConsentDeniedError,
    NotRegisteredError,
)
from marketplaces.models import Account, ConsentRequest
from tasks.dispatch import queue
from tasks.errors import StoFlowError
from tasks.sentences import sentence
from tasks.tenancy import current_schema

_LONGEST_NAME = 200


def refusal(connector: Connector, reason: str) -> ConsentDeniedError:
    """What the marketplace's own `error` (RFC 6749, section 4.1.2.1) means for the seller."""
    if reason == "access_denied":
        return ConsentDeniedError(
            sentence(
                "The seller declined at {marketplace}: nothing was connected and nothing changed.",
                marketplace=connector.marketplace_name,
            ),
            advice=sentence("To connect the shop after all, begin again and agree there."),
        )
    return ConsentDeniedError(
        sentence(
            "{marketplace} did not let the seller consent ({reason}).",
            marketplace=connector.marketplace_name,
            reason=reason[:100],
        ),
        advice=sentence(
            "Begin again. If it happens again, tell the operators: StoFlow's registration there "
            "may be wrong."
        ),
    )


def finish(connector: Connector, request: ConsentRequest, code: str, *, by: str) -> Connected:
    """Exchange the code, see whose shop it is, and store tokens; no transaction may be open.

    A ConnectingError, or another of `tasks.errors`, says why nothing was stored. A new shop gets
    its lane; an account that waited for consent works on by itself.
    """
    consent = _consent(connector, request, code)
    if request.account is not None:
        token = consent.grant.access_token
        consented.require_same_shop(connector, request.account, consent.shop, token)
    try:
        connected = _stored(connector, request, consent, by)
    except IntegrityError:
        # The same shop was connected at the same moment; now there is an account to connect again.
        connected = _stored(connector, request, consent, by)
    queue.wake_workers()
    return connected


def _consent(connector: Connector, request: ConsentRequest, code: str) -> Consent:
    try:
        return _asked_for(connector, request, code)
    except ConnectingError:
        raise
    except StoFlowError as error:
        # Nobody tries again by itself here, whatever the error's own advice says.
        raise ConnectingError(error.message, evidence=error.evidence) from error


def _asked_for(connector: Connector, request: ConsentRequest, code: str) -> Consent:
    app = connector.app()
    asked_at = timezone.now()
    response = http.send(
        app.tokens.exchange(
            code,
            redirect_uri=app.redirect_uri,
            verifier=request.verifier,
            account=f"{current_schema()}/{connector.marketplace}",
        )
    )
    if not response.is_success:
        raise _exchange_refused(connector, response)
    return consented.read(connector, response, asked_at=asked_at)


def _exchange_refused(connector: Connector, response: http.Response) -> ConnectingError:
    document = response.document if isinstance(response.document, dict) else {}
    reason = str(document.get("error") or response.status)[:100]
    name = connector.marketplace_name
    if reason == "invalid_client":
        return NotRegisteredError(
            sentence(
                "{marketplace} does not recognise StoFlow's own id and secret ({reason}).",
                marketplace=name,
                reason=reason,
            )
        )
    return ConnectingError(
        sentence(
            "{marketplace} did not accept the seller's consent ({reason}).",
            marketplace=name,
            reason=reason,
        )
    )


@transaction.atomic
def _stored(connector: Connector, request: ConsentRequest, consent: Consent, by: str) -> Connected:
    account, is_new = _account(connector, request, consent.shop)
    consented.store(connector, account, consent, by=by)
    return Connected(account, is_new)


def _account(connector: Connector, request: ConsentRequest, shop: Shop) -> tuple[Account, bool]:
    """The account to store it in: the one asked for, the shop's own, or a new one."""
    accounts = Account.objects.select_for_update(no_key=True).filter(
        marketplace=connector.marketplace
    )
    same_shop = accounts.filter(shop_id=shop.id).first()
    if request.account_id is None:
        if same_shop is not None:
            return same_shop, False
        return Account(marketplace=connector.marketplace, name=_free_name(connector, shop)), True
    if same_shop is not None and same_shop.pk != request.account_id:
        raise consented.connected_already(shop, same_shop)
    account = accounts.filter(pk=request.account_id).first()
    if account is None:
        raise ConnectingError(sentence("The account was deleted."))
    return account, False


def _free_name(connector: Connector, shop: Shop) -> str:
    """The shop's name, with its id where an account is called so already."""
    taken = Account.objects.filter(marketplace=connector.marketplace, name=shop.name).exists()
    return (f"{shop.name[:90]} ({shop.id})" if taken else shop.name)[:_LONGEST_NAME] or shop.id
