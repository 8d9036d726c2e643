"""Etsy's sign-in, whose refresh token works once: what becomes of it when the answer is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from marketplaces.models import Account, Product
from marketplaces.sandbox.etsy.control import EtsyControl
from tasks.dispatch import lanes
from tests.marketplaces.desk import Desk

TOKEN = "POST /v3/public/oauth/token"


@pytest.fixture
def desk(account: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk.of(account, tmp_path, monkeypatch)


@pytest.mark.parametrize("kind", ["status", "cut_before"])
def test_an_outage_of_the_sign_in_alone_burns_no_attempts_and_recovery_is_by_itself(
    desk: Desk, product: Product, control: EtsyControl, kind: str
) -> None:
    control.add_fault(TOKEN, kind, status=503, times=0)
    desk.publish(product, count=4)
    desk.work(turns=12)
    assert desk.jobs == [("RUNNING", 0)] * 3 + [("PENDING", 0)]
    assert desk.waits_for == {"outage"}
    control.clear_faults()
    desk.work(turns=3)
    assert {status for status, _ in desk.jobs} == {"COMPLETED"}
    assert desk.waits_for == set()
    assert control.effects()["violations"] == []


@pytest.mark.parametrize("kind", ["cut_after", "cut_mid_answer", "status_after_effect"])
def test_a_refresh_token_whose_successor_was_lost_makes_the_account_wait_for_the_seller(
    desk: Desk, account: Account, product: Product, control: EtsyControl, kind: str
) -> None:
    control.add_fault(TOKEN, kind, status=503)
    desk.publish(product, count=4)
    desk.work(turns=6)
    assert desk.waits_for == {"consent"}
    assert {status for status, _ in desk.jobs} <= {"RUNNING", "PENDING"}
    assert control.effects()["listings"] == []
    token = control.consent("nora")["refresh_token"]
    Account.objects.filter(pk=account.pk).update(refresh_token=token)
    lanes.consent_given(account.pk)
    desk.work(turns=3)
    assert {status for status, _ in desk.jobs} == {"COMPLETED"}
    assert len(control.effects()["listings"]) == 4


def test_a_successor_that_is_lost_in_the_probe_asks_the_seller_too(
    desk: Desk, product: Product, control: EtsyControl
) -> None:
    control.add_fault(TOKEN, "status", status=503, times=3)
    desk.publish(product, count=4)
    desk.work(turns=1)
    assert desk.waits_for == {"outage"}
    control.add_fault(TOKEN, "cut_after")
    desk.work(turns=1)
    assert desk.waits_for == {"outage"}
    desk.work(turns=1)
    assert desk.waits_for == {"consent"}
    assert {status for status, _ in desk.jobs} <= {"RUNNING", "PENDING"}
