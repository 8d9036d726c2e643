"""From the code that a marketplace sends back to an account that works."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from marketplaces import http
from marketplaces.connecting import claims
from marketplaces.connecting.checking import filled
from marketplaces.connecting.connectors import Connector, Shop
from marketplaces.connecting.errors import (
    ConnectingError,
    ConsentDeniedError,
    NotRegisteredError,
    OtherShopError,
    ScopesMissingError,
)
from marketplaces.grants import Grant
from marketplaces.models import Account, ConsentRequest, Listing, Order
from marketplaces.oauth import granted_by
from tasks import staff_actions
from tasks.dispatch import lanes, queue
from tasks.errors import StoFlowError
from tasks.models import StaffActionOutcome
from tasks.sentences import sentence
from tasks.staff_actions import Wish
from tasks.tenancy import current_schema
from tasks.wording import account_words

KIND = "connect_account"
_LONGEST_NAME = 200
_LOOKED_AT = 10
"""Listings, the newest first: some may be gone from the marketplace, hardly all."""


@dataclass(frozen=True, slots=True)
class Connected:
    """What has become of it."""

    account: Account
    is_new: bool


@dataclass(frozen=True, slots=True)
class _Consent:
    """What the marketplace gave, and for whom."""

    grant: Grant
    ends_at: datetime
    shop: Shop


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
        _require_same_shop(connector, request.account, consent)
    try:
        connected = _stored(connector, request, consent, by)
    except IntegrityError:
        # The same shop was connected at the same moment; now there is an account to connect again.
        connected = _stored(connector, request, consent, by)
    queue.wake_workers()
    return connected


def _consent(connector: Connector, request: ConsentRequest, code: str) -> _Consent:
    try:
        return _asked_for(connector, request, code)
    except ConnectingError:
        raise
    except StoFlowError as error:
        # Nobody tries again by itself here, whatever the error's own advice says.
        raise ConnectingError(error.message, evidence=error.evidence) from error


def _asked_for(connector: Connector, request: ConsentRequest, code: str) -> _Consent:
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
    grant = granted_by(response)
    _require_scopes(connector, grant)
    if not grant.refresh_token:
        raise ConnectingError(
            sentence(
                "{marketplace} gave a sign-in that cannot be renewed.",
                marketplace=connector.marketplace_name,
            )
        )
    ends_at = asked_at + timedelta(seconds=grant.lifetime)
    return _Consent(grant, ends_at, connector.shop(grant.access_token))


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


def _require_scopes(connector: Connector, grant: Grant) -> None:
    granted = grant.scopes
    if granted is None:
        granted = connector.scopes_of(grant.access_token)
    lacking = [] if granted is None else [each for each in connector.scopes if each not in granted]
    if lacking:
        raise ScopesMissingError(
            sentence(
                "The seller agreed to less than StoFlow needs at {marketplace}; missing: {scopes}.",
                marketplace=connector.marketplace_name,
                scopes=", ".join(each.rpartition("/")[2] for each in lacking),
            )
        )


def _require_same_shop(connector: Connector, account: Account, consent: _Consent) -> None:
    account.refresh_from_db(fields=["shop_id", "settings"])
    if account.shop_id == consent.shop.id:
        return
    if not account.shop_id and _may_be_the_shop_of(connector, account, consent):
        return
    raise OtherShopError(
        sentence(
            "Somebody signed in at {marketplace} as “{shop}”, which is another shop than "
            "“{account}”. Nothing was changed: its listings stay where they are.",
            marketplace=connector.marketplace_name,
            shop=consent.shop.name,
            account=account.name,
        )
        if account.shop_id
        else sentence(
            "“{account}” has listings or orders at {marketplace}, and nothing shows that they are "
            "those of “{shop}”, as which somebody signed in. Nothing was changed.",
            marketplace=connector.marketplace_name,
            shop=consent.shop.name,
            account=account.name,
        )
    )


def _may_be_the_shop_of(connector: Connector, account: Account, consent: _Consent) -> bool:
    """Of an account whose token died before it said whose it is: what else tells."""
    if named := account.settings.get("shop_id"):
        return str(named) == consent.shop.id
    listed = Listing.objects.filter(account=account).exclude(external_id="").order_by("-pk")
    if not listed.exists():
        return not Order.objects.filter(account=account).exists()
    try:
        return connector.has_one_of(consent.grant.access_token, account, list(listed[:_LOOKED_AT]))
    except StoFlowError as error:
        raise ConnectingError(error.message, evidence=error.evidence) from error


@transaction.atomic
def _stored(connector: Connector, request: ConsentRequest, consent: _Consent, by: str) -> Connected:
    account, is_new = _account(connector, request, consent.shop)
    account.shop_id = consent.shop.id
    account.access_token = consent.grant.access_token
    account.access_token_expires_at = consent.ends_at
    account.refresh_token = consent.grant.refresh_token
    account.settings = filled(account.settings, consent.shop.settings)
    account.save()
    claims.claim(account)
    _record(account, by)
    lanes.ensure(account.pk, marketplace=account.marketplace, name=account.name)
    lanes.consent_given(account.pk)
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
        raise OtherShopError(
            sentence(
                "The shop “{shop}” is connected already, as “{account}”.",
                shop=shop.name,
                account=same_shop.name,
            )
        )
    account = accounts.filter(pk=request.account_id).first()
    if account is None:
        raise ConnectingError(sentence("The account was deleted."))
    return account, False


def _free_name(connector: Connector, shop: Shop) -> str:
    """The shop's name, with its id where an account is called so already."""
    taken = Account.objects.filter(marketplace=connector.marketplace, name=shop.name).exists()
    return (f"{shop.name[:90]} ({shop.id})" if taken else shop.name)[:_LONGEST_NAME] or shop.id


def _record(account: Account, by: str) -> None:
    words = account_words(account.name, account.marketplace)
    wish = Wish(KIND, by=by, scope_words=words, scope={"account": account.pk}, expected=1)
    action, _is_new = staff_actions.begin(wish)
    line = StaffActionOutcome(
        account_id=account.pk,
        subject=words,
        done=True,
        sentence=sentence("The seller has consented; the account works."),
    )
    staff_actions.record(action, [line])
