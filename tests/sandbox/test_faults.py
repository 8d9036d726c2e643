import http.client
import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from marketplaces.sandbox.control import ControlError, SandboxControl
from tests.sandbox.seller_client import (
    INVENTORY,
    ITEM_ROUTE,
    OFFER_ROUTE,
    PUBLISH_ROUTE,
    SellerClient,
    an_item,
    wait_for,
)

PHOTO = "https://shop.example/scarf.jpg"


@pytest.fixture
def ready(anna: SellerClient) -> SellerClient:
    """A seller with an item, whose next step is the offer."""
    anna.put_item("A1", an_item(PHOTO))
    return anna


def offers_made(control: SandboxControl) -> int:
    return control.effects()["effects"].get(OFFER_ROUTE, 0)


def test_a_status_fault_answers_without_effect_and_once(
    ready: SellerClient, control: SandboxControl
) -> None:
    headers = {"Retry-After": "7"}
    control.add_fault(OFFER_ROUTE, "status", status=429, headers=headers)

    limited = ready.post_offer("A1")

    assert (limited.status, limited.headers["Retry-After"]) == (429, "7")
    assert limited.error_ids == [2001]
    assert offers_made(control) == 0
    assert ready.post_offer("A1").status == 201


def test_a_500_after_the_effect_hides_that_it_was_had(
    ready: SellerClient, control: SandboxControl
) -> None:
    control.add_fault(OFFER_ROUTE, "status_after_effect", status=500)
    assert ready.post_offer("A1").status == 500
    assert offers_made(control) == 1


@pytest.mark.parametrize(("kind", "effects"), [("cut_before", 0), ("cut_after", 1)])
def test_a_cut_connection_gives_no_byte_of_answer(
    ready: SellerClient, control: SandboxControl, kind: str, effects: int
) -> None:
    control.add_fault(OFFER_ROUTE, kind)
    with pytest.raises(ConnectionError):
        ready.post_offer("A1")
    assert offers_made(control) == effects
    last = control.requests()[-1]
    assert (last["status"], last["effect"], last["fault"]) == (None, bool(effects), kind)


def test_an_answer_cut_in_the_middle_is_incomplete(
    ready: SellerClient, control: SandboxControl
) -> None:
    control.add_fault(OFFER_ROUTE, "cut_mid_answer")
    with pytest.raises(http.client.IncompleteRead) as cut:
        ready.post_offer("A1")
    assert cut.value.partial
    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        json.loads(cut.value.partial)
    assert offers_made(control) == 1


def test_a_slow_answer_has_its_effect_only_afterwards(
    ready: SellerClient, control: SandboxControl
) -> None:
    control.add_fault(OFFER_ROUTE, "slow", delay=4)
    ready.timeout = 0.2
    with pytest.raises(TimeoutError):
        ready.post_offer("A1")
    assert offers_made(control) == 0
    wait_for(lambda: offers_made(control) == 1)


def test_a_late_answer_has_had_its_effect_at_once(
    ready: SellerClient, control: SandboxControl
) -> None:
    control.add_fault(OFFER_ROUTE, "slow_after_effect", delay=30)
    ready.timeout = 0.5
    with pytest.raises(TimeoutError):
        ready.post_offer("A1")
    wait_for(lambda: offers_made(control) == 1)
    assert control.requests()[-1]["status"] is None


def test_a_dripping_answer_arrives_whole_but_late(
    ready: SellerClient, control: SandboxControl
) -> None:
    control.add_fault(OFFER_ROUTE, "drip", delay=0.001)
    began = time.monotonic()
    reply = ready.post_offer("A1")
    assert reply.status == 201
    assert reply.body["offerId"]
    assert time.monotonic() - began > 0.1


def test_a_dripping_answer_never_lets_a_read_time_out(
    ready: SellerClient, control: SandboxControl
) -> None:
    control.add_fault(OFFER_ROUTE, "drip", delay=0.02)
    ready.timeout = 2.0
    began = time.monotonic()
    assert ready.post_offer("A1").status == 201
    assert time.monotonic() - began > ready.timeout


