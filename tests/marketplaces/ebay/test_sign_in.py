"""`marketplaces.oauth` against the sandbox's token endpoint and a real PostgreSQL."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from threading import Barrier

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone

from marketplaces import oauth
from marketplaces.ebay.connection import token_endpoint
from marketplaces.http import OutsideCallInTransactionError
from marketplaces.models import Account, Product
from marketplaces.oauth import AccessTokens, TokenEndpoint
from marketplaces.sandbox.control import SandboxControl
from marketplaces.sandbox.reports import SellerReport
from stoflow.tenants.models import Tenant
from tasks import deadlines, tenancy
from tasks.errors import (
    ApplicationRefusedError,
    AuthorizationError,
    OutageError,
    PermanentError,
    TransientError,
)
from tests.marketplaces.desk import Desk
from tests.marketplaces.http import loopback
from tests.marketplaces.http.loopback import LoopbackServer, answer


@pytest.fixture
def tokens(account: Account) -> AccessTokens:
    return AccessTokens(account.pk, token_endpoint())


@pytest.fixture
def desk(account: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk.of(account, tmp_path, monkeypatch)


def renewals(control: SandboxControl) -> int:
    return sum(call["template"].endswith("/token") for call in control.requests())


def test_a_token_is_renewed_once_and_then_kept(
    tokens: AccessTokens, account: Account, control: SandboxControl
) -> None:
    token = tokens()
    assert tokens() == token
    account.refresh_from_db()
    assert account.access_token == token
    assert account.access_token_expires_at
    assert account.access_token_expires_at > timezone.now() + timedelta(minutes=100)
    assert renewals(control) == 1


def test_a_token_that_is_about_to_end_is_renewed(
    tokens: AccessTokens, account: Account, control: SandboxControl
) -> None:
    tokens()
    soon = timezone.now() + timedelta(minutes=1)
    Account.objects.filter(pk=account.pk).update(access_token_expires_at=soon)
    tokens()
    assert renewals(control) == 2


def test_a_rejected_token_is_replaced_and_only_that_one(
    tokens: AccessTokens, control: SandboxControl
) -> None:
    first = tokens()
    second = tokens(rejected=first)
    assert second != first
    assert tokens(rejected=first) == second
    assert renewals(control) == 2


def test_workers_at_the_same_time_renew_once(
    tokens: AccessTokens, committed: Tenant, control: SandboxControl
) -> None:
    control.add_fault("POST /identity/v1/oauth2/token", "slow_after_effect", delay=0.5)
    barrier = Barrier(4)

    def work() -> str:
        try:
            with tenancy.inside(committed):
                barrier.wait(10)
                return tokens()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        found = {future.result(30) for future in [pool.submit(work) for _ in range(4)]}
    assert len(found) == 1
    assert renewals(control) == 1


def test_a_worker_does_not_wait_for_another_beyond_its_deadline(
    tokens: AccessTokens, account: Account
) -> None:
    with (
        _locked_by_another(f"t1:oauth:{account.pk}"),
        deadlines.deadline(0.5),
        pytest.raises(OutageError, match="Another worker"),
    ):
        tokens()


def test_another_account_s_renewal_holds_nobody_up(tokens: AccessTokens) -> None:
    with _locked_by_another("t2:oauth:1"):
        assert tokens()


@pytest.mark.parametrize(
    "behaviour",
    [loopback.reset, loopback.dripping, answer(500), answer(200, b"<html>")],
    ids=["no answer", "time-out", "500", "not readable"],
)
def test_the_lock_is_given_back_and_a_failure_is_an_outage(
    tokens: AccessTokens, behaviour: loopback.Behaviour
) -> None:
    with LoopbackServer(behaviour) as server:
        broken = AccessTokens(tokens.account_id, TokenEndpoint(server.url(), "id", "secret"))
        with deadlines.deadline(0.5), pytest.raises(OutageError):
            broken()
    assert _locks() == 0
    assert tokens()


def test_a_token_endpoint_that_says_when_it_is_back_is_believed(tokens: AccessTokens) -> None:
    with LoopbackServer(answer(503, headers=["Retry-After: 120"])) as server:
        broken = AccessTokens(tokens.account_id, TokenEndpoint(server.url(), "id", "secret"))
        with pytest.raises(OutageError) as caught:
            broken()
    assert caught.value.retry_after == 120


@pytest.mark.parametrize("kind", ["status", "cut_before", "cut_after"])
def test_an_outage_of_the_sign_in_alone_burns_no_attempts_and_recovery_is_by_itself(
    desk: Desk, product: Product, control: SandboxControl, kind: str
) -> None:
    control.add_fault("POST /identity/v1/oauth2/token", kind, status=503, times=0)
    desk.publish(product, count=4)
    desk.work(turns=12)
    assert desk.jobs == [("RUNNING", 0)] * 3 + [("PENDING", 0)]
    assert desk.waits_for == {"outage"}
    control.clear_faults()
    desk.work(turns=3)
    assert {status for status, _ in desk.jobs} == {"COMPLETED"}
    assert desk.waits_for == set()


@pytest.mark.parametrize("saved", [True, False])
def test_a_lost_database_connection_loses_neither_lock_nor_token(
    account: Account, seller: SellerReport, saved: bool
) -> None:
    body = b'{"access_token": "a2", "expires_in": 7200, "refresh_token": "r2"}'
    renewed = answer(200, body) if saved else loopback.reset
    other = connection.copy()
    other.inc_thread_sharing()

    def lose_the_connection(client: socket.socket, request: bytes) -> None:
        with other.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"
                " AND objid = %s",
                [oauth.lock_key(f"t1:oauth:{account.pk}") & 0xFFFFFFFF],
            )
        other.close()
        renewed(client, request)

    with LoopbackServer(lose_the_connection) as server:
        unlucky = AccessTokens(account.pk, TokenEndpoint(server.url(), "id", "secret"))
        if saved:
            assert unlucky() == "a2"
        else:
            with pytest.raises(TransientError):
                unlucky()
    account.refresh_from_db()
    assert account.refresh_token == ("r2" if saved else seller["refresh_token"])
    assert _locks() == 0


def test_a_new_refresh_token_is_saved_before_the_access_token_is_used(account: Account) -> None:
    body = b'{"access_token": "a2", "expires_in": 7200, "refresh_token": "r2"}'
    with LoopbackServer(answer(200, body)) as server:
        assert AccessTokens(account.pk, TokenEndpoint(server.url(), "id", "s"))() == "a2"
    account.refresh_from_db()
    assert account.refresh_token == "r2"


def test_a_reconnected_account_keeps_its_new_tokens(account: Account, committed: Tenant) -> None:
    def reconnect(client: socket.socket, request: bytes) -> None:
        try:
            with tenancy.inside(committed):
                Account.objects.filter(pk=account.pk).update(refresh_token="newer")
        finally:
            connections.close_all()
        answer(200, b'{"access_token": "old", "expires_in": 7200}')(client, request)

    with LoopbackServer(reconnect) as server:
        stale = AccessTokens(account.pk, TokenEndpoint(server.url(), "id", "secret"))
        with pytest.raises(TransientError, match="connected again"):
            stale()
    account.refresh_from_db()
    assert (account.refresh_token, account.access_token) == ("newer", "")


def test_a_revoked_consent_asks_the_seller(
    tokens: AccessTokens, control: SandboxControl, seller: SellerReport
) -> None:
    control.revoke(seller["username"])
    with pytest.raises(AuthorizationError) as caught:
        tokens()
    assert "seller" in caught.value.advice
    assert seller["refresh_token"] not in str(caught.value.evidence)


def test_a_wrong_secret_of_ours_is_the_operators_business(account: Account) -> None:
    wrong = TokenEndpoint(token_endpoint().url, token_endpoint().client_id, "wrong")
    with pytest.raises(ApplicationRefusedError, match="StoFlow's own client id") as caught:
        AccessTokens(account.pk, wrong)()
    assert "operators" in caught.value.advice
    assert "wrong" not in str(caught.value.evidence)


def test_an_account_that_was_never_connected_is_told(
    tokens: AccessTokens, account: Account
) -> None:
    Account.objects.filter(pk=account.pk).update(refresh_token="")
    with pytest.raises(AuthorizationError, match="never"):
        tokens()


def test_a_deleted_account_is_told(tokens: AccessTokens, account: Account) -> None:
    account.delete()
    with pytest.raises(PermanentError, match="deleted"):
        tokens()


def test_inside_a_transaction_a_kept_token_is_given_and_none_is_fetched(
    tokens: AccessTokens,
) -> None:
    with transaction.atomic(), pytest.raises(OutsideCallInTransactionError):
        tokens()
    tokens()
    with transaction.atomic():
        assert tokens()


def test_tokens_are_in_no_log_and_no_repr(
    tokens: AccessTokens, account: Account, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    token = tokens()
    shown = caplog.text + repr(tokens) + repr(account) + repr(tokens.endpoint)
    for secret in (token, account.refresh_token, tokens.endpoint.client_secret):
        assert secret not in shown


def _locks() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = "
            "(SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        return int(cursor.fetchone()[0])


@contextmanager
def _locked_by_another(name: str) -> Iterator[None]:
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [oauth.lock_key(name)])
        yield
    finally:
        other.close()
