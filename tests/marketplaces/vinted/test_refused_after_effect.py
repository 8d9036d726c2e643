"""What stands in front of Vinted may refuse a request that Vinted has carried out."""

from __future__ import annotations

import pytest

from marketplaces.models import Account, Product
from marketplaces.sandbox.vinted.control import VintedControl
from tasks import actions, requests
from tasks.dispatch import lanes
from tasks.dispatch.models import Lane
from tasks.models import MarketplaceJob, TaskAttempt
from tests.marketplaces.vinted.conftest import (
    COMPLETE,
    DRAFT,
    HIDE,
    WARDROBE,
    Run,
    ShownItem,
    last_request,
    routes_since,
    work_on,
)

CHALLENGE = '<html><script src="https://ct.captcha-delivery.com/c.js"></script></html>'
IN_FRONT = {
    "too many requests": {"status": 429, "headers": {"Retry-After": "7"}},
    "a bare 429": {"status": 429},
    "a challenge": {"status": 403, "page": CHALLENGE},
    "a barrier": {"status": 403, "body": {"message": "Forbidden"}},
    "an ended session": {"status": 401, "body": {"message": "Who are you?"}},
    "a page": {"status": 200, "page": "<html>Vinted</html>"},
    "a challenge with 200": {"status": 200, "page": CHALLENGE},
}
answered = pytest.mark.parametrize("answer", IN_FRONT.values(), ids=IN_FRONT)


def go_on(account: Account, job_id: int) -> MarketplaceJob:
    """A person lets the account go on whenever it has stopped."""
    for _ in range(3):
        job = work_on(account, job_id)
        if not Lane.objects.filter(account_id=account.pk, consent_needed_at__isnull=False).exists():
            break
        lanes.consent_given(account.pk)
    return job


def spoil(control: VintedControl, route: str, answer: dict[str, object], kind: str) -> None:
    control.add_fault(route, kind, **answer)  # type: ignore[arg-type]


@answered
@pytest.mark.parametrize("route", [DRAFT, COMPLETE])
@pytest.mark.usefixtures("plugin")
def test_the_draft_is_found_and_not_made_again(  # noqa: PLR0917 - all of them are fixtures
    account: Account,
    product: Product,
    the_item: ShownItem,
    control: VintedControl,
    route: str,
    answer: dict[str, object],
) -> None:
    spoil(control, route, answer, "status_after_effect")
    job_id = requests.request_job(account, "publish", product).job_id
    job = go_on(account, job_id)
    assert job.status == "COMPLETED", job.error_message
    assert the_item()["state"] == "active"
    assert routes_since(control, 0).count(route) == 1


@answered
@pytest.mark.usefixtures("plugin")
def test_what_was_not_made_is_made_after_the_look(
    account: Account,
    product: Product,
    the_item: ShownItem,
    control: VintedControl,
    answer: dict[str, object],
) -> None:
    spoil(control, DRAFT, answer, "status")
    job_id = requests.request_job(account, "publish", product).job_id
    job = go_on(account, job_id)
    assert job.status == "COMPLETED", job.error_message
    assert the_item()["state"] == "active"
    sent = routes_since(control, 0)
    first, second = (number for number, route in enumerate(sent) if route == DRAFT)
    assert WARDROBE in sent[first:second]


@answered
@pytest.mark.usefixtures("plugin")
def test_another_job_finds_the_draft_of_one_that_was_cancelled(
    account: Account,
    product: Product,
    the_item: ShownItem,
    control: VintedControl,
    answer: dict[str, object],
) -> None:
    spoil(control, DRAFT, answer, "status_after_effect")
    job_id = requests.request_job(account, "publish", product).job_id
    for _ in range(10):
        work_on(account, job_id, most=1)
        if TaskAttempt.objects.filter(job=job_id, task__step="create_draft").exists():
            break
    actions.cancel(MarketplaceJob.objects.get(pk=job_id), requested_by="ada@stoflow")
    go_on(account, job_id)
    other = requests.request_job(account, "publish", product).job_id
    job = go_on(account, other)
    assert job.status == "COMPLETED", job.error_message
    assert the_item()["state"] == "active"
    assert routes_since(control, 0).count(DRAFT) == 1


@pytest.mark.usefixtures("plugin")
def test_asking_to_slow_down_costs_no_attempt_and_says_so(
    account: Account, product: Product, control: VintedControl
) -> None:
    control.add_fault(DRAFT, "status", status=429, headers={"Retry-After": "7"}, times=0)
    job_id = requests.request_job(account, "publish", product).job_id
    for _ in range(12):
        job = work_on(account, job_id, most=1)
    assert (job.completed_at, job.attempt_limit < 12) == (None, True)
    assert "Vinted asks to slow down" in job.error_message
    control.clear_faults()
    assert go_on(account, job_id).status == "COMPLETED"


def test_a_refusal_in_vinteds_own_words_is_believed(run: Run, control: VintedControl) -> None:
    body = {"errors": [{"field": "title", "value": "Title is odd"}]}
    control.add_fault(DRAFT, "status", status=400, body=body)
    before = last_request(control)
    job = run("publish")
    assert job.status == "FAILED"
    assert "Title is odd" in job.error_message
    assert WARDROBE not in routes_since(control, before)


def test_a_page_in_place_of_an_answer_is_told_without_the_name_of_a_machine(
    run: Run, control: VintedControl
) -> None:
    run("publish")
    control.add_fault(HIDE, "status", status=200, page="<html>Vinted</html>", times=0)
    job = run("unpublish")
    said = TaskAttempt.objects.filter(job=job).latest("pk").message
    assert "Vinted answered with a page" in said
    assert "127.0.0.1" not in said
