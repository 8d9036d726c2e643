"""The services without any job and without a plugin: a member's own requests to the sandbox."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from pytest_django import Settings as DjangoSettings

from marketplaces import listings
from marketplaces.http import Request, Response
from marketplaces.models import Account, Listing, ListingStatus, Product, Sale
from marketplaces.sandbox.vinted.control import VintedControl
from marketplaces.vinted import readiness
from marketplaces.vinted.account_settings import VintedSettings
from marketplaces.vinted.activate import ActivateService
from marketplaces.vinted.client import DRAFTS, VintedClient, completion_path
from marketplaces.vinted.connection import client_for
from marketplaces.vinted.errors import VintedRefusedError
from marketplaces.vinted.lists import look_up
from marketplaces.vinted.plugin.link import Fate, LastWrite
from marketplaces.vinted.readiness import AccountNotReadyError
from tasks.errors import (
    LookFailedError,
    OutcomeUnknownError,
    PermanentError,
    ReceiptGoneError,
    RefusalInDoubtError,
    TransientError,
)
from tasks.handlers import Absent, CannotTell, Found
from tests.marketplaces.vinted.conftest import COMPLETE, DRAFT, UPDATE, WARDROBE, ShownItem
from tests.marketplaces.vinted.direct import DirectLink

Service = Callable[[], ActivateService]
LOST = LastWrite(Fate.LOST)
REFUSED = {"errors": [{"field": "price", "value": "The price is too low"}]}


@pytest.fixture
def client(account: Account, link: DirectLink) -> VintedClient:
    return client_for(account, link)


@pytest.fixture
def service(account: Account, product: Product, client: VintedClient) -> Service:
    """A service as a step makes it, with the intent written down and the photos at Vinted."""

    def make() -> ActivateService:
        own = Account.objects.get(pk=account.pk)
        return ActivateService(own, Product.objects.get(pk=product.pk), client)

    with transaction.atomic():
        make().map_product()
    for photo in make().photos():
        make().upload_photo(photo["checksum"])
    return make


def publish(service: Service) -> str:
    """The id of the item that is live then."""
    item_id: str = service().create_draft()["item_id"]
    live = service().complete(item_id)
    with transaction.atomic():
        service().save_result(live)
    return str(item_id)


def answered(status: int, body: bytes, path: str = DRAFTS) -> LastWrite:
    request = Request("POST", f"https://www.vinted.fr{path}")
    return LastWrite(Fate.ANSWERED, Response(request, status, {}, body))


def lose_the_draft(service: Service, control: VintedControl) -> str:
    """Vinted makes it, and nobody hears of it."""
    control.add_fault(DRAFT, "cut_after")
    with pytest.raises(OutcomeUnknownError):
        service().create_draft()
    assert service().known_id() == ""
    return str(control.effects()["listings"][-1]["listing_id"])


# -- the draft


def test_nothing_is_found_before_anything_was_made(service: Service) -> None:
    assert service().find_draft(LOST) == Absent()


def test_a_draft_whose_answer_was_lost_is_found_by_our_key(
    service: Service, control: VintedControl
) -> None:
    lost = lose_the_draft(service, control)
    control.list_by_hand("lea", "Linen shirt", is_draft=True)
    control.list_by_hand("lea", f"Linen shirt [{service().key}7]", is_draft=True)
    assert service().find_draft(LOST) == Found({"item_id": lost})


def test_an_answer_that_the_plugin_has_kept_is_the_receipt_without_a_look(
    service: Service, link: DirectLink
) -> None:
    before = len(link.sent)
    assert service().find_draft(answered(200, b'{"draft": {"id": 7}}')) == Found({"item_id": "7"})
    assert len(link.sent) == before


@pytest.mark.parametrize("status", [400, 422])
def test_a_kept_refusal_that_finds_fault_with_the_item_says_that_nothing_was_made(
    service: Service, link: DirectLink, status: int
) -> None:
    before = len(link.sent)
    assert service().find_draft(answered(status, json.dumps(REFUSED).encode())) == Absent()
    assert len(link.sent) == before


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, b'{"message": "no"}'),
        (403, b'{"message": "no"}'),
        (404, b'{"message": "no"}'),
        (409, json.dumps(REFUSED).encode()),
        (422, b'{"errors": [{"field": "photos", "value": "are taken"}]}'),
        (422, b"<html>"),
        (429, b""),
        (200, b"<html>captcha-delivery"),
    ],
)
def test_any_other_kept_refusal_is_looked_after(
    service: Service, control: VintedControl, status: int, body: bytes
) -> None:
    lost = lose_the_draft(service, control)
    assert service().find_draft(answered(status, body)) == Found({"item_id": lost})


@pytest.mark.parametrize("kept", [b"", b"{}", b"<html>", b'{"draft": {}}'])
def test_a_kept_answer_without_an_id_is_looked_after(
    service: Service, control: VintedControl, kept: bytes
) -> None:
    lost = lose_the_draft(service, control)
    assert service().find_draft(answered(200, kept)) == Found({"item_id": lost})


def test_a_request_that_is_under_way_is_waited_for(service: Service) -> None:
    with pytest.raises(LookFailedError):
        service().find_draft(LastWrite(Fate.UNDER_WAY))


def test_two_items_with_our_key_are_for_a_person_to_tell(
    service: Service, control: VintedControl
) -> None:
    lost = lose_the_draft(service, control)
    copy = control.list_by_hand("lea", f"A copy [{service().key}]")
    look = service().find_draft(LOST)
    assert isinstance(look, CannotTell)
    assert lost in look.reason
    assert str(copy) in look.reason


def test_what_was_sold_before_is_no_draft_of_ours(service: Service, control: VintedControl) -> None:
    old = control.list_by_hand("lea", f"Linen shirt [{service().key}]")
    control.sell("lea", old)
    assert service().find_draft(LOST) == Absent()


def test_a_wardrobe_with_gaps_proves_nothing(
    service: Service, control: VintedControl, client: VintedClient, account: Account
) -> None:
    for number in range(5):
        control.list_by_hand("lea", f"Other {number}")
    control.settings(items_skipped_per_page=1)
    two_a_page = VintedClient(client.link, account.shop_id, items_a_page=2)
    own = ActivateService(account, Product.objects.get(), two_a_page)
    assert isinstance(own.find_draft(LOST), CannotTell)


def test_what_is_over_and_hides_in_a_gap_of_the_wardrobe_is_over(
    service: Service, control: VintedControl, client: VintedClient, account: Account
) -> None:
    """Else a seller whose wardrobe always has gaps could publish nothing again."""
    sold = control.list_by_hand("lea", "Linen shirt")
    control.sell("lea", sold)
    for number in range(5):
        control.list_by_hand("lea", f"Other {number}")
    control.settings(items_skipped_per_page=1)
    Listing.objects.update(status=ListingStatus.SOLD, external_id=str(sold), details={})
    two_a_page = VintedClient(client.link, account.shop_id, items_a_page=2)
    own = ActivateService(account, Product.objects.get(), two_a_page)
    assert own.is_over()
    assert not own.is_back()
    assert Listing.objects.get().status == ListingStatus.SOLD


def test_no_second_draft_is_made_when_one_is_known(
    service: Service, control: VintedControl
) -> None:
    assert service().create_draft() == service().create_draft()
    assert len(control.effects()["listings"]) == 1


def test_what_a_person_names_has_to_be_there_and_nobody_elses(
    service: Service, account: Account, control: VintedControl
) -> None:
    for wrong in ("7", "abc", ""):
        with pytest.raises(PermanentError):
            service().adopted_draft(wrong)
    there = str(control.list_by_hand("lea", "Linen shirt", is_draft=True))
    other = Product.objects.create(sku="X", title="Other")
    Listing.objects.create(account=account, product=other, key="other", details={"item_id": there})
    with pytest.raises(PermanentError, match="Other"):
        service().adopted_draft(there)
    Listing.objects.filter(product=other).delete()
    assert service().adopted_draft(there) == {"item_id": there}


# -- the completion


def test_a_draft_is_not_live_and_its_completion_is(service: Service, the_item: ShownItem) -> None:
    item_id: str = service().create_draft()["item_id"]
    assert service().find_live(item_id, LOST) == Absent()
    service().complete(item_id)
    look = service().find_live(item_id, LOST)
    assert isinstance(look, Found)
    assert (look.receipt["item_id"], look.receipt["state"]) == (item_id, "live")
    assert the_item()["state"] == "active"


def test_a_draft_with_other_photos_is_completed_with_those_that_are_wanted(
    service: Service, the_item: ShownItem, product: Product
) -> None:
    item_id: str = service().create_draft()["item_id"]
    product.images.get(position=1).delete()
    with transaction.atomic():
        service().map_product()
    service().complete(item_id)
    assert [each["checksum"] for each in the_item()["photos"]] == [product.images.get().checksum]


def test_what_is_sold_out_by_now_stays_a_draft(
    service: Service, the_item: ShownItem, product: Product
) -> None:
    item_id: str = service().create_draft()["item_id"]
    Product.objects.filter(pk=product.pk).update(stock=0)
    with pytest.raises(PermanentError, match="sold out before it went live"):
        service().complete(item_id)
    assert the_item()["state"] == "draft"


def test_what_was_bought_before_its_completion_was_answered_is_sold(
    service: Service, control: VintedControl
) -> None:
    item_id: str = service().create_draft()["item_id"]
    service().complete(item_id)
    control.sell("lea", item_id)
    look = service().find_live(item_id, LOST)
    assert isinstance(look, Found)
    with transaction.atomic():
        service().save_result(look.receipt)
    assert Listing.objects.get().status == ListingStatus.SOLD
    assert (Product.objects.get().stock, Sale.objects.count()) == (0, 1)


def test_an_answer_to_another_draft_is_no_receipt_of_this_one(service: Service) -> None:
    item_id: str = service().create_draft()["item_id"]
    other = answered(200, b'{"item": {"id": 7}}', f"{DRAFTS}/7/completion")
    assert service().find_live(item_id, other) == Absent()


def test_a_draft_that_is_gone_is_made_again_once_reads_are_settled(
    service: Service, control: VintedControl, settings: DjangoSettings
) -> None:
    item_id: str = service().create_draft()["item_id"]
    control.remove_by_hand(item_id)
    settings.VINTED = settings.VINTED | {"settle_seconds": 60.0}
    with pytest.raises(TransientError, match="does not show the new draft yet"):
        service().find_live(item_id, LOST)
    settings.VINTED = settings.VINTED | {"settle_seconds": 0.0}
    assert service().find_live(item_id, LOST) == Absent()
    with pytest.raises(ReceiptGoneError) as caught:
        service().complete(item_id, made=[1], uploads=[2, 3])
    assert caught.value.task_ids == (1, 2, 3)
    kept = answered(200, f'{{"draft": {{"id": {item_id}}}}}'.encode())
    assert service().find_draft(kept) == Absent(), "the old answer is no draft any more"


def test_a_new_draft_that_a_slow_answer_does_not_show_is_not_called_gone(
    service: Service, control: VintedControl, settings: DjangoSettings
) -> None:
    control.settings(read_lag=60)
    item_id: str = service().create_draft()["item_id"]
    settings.VINTED = settings.VINTED | {"settle_seconds": 1.0}
    control.add_fault(WARDROBE, "slow_after_effect", delay=1.2)
    with pytest.raises(TransientError, match="does not show the new draft yet"):
        service().find_live(item_id, LOST)
    assert service().known_id() == item_id


def test_a_completion_that_finds_no_draft_may_have_happened(
    service: Service, control: VintedControl
) -> None:
    item_id: str = service().create_draft()["item_id"]
    service().complete(item_id)
    with pytest.raises(OutcomeUnknownError):
        service().complete(item_id)


def refuse(service: Service, control: VintedControl, *, kind: str = "status") -> str:
    """The draft whose completion is refused, after its effect or without one."""
    item_id: str = service().create_draft()["item_id"]
    control.add_fault(COMPLETE, kind, status=400, body=REFUSED)
    with pytest.raises(RefusalInDoubtError, match="The price is too low"):
        service().complete(item_id)
    return item_id


def refused(item_id: str, ended_at: datetime | None = None) -> LastWrite:
    """What the plugin keeps of it."""
    kept = answered(400, json.dumps(REFUSED).encode(), completion_path(item_id))
    return replace(kept, ended_at=ended_at)


def test_a_refusal_that_came_after_the_effect_is_not_believed(
    service: Service, control: VintedControl
) -> None:
    item_id = refuse(service, control, kind="status_after_effect")
    look = service().find_live(item_id, refused(item_id))
    assert isinstance(look, Found)
    assert look.receipt["state"] == "live"


def test_a_refusal_is_believed_once_a_look_has_shown_a_draft_and_nothing_is_sent_again(
    service: Service, control: VintedControl, link: DirectLink
) -> None:
    item_id = refuse(service, control)
    assert service().find_live(item_id, refused(item_id)) == Absent()
    before = len(link.sent)
    with pytest.raises(VintedRefusedError, match="The price is too low") as caught:
        service().complete(item_id, sent=refused(item_id))
    assert len(link.sent) == before
    assert "Correct the price" in caught.value.advice
    assert caught.value.evidence


def test_what_was_refused_is_sent_again_when_somebody_wants_it_again(
    service: Service, control: VintedControl, the_item: ShownItem
) -> None:
    item_id = refuse(service, control)
    with pytest.raises(VintedRefusedError):
        service().complete(item_id, sent=refused(item_id))
    assert service().complete(item_id, sent=refused(item_id))["item_id"] == item_id
    assert the_item()["state"] == "active"


def test_a_refusal_of_what_the_product_was_says_nothing_of_what_it_is(
    service: Service, control: VintedControl, the_item: ShownItem
) -> None:
    item_id = refuse(service, control)
    Product.objects.update(price="25")
    with transaction.atomic():
        service().map_product()
    service().complete(item_id, sent=refused(item_id))
    assert the_item()["price"] == "25.00"


def test_a_refusal_that_vinted_gave_to_another_draft_is_none_of_this_one(
    service: Service, control: VintedControl, the_item: ShownItem
) -> None:
    item_id = refuse(service, control)
    service().complete(item_id, sent=refused("7"))
    assert the_item()["state"] == "active"


def test_photos_that_the_completion_finds_forgotten_are_sent_again_after_the_look(
    service: Service, control: VintedControl
) -> None:
    item_id: str = service().create_draft()["item_id"]
    body = {"errors": [{"field": "photos", "value": "Error uploading photo"}]}
    control.add_fault(COMPLETE, "status", status=400, body=body)
    with pytest.raises(RefusalInDoubtError):
        service().complete(item_id, uploads=[2, 3])
    kept = answered(400, json.dumps(body).encode(), completion_path(item_id))
    with pytest.raises(ReceiptGoneError) as caught:
        service().complete(item_id, uploads=[2, 3], sent=kept)
    assert caught.value.task_ids == (2, 3)
    assert service().listing().details["photos"] == {}


def test_a_draft_in_a_read_that_may_be_late_proves_nothing_yet(
    service: Service, control: VintedControl, settings: DjangoSettings
) -> None:
    lag = 2.0
    service().create_draft()
    control.settings(read_lag=lag)
    time.sleep(lag)
    item_id = refuse(service, control, kind="status_after_effect")
    settings.VINTED = settings.VINTED | {"settle_seconds": 2 * lag}
    sent = refused(item_id, ended_at=timezone.now())
    with pytest.raises(LookFailedError, match="too recent"):
        service().find_live(item_id, sent)
    control.settings(read_lag=0.0)
    long_ago = replace(sent, ended_at=timezone.now() - timedelta(seconds=3 * lag))
    assert isinstance(service().find_live(item_id, long_ago), Found)


@pytest.mark.parametrize("path", [DRAFTS, "completion"])
def test_a_look_that_goes_on_with_answers_from_before_the_settle_time_proves_nothing(
    service: Service, link: DirectLink, settings: DjangoSettings, path: str
) -> None:
    settings.VINTED = settings.VINTED | {"settle_seconds": 30.0}
    ended_at = timezone.now() - timedelta(minutes=2)
    sent = replace(LOST, ended_at=ended_at)

    def look() -> object:
        if path == DRAFTS:
            return service().find_draft(sent)
        return service().find_live(item_id, sent)

    item_id = "" if path == DRAFTS else service().create_draft()["item_id"]
    link.kept_since = ended_at + timedelta(seconds=29)
    with pytest.raises(LookFailedError, match="too recent"):
        look()
    link.kept_since = ended_at + timedelta(seconds=31)
    assert look() == Absent()


def test_an_item_of_ours_under_another_number_is_taken_before_a_draft_is_called_gone(
    service: Service, control: VintedControl
) -> None:
    item_id: str = service().create_draft()["item_id"]
    control.remove_by_hand(item_id)
    there = str(control.list_by_hand("lea", f"Linen shirt [{service().key}]"))
    look = service().find_live(item_id, LOST)
    assert isinstance(look, Found)
    assert look.receipt["item_id"] == there
    control.list_by_hand("lea", f"Linen shirt [{service().key}]")
    assert isinstance(service().find_live(item_id, LOST), CannotTell)


def test_what_was_deleted_a_moment_ago_is_not_taken_for_a_draft(
    service: Service, control: VintedControl, settings: DjangoSettings
) -> None:
    settings.VINTED = settings.VINTED | {"settle_seconds": 60.0}
    control.list_by_hand("lea", f"Linen shirt [{service().key}]")
    with transaction.atomic():
        listings.forget(service().listing())
        service().map_product()
    with pytest.raises(LookFailedError, match="deleted a moment ago"):
        service().find_draft(LOST)


def test_what_a_slow_answer_still_shows_may_have_been_deleted_before_it_was_asked(
    service: Service, control: VintedControl, settings: DjangoSettings
) -> None:
    settings.VINTED = settings.VINTED | {"settle_seconds": 1.0}
    control.list_by_hand("lea", f"Linen shirt [{service().key}]")
    with transaction.atomic():
        listings.forget(service().listing())
        service().map_product()
    control.add_fault(WARDROBE, "slow_after_effect", delay=1.2)
    with pytest.raises(LookFailedError, match="deleted a moment ago"):
        service().find_draft(LOST)


# -- what is live


def test_reads_that_lag_behind_mislead_nobody(
    service: Service, control: VintedControl, settings: DjangoSettings
) -> None:
    settings.VINTED = settings.VINTED | {"settle_seconds": 60.0}
    control.settings(read_lag=60)
    publish(service)
    with pytest.raises(TransientError, match="does not show the last change"):
        service().confirm()
    assert Listing.objects.get().status == ListingStatus.LIVE


def test_a_late_read_that_is_answered_slowly_is_as_old_as_its_question(
    service: Service, control: VintedControl, settings: DjangoSettings
) -> None:
    control.settings(read_lag=60)
    publish(service)
    settings.VINTED = settings.VINTED | {"settle_seconds": 1.0}
    Listing.objects.update(updated_at=timezone.now())
    control.add_fault("GET /api/v2/item_upload/items/{item_id}", "slow_after_effect", delay=1.2)
    with pytest.raises(TransientError, match="does not show the last change"):
        service().confirm()
    assert Listing.objects.get().status == ListingStatus.LIVE


def test_an_item_that_is_reserved_is_live(service: Service, control: VintedControl) -> None:
    control.change_by_hand(publish(service), is_reserved=True)
    assert service().confirm()


def test_a_refusal_of_the_edit_form_alone_ends_nothing(
    service: Service, control: VintedControl
) -> None:
    publish(service)
    route = "GET /api/v2/item_upload/items/{item_id}"
    control.add_fault(route, "status", status=403, times=0)
    assert service().confirm()


def test_a_sold_item_that_may_not_be_changed_is_a_sale(
    service: Service, control: VintedControl
) -> None:
    control.sell("lea", publish(service))
    control.add_fault(UPDATE, "status", status=403, body={"message": "Forbidden"})
    with pytest.raises(PermanentError, match="was sold at Vinted"):
        service().save_item([])
    assert (Product.objects.get().stock, Sale.objects.count()) == (0, 1)


def test_a_result_that_belongs_to_another_product_is_not_saved(
    service: Service, account: Account
) -> None:
    other = Product.objects.create(sku="X", title="Other")
    Listing.objects.create(account=account, product=other, key="other", external_id="77")
    with pytest.raises(PermanentError), transaction.atomic():
        service().save_result({"item_id": "77", "state": "live"})


# -- the account


def test_everything_that_an_account_lacks_is_told_at_once(account: Account) -> None:
    readiness.require_ready(account)
    account.shop_id, account.settings = "", {"package_size": "9"}
    with pytest.raises(AccountNotReadyError) as caught:
        readiness.require_ready(account)
    for words in ("no plugin has been connected", "no Vinted category", "parcel sizes"):
        assert words in caught.value.message


def test_what_vinted_lists_fills_the_accounts_tables(client: VintedClient) -> None:
    lists = look_up(client, ["536", "156"])
    assert lists["colors"]["Navy"] == "27"
    assert lists["brands"]["Zara"] == "12"
    assert lists["sizes"]["536"]["M"] == "208"
    assert lists["sizes"]["156"] == {}
    assert VintedSettings.read({"lists": lists}).told_sizes("156") == {}
    assert client.categories()["536"].endswith("Shirts")


def test_who_is_signed_in(client: VintedClient, account: Account, control: VintedControl) -> None:
    found = client.current_user()
    assert found is not None
    assert (found.user_id, found.login) == (account.shop_id, "lea")
    control.settings(anonymous_without_401=1)
    control.sign_out("lea")
    assert client.current_user() is None


def test_answers_that_an_interrupted_step_has_kept_are_as_old_as_they_are(
    service: Service, link: DirectLink, control: VintedControl, settings: DjangoSettings
) -> None:
    control.settings(read_lag=60)
    item_id: str = service().create_draft()["item_id"]
    settings.VINTED = settings.VINTED | {"settle_seconds": 30.0}
    known_at = timezone.now() - timedelta(minutes=2)
    listings.note(service().listing(), item_known_at=known_at.timestamp())
    link.kept_since = known_at + timedelta(seconds=1)
    with pytest.raises(TransientError, match="does not show the new draft yet"):
        service().find_live(item_id, LOST)
    assert service().known_id() == item_id


def test_a_draft_in_a_late_read_is_hidden_all_the_same(
    service: Service, control: VintedControl, settings: DjangoSettings
) -> None:
    """Its completion took effect, and nobody heard of it."""
    item_id: str = service().create_draft()["item_id"]
    control.settings(read_lag=60)
    service().complete(item_id)
    settings.VINTED = settings.VINTED | {"settle_seconds": 30.0}
    assert service().withdraw() == {"state": "hidden"}


def test_the_photos_of_a_late_read_are_not_taken_for_those_that_were_sent(
    service: Service, settings: DjangoSettings
) -> None:
    publish(service)
    settings.VINTED = settings.VINTED | {"settle_seconds": 30.0}
    before = service().listing().details["photos"]
    with pytest.raises(TransientError, match="does not show the last change"):
        service().compare()
    assert service().listing().details["photos"] == before
