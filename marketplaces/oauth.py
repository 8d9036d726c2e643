"""Access tokens: kept while they are valid, renewed by one worker at a time for each account.

A PostgreSQL advisory lock of the session is held across the call to the token endpoint. No
transaction and no row lock is: staff can edit the account meanwhile, and when this worker's
connection dies the server gives the lock back by itself. A session lock needs a session of one's
own, so a pooler in transaction mode must not stand between StoFlow and PostgreSQL.

A token endpoint that gives no usable answer is an outage of the marketplace: without a token nothing
else of it can be asked. A renewal whose outcome is unknown is asked for again like any other, since
its lost tokens are nowhere else to be had: a refresh token that stayed in force renews, and one that
was used up by it is refused, so that the seller is asked.
"""

from __future__ import annotations

import base64
import hashlib
import logging
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.utils import InterfaceError, OperationalError
from django.utils import timezone

from marketplaces import grants, http
from marketplaces.grants import Grant
from marketplaces.models import Account
from tasks import deadlines
from tasks.errors import (
    ApplicationRefusedError,
    AuthorizationError,
    OutageError,
    OutcomeUnknownError,
    PermanentError,
    RateLimitedError,
    TransientError,
)
from tasks.sentences import sentence
from tasks.tenancy import current_schema

logger = logging.getLogger(__name__)

_LOCK_SECONDS = 20.0
_LOCK_PAUSE_SECONDS = 0.1
_DEAD_GRANTS = frozenset({"invalid_grant", "unauthorized_client"})
"""What RFC 6749 section 5.2 says of a grant that is expired, revoked or not ours."""
_CLIENT_UNKNOWN = "invalid_client"
"""What it says when it is the client itself, StoFlow, that is not recognised."""
_PAUSE_SECONDS = 600.0
"""Until it is seen whether the operators have corrected StoFlow's client id and secret."""


@dataclass(frozen=True, slots=True)
class TokenEndpoint:
    """Where and how a marketplace renews tokens."""

    url: str
    client_id: str
    client_secret: str = field(repr=False)
    """Empty for a public client (Etsy), which names itself in the form instead."""
    margin: timedelta = timedelta(minutes=5)
    """A token that ends sooner than this counts as ended."""

    def renewal(self, refresh_token: str, account: str) -> http.Request:
        """The request of RFC 6749 section 6, without a scope: the granted ones stay."""
        form = grants.refresh_form(refresh_token, client_id=self._public_id)
        return self._request(form, account, refresh_token)

    def exchange(
        self, code: str, *, redirect_uri: str, verifier: str, account: str
    ) -> http.Request:
        """The request of RFC 6749 section 4.1.3."""
        form = grants.code_form(
            code, redirect_uri=redirect_uri, verifier=verifier, client_id=self._public_id
        )
        return self._request(form, account, code, verifier)

    def application(self, scopes: Iterable[str]) -> http.Request:
        """The request of RFC 6749 section 4.4: a token for StoFlow itself."""
        return self._request(grants.application_form(scopes), "")

    @property
    def _public_id(self) -> str:
        return "" if self.client_secret else self.client_id

    def _request(self, form: Mapping[str, str], account: str, *secrets: str) -> http.Request:
        headers = {"Accept": "application/json"}
        if self.client_secret:
            pair = f"{self.client_id}:{self.client_secret}".encode()
            headers["Authorization"] = f"Basic {base64.b64encode(pair).decode()}"
        return http.Request.with_form(
            "POST",
            self.url,
            form,
            headers=headers,
            timeout=20.0,
            account=account,
            sensitive=tuple(filter(None, (*secrets, self.client_secret))),
        )