@pytest.mark.parametrize(("kind", "effects"), [("hold_before", 0), ("hold_after", 1)])
def test_a_client_that_dies_while_held_leaves_the_effect_of_that_moment(
    ready: SellerClient, control: SandboxControl, kind: str, effects: int
) -> None:
    control.add_fault(OFFER_ROUTE, kind, match="A1")
    connection = http.client.HTTPConnection(ready.api_url.removeprefix("http://"), timeout=20)
    headers = {
        "Authorization": f"Bearer {ready.token}",
        "Content-Type": "application/json",
        "Content-Language": "fr-FR",
    }
    connection.request("POST", f"{INVENTORY}/offer", json.dumps(ready.offer("A1")), headers)
    wait_for(lambda: bool(control.holds()))
    [held] = control.holds()
    assert (held["route"], held["subject"]) == (OFFER_ROUTE, "A1")
    assert held["effect"] is bool(effects)
    assert offers_made(control) == effects

    connection.close()
    ready.get(f"{INVENTORY}/location")  # a round trip: the server has seen the close by now

    assert control.release() == 1
    assert control.holds() == []
    ready.get(f"{INVENTORY}/location")
    assert offers_made(control) == effects
    if kind == "hold_before":
        assert control.requests()[-3]["status"] is None


def test_a_held_client_that_waits_gets_its_answer_when_released(
    ready: SellerClient, control: SandboxControl
) -> None:
    control.add_fault(OFFER_ROUTE, "hold_before")
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(ready.post_offer, "A1")
        wait_for(lambda: bool(control.holds()))
        assert offers_made(control) == 0
        control.release(control.holds()[0]["id"])
        assert answer.result(20).status == 201
    assert offers_made(control) == 1


def test_a_held_call_may_take_effect_long_after_its_caller_died(
    ready: SellerClient, control: SandboxControl
) -> None:
    control.add_fault(OFFER_ROUTE, "hold_before")
    ready.timeout = 0.3
    with pytest.raises(TimeoutError):
        ready.post_offer("A1")
    wait_for(lambda: bool(control.holds()))
    assert offers_made(control) == 0
    control.release(effect=True)
    wait_for(lambda: offers_made(control) == 1)


def test_a_rule_lets_some_calls_pass_and_then_strikes_so_many_times(
    anna: SellerClient, control: SandboxControl
) -> None:
    control.add_fault(ITEM_ROUTE, "status", status=503, skip=2, times=2)
    statuses = [anna.put_item(f"A{n}", an_item(PHOTO)).status for n in range(6)]
    assert statuses == [201, 201, 503, 503, 201, 201]
    [rule] = control.faults()
    assert (rule["hits"], rule["matched"]) == (2, 6)


def test_a_rule_strikes_only_what_it_matches(anna: SellerClient, control: SandboxControl) -> None:
    control.add_fault(ITEM_ROUTE, "status", status=503, match="scarf 2", times=0)
    statuses = [anna.put_item("A1", an_item(PHOTO, title=f"scarf {n}")).status for n in (1, 2, 2)]
    assert statuses == [201, 503, 503]


def test_a_product_can_be_refused_by_its_sku_when_it_is_published(
    ready: SellerClient, control: SandboxControl
) -> None:
    ready.put_item("A2", an_item(PHOTO))
    fault = control.refuse("A1", error_id=25019, message="This brand may not be sold.")

    refused = ready.publish(ready.post_offer("A1").body["offerId"])

    assert (refused.status, refused.error_ids) == (400, [25019])
    assert ready.publish(ready.post_offer("A2").body["offerId"]).status == 200
    control.remove_fault(fault)
    assert control.faults() == []


def test_faults_can_be_cleared(ready: SellerClient, control: SandboxControl) -> None:
    control.add_fault(PUBLISH_ROUTE, "status", times=0)
    control.clear_faults()
    assert ready.publish(ready.post_offer("A1").body["offerId"]).status == 200


@pytest.mark.parametrize(("route", "kind"), [("POST /nowhere", "status"), (OFFER_ROUTE, "explode")])
def test_a_rule_that_could_never_strike_is_refused(
    control: SandboxControl, route: str, kind: str
) -> None:
    with pytest.raises(ControlError, match="400"):
        control.add_fault(route, kind)


def test_the_log_can_be_read_from_where_one_left_off(
    anna: SellerClient, control: SandboxControl
) -> None:
    anna.put_item("A1", an_item(PHOTO))
    last = control.requests()[-1]["id"]
    anna.get(f"{INVENTORY}/offer", sku="A1")

    [request] = control.requests(since=last)
    assert request["template"] == "/sell/inventory/v1/offer"
    assert request["path"] == "/sell/inventory/v1/offer?sku=A1"
    assert (request["status"], request["effect"], request["subject"]) == (404, False, "A1")
    assert request["seller"] == "anna"
