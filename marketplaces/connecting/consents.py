"""Sending a person to a marketplace's consent page, and knowing them again when they come back.

The state that travels along is signed and names the tenant, since the marketplace sends everybody
back to one address. It is worth something once, for ten minutes, and only for the person who began:
its secret part is stored as a hash, beside their id.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta

from django.core import signing
from django.db import transaction
from django.db.models.functions import Now

from marketplaces import grants
from marketplaces.connecting import shops
from marketplaces.connecting.connectors import Connector
from marketplaces.connecting.errors import NotRegisteredError, StateRefusedError
from marketplaces.models import Account, ConsentRequest
from tasks.sentences import sentence
from tasks.tenancy import current_schema

VALID = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class State:
    """What a state that was signed here says."""

    schema: str
    secret: str


def begin(connector: Connector, *, user_id: int, account: Account | None = None) -> str:
    """The address to send the person to; `account` is to be connected again, None is a new one.

    No transaction may be open. NotRegisteredError when the installation has no application at the
    marketplace.
    """
    app = connector.app()
    if not app.is_registered:
        raise NotRegisteredError(
            sentence(
                "StoFlow is not registered at {marketplace} yet.",
                marketplace=connector.marketplace_name,
            )
        )
    shops.learn(connector)
    secret = secrets.token_urlsafe(32)
    verifier = grants.new_verifier() if connector.uses_pkce else ""
    ConsentRequest.objects.filter(expires_at__lt=Now()).delete()
    ConsentRequest.objects.create(
        state_hash=_hash(secret),
        marketplace=connector.marketplace,
        account=account,
        user_id=user_id,
        verifier=verifier,
        expires_at=Now() + VALID,
    )
    return grants.consent_address(
        app.consent_url,
        client_id=app.tokens.client_id,
        redirect_uri=app.redirect_uri,
        scopes=connector.scopes,
        state=_signed(connector, State(current_schema(), secret)),
        verifier=verifier,
    )


def read_state(connector: Connector, text: str) -> State:
    """What a state says that was signed here, for this marketplace. StateRefusedError otherwise."""
    try:
        said = signing.loads(text, salt=_salt(connector), max_age=VALID)
        return State(said["schema"], said["secret"])
    except signing.SignatureExpired:
        raise _too_late() from None
    except (signing.BadSignature, KeyError, TypeError, ValueError):
        raise StateRefusedError(
            sentence("This answer belongs to no connection that was begun here.")
        ) from None


def take(connector: Connector, state: State, *, user_id: int) -> ConsentRequest:
    """The request that waits in the current schema; nobody can take it a second time.

    StateRefusedError when it was taken, is too old, or somebody else began it: theirs stays.
    """
    waiting = ConsentRequest.objects.select_for_update(of=("self",)).filter(
        state_hash=_hash(state.secret), marketplace=connector.marketplace
    )
    with transaction.atomic():
        request = waiting.first()
        if request is None:
            raise StateRefusedError(sentence("This answer was used already."))
        if request.user_id != user_id:
            raise StateRefusedError(
                sentence("Somebody else began to connect this shop, and only they can finish it.")
            )
        in_time = waiting.filter(expires_at__gt=Now()).exists()
        ConsentRequest.objects.filter(pk=request.pk).delete()
    if not in_time:
        raise _too_late()
    return request


def _too_late() -> StateRefusedError:
    return StateRefusedError(
        sentence("It took more than {minutes} minutes.", minutes=VALID.seconds // 60)
    )


def _signed(connector: Connector, state: State) -> str:
    return signing.dumps({"schema": state.schema, "secret": state.secret}, salt=_salt(connector))


def _salt(connector: Connector) -> str:
    return f"marketplaces.connecting:{connector.marketplace}"


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