@dataclass(frozen=True, slots=True)
class AccessTokens:
    """Gives out the access token of one account of the current tenant."""

    account_id: int
    endpoint: TokenEndpoint

    def __call__(self, *, rejected: str = "") -> str:
        """A token to use now; another one than `rejected`, which the marketplace has refused.

        AuthorizationError when the seller must consent again, ApplicationRefusedError when
        StoFlow's own credentials are wrong, OutageError when the token endpoint does not answer,
        another TransientError when it may work later.
        """
        account = self._account()
        if not self._usable(account, rejected):
            with one_at_a_time(f"{current_schema()}:oauth:{self.account_id}"):
                account = self._account()
                if not self._usable(account, rejected):
                    account = self._renew(account)
        token: str = account.access_token
        return token

    def _account(self) -> Account:
        try:
            return Account.objects.get(pk=self.account_id)
        except Account.DoesNotExist:
            raise PermanentError(
                sentence("The account was deleted."),
                advice=sentence("Connect the shop again, or cancel the job."),
            ) from None

    def _usable(self, account: Account, rejected: str) -> bool:
        ends_at = account.access_token_expires_at
        return (
            bool(account.access_token)
            and account.access_token != rejected
            and ends_at is not None
            and ends_at > timezone.now() + self.endpoint.margin
        )

    def _renew(self, account: Account) -> Account:
        if not account.refresh_token:
            raise AuthorizationError(
                sentence("{account} was disconnected.", account=account)
                if account.shop_id
                else sentence("{account} has never been connected.", account=account)
            )
        asked_at = timezone.now()
        renewal = self.endpoint.renewal(account.refresh_token, str(account))
        response = answer_of(renewal, str(account))
        if not response.is_success:
            raise self._refusal(response, account)
        granted = granted_by(response)
        lifetime = timedelta(seconds=granted.lifetime)
        try:
            return self._save(account, granted, asked_at + lifetime)
        except (OperationalError, InterfaceError):
            # The connection broke during the call; a refresh token that rotates must not be lost.
            connection.close()
            return self._save(account, granted, asked_at + lifetime)

    def _refusal(self, response: http.Response, account: Account) -> Exception:
        reason = reason_of(response)
        if (refused := refusal_of_application(response, str(account))) is not None:
            return refused
        if self._account().refresh_token != account.refresh_token:
            return TransientError(_connected_again(account), evidence=response.evidence)
        if reason in _DEAD_GRANTS:
            return AuthorizationError(
                sentence(
                    "The marketplace no longer accepts the sign-in of {account} ({reason}).",
                    account=account,
                    reason=reason,
                ),
                evidence=response.evidence,
            )
        return PermanentError(
            sentence(
                "The sign-in of {account} could not be renewed ({reason}).",
                account=account,
                reason=reason,
            ),
            advice=sentence("Tell the operators: StoFlow's request or its settings may be wrong."),
            evidence=response.evidence,
        )

    def _save(self, account: Account, granted: Grant, ends_at: datetime) -> Account:
        """Before anybody uses the new token, and only if the seller has not reconnected since."""
        with transaction.atomic():
            row = Account.objects.select_for_update(no_key=True).get(pk=self.account_id)
            if row.refresh_token != account.refresh_token:
                raise TransientError(_connected_again(account))
            row.access_token = granted.access_token
            row.access_token_expires_at = ends_at
            row.refresh_token = granted.refresh_token or row.refresh_token
            row.save(
                update_fields=[
                    "access_token",
                    "access_token_expires_at",
                    "refresh_token",
                    "updated_at",
                ]
            )
        logger.info("The sign-in of %s was renewed.", account)
        return row


def reason_of(response: http.Response) -> str:
    """Why the token endpoint says no: an error code of RFC 6749 section 5.2, or the status."""
    document = response.document if isinstance(response.document, dict) else {}
    return str(document.get("error", response.status))


def refusal_of_application(response: http.Response, whose: str) -> Exception | None:
    """A refusal that is not about the grant: StoFlow is unknown, or asks too often; else None.

    `whose` sign-in it was, in words.
    """
    if (reason := reason_of(response)) == _CLIENT_UNKNOWN:
        return ApplicationRefusedError(
            sentence(
                "{host} does not recognise StoFlow's own client id and secret ({reason}).",
                host=response.request.host,
                reason=reason,
            ),
            retry_after=_PAUSE_SECONDS,
            evidence=response.evidence,
        )
    if response.status == 429:
        return RateLimitedError(
            sentence("Too many sign-ins for {account}.", account=whose),
            retry_after=http.seconds_to_wait(response.headers.get("retry-after")),
            evidence=response.evidence,
        )
    return None


def answer_of(request: http.Request, whose: str) -> http.Response:
    """The token endpoint's answer; OutageError when it fails or no complete answer comes.

    `whose` sign-in it is, in words.
    """
    try:
        response = http.send(request)
    except OutcomeUnknownError as error:
        raise OutageError(error.message, evidence=error.evidence) from error
    if response.status >= 500:
        raise OutageError(
            sentence(
                "The sign-in of {account} could not be renewed now ({reason}).",
                account=whose,
                reason=reason_of(response),
            ),
            retry_after=http.seconds_to_wait(response.headers.get("retry-after")),
            evidence=response.evidence,
        )
    return response


def granted_by(response: http.Response) -> Grant:
    """What a successful answer of the token endpoint gives out; OutageError when nothing."""
    try:
        return grants.read_grant(response.body)
    except grants.UnreadableAnswerError as error:
        raise OutageError(
            sentence(
                "{host} renewed the sign-in with an answer that cannot be read.",
                host=response.request.host,
            ),
            evidence=response.evidence,
        ) from error


def _connected_again(account: Account) -> str:
    return sentence("{account} was connected again meanwhile.", account=account)


def lock_key(name: str) -> int:
    """PostgreSQL's advisory locks have numbers of 64 bits for names."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), signed=True)


@contextmanager
def one_at_a_time(name: str) -> Iterator[None]:
    """Hold PostgreSQL's advisory lock of this name; OutageError when whoever has it gets no answer."""
    key = lock_key(name)
    _lock(key)
    try:
        yield
    finally:
        _unlock(key)


def _lock(key: int) -> None:
    """Asked for again and again instead of waited for, so that the wait obeys the deadline."""
    remaining = deadlines.remaining_seconds()
    wait = _LOCK_SECONDS if remaining is None else min(_LOCK_SECONDS, remaining)
    ends_at = time.monotonic() + wait
    while not _selected("SELECT pg_try_advisory_lock(%s)", key):
        if time.monotonic() + _LOCK_PAUSE_SECONDS > ends_at:
            raise OutageError(sentence("Another worker is renewing the account's sign-in."))
        time.sleep(_LOCK_PAUSE_SECONDS)


def _unlock(key: int) -> None:
    try:
        _selected("SELECT pg_advisory_unlock(%s)", key)
    except (OperationalError, InterfaceError):
        logger.warning("The connection broke, and PostgreSQL gave the lock back with it.")
        connection.close()


def _selected(query: str, key: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(query, [key])
        return bool(cursor.fetchone()[0])
