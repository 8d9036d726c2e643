"""The services without any job, against the sandbox: finding our draft, going live, the shop."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import transaction
from pytest_django import Settings as DjangoSettings

from marketplaces.etsy import readiness
from marketplaces.etsy.connection import client_for
from marketplaces.etsy.mapping import draft_form
from marketplaces.etsy.publish import PublishService
from marketplaces.etsy.readiness import ShopNotReadyError
from marketplaces.models import Account, Listing, Product
from marketplaces.sandbox.etsy.control import EtsyControl
from tasks.errors import NeedsPersonError, OutcomeUnknownError, PermanentError, TransientError
from tasks.handlers import Absent, CannotTell, Found
from tests.marketplaces.etsy.conftest import (
    CREATE,
    LISTINGS,
    ShownListing,
    last_request,
    routes_since,
)

Service = Callable[[], PublishService]
IMAGES = "GET /v3/application/listings/{listing_id}/images"


@pytest.fixture
def service(account: Account, product: Product) -> Service:
    """A service as a step makes it, with the intent written down."""

    def make() -> PublishService:
        own = Account.objects.get(pk=account.pk)
        return PublishService(own, Product.objects.get(pk=product.pk), client_for(own))

    with transaction.atomic():
        make().map_product()
    return make


def lose_the_draft(service: Service, control: EtsyControl) -> None:
    """Etsy makes it, and nobody hears of it."""
    control.add_fault(CREATE, "cut_after")
    with pytest.raises(OutcomeUnknownError):
        service().create_draft()
    assert service().known_id() == ""


def add_alike(service: Service, **changes: object) -> str:
    """A draft with the same title that the seller makes by hand."""
    made = service()
    form = draft_form(made.listing().mapped, "") | changes
    return made.client.create_draft(form).listing_id


def test_nothing_is_found_before_anything_was_made(service: Service) -> None:
    assert service().find_draft() == Absent()


def test_a_draft_whose_answer_was_lost_is_found_by_its_mark_among_twins(
    service: Service, control: EtsyControl, the_listing: ShownListing
) -> None:
    lose_the_draft(service, control)
    lost = the_listing()["listing_id"]
    add_alike(service)
    assert service().find_draft() == Found({"listing_id": lost})


def test_a_draft_of_another_product_of_ours_is_not_taken(
    service: Service, control: EtsyControl
) -> None:
    """Its key begins as ours does, and it looks the same."""
    lose_the_draft(service, control)
    own = control.effects()["listings"][0]["listing_id"]
    control.set_state(own, "removed")
    key = service().listing().key
    add_alike(service, description=f"Soft.\n\n(StoFlow {key}7)")
    assert service().find_draft() == Absent()


def test_a_draft_that_may_be_ours_but_has_no_mark_is_for_a_person_to_tell(
    service: Service, control: EtsyControl
) -> None:
    lose_the_draft(service, control)
    control.set_state(control.effects()["listings"][0]["listing_id"], "removed")
    alike = add_alike(service, description="Somebody took the mark away.")
    look = service().find_draft()
    assert isinstance(look, CannotTell)
    assert alike in look.reason
    assert service().adopted_draft(alike) == {"listing_id": alike}


def test_a_draft_that_looks_like_ours_is_the_sellers_when_we_have_asked_for_none(
    service: Service, control: EtsyControl
) -> None:
    add_alike(service)
    assert service().find_draft() == Absent()


def test_two_drafts_of_ours_are_for_a_person_to_tell(
    service: Service, control: EtsyControl
) -> None:
    lose_the_draft(service, control)
    lost = control.effects()["listings"][0]
    add_alike(service, description=lost["description"])
    look = service().find_draft()
    assert isinstance(look, CannotTell)
    assert lost["listing_id"] in look.reason


def test_pages_that_repeat_are_read_once_and_a_list_with_gaps_proves_nothing(
    service: Service, control: EtsyControl
) -> None:
    for number in range(102):
        add_alike(service, title=f"Other {number}", description="Other")
    assert service().find_draft() == Absent()
    control.settings(page_repeats=3)
    assert service().find_draft() == Absent()
    control.settings(page_repeats=0, page_skips=1)
    assert isinstance(service().find_draft(), CannotTell)


def test_no_second_draft_is_made_when_one_is_known(service: Service, control: EtsyControl) -> None:
    first = service().create_draft()
    assert service().create_draft() == first
    assert len(control.effects()["listings"]) == 1


def test_a_draft_of_a_job_that_is_forgotten_is_taken(
    service: Service, control: EtsyControl, the_listing: ShownListing
) -> None:
    lose_the_draft(service, control)
    assert service().create_draft() == {"listing_id": the_listing()["listing_id"]}


def test_a_list_with_gaps_proves_no_absence_before_a_draft_is_made(
    service: Service, control: EtsyControl, settings: DjangoSettings
) -> None:
    """The draft of a request that nobody heard of again may stand in the gap."""
    lose_the_draft(service, control)
    lost = control.effects()["listings"][0]["listing_id"]
    for number in range(2):
        add_alike(service, title=f"Other {number}", description="Other")
    settings.ETSY = settings.ETSY | {"page_size": 2}
    control.settings(page_skips=1)
    before = last_request(control)
    with pytest.raises(OutcomeUnknownError, match="has gaps"):
        service().create_draft()
    assert CREATE not in routes_since(control, before)
    control.settings(page_skips=0)
    assert service().create_draft() == {"listing_id": lost}


def test_a_draft_that_may_be_ours_is_a_doubt_before_another_is_made(
    service: Service, control: EtsyControl
) -> None:
    lose_the_draft(service, control)
    control.set_state(control.effects()["listings"][0]["listing_id"], "removed")
    alike = add_alike(service, description="Somebody took the mark away.")
    before = last_request(control)
    with pytest.raises(OutcomeUnknownError, match=alike):
        service().create_draft()
    assert CREATE not in routes_since(control, before)


def test_what_a_person_names_has_to_be_there_and_nobody_elses(
    service: Service, account: Account, control: EtsyControl
) -> None:
    control.shop("somebody-else")
    elsewhere = str(control.list_by_hand("somebody-else", "Linen shirt"))
    by_hand = str(control.list_by_hand("nora", "Linen shirt", sku="LS-1"))
    marked = add_alike(service, description=f"Soft.\n\n(StoFlow {service().listing().key}7)")
    for wrong in ("7", "abc", "", elsewhere, by_hand, marked):
        with pytest.raises(PermanentError):
            service().adopted_draft(wrong)
    alike = add_alike(service)
    other = Product.objects.create(sku="X", title="Other")
    Listing.objects.create(account=account, product=other, key="other", external_id=alike)
    with pytest.raises(PermanentError, match="Other"):
        service().adopted_draft(alike)
    Listing.objects.filter(product=other).update(external_id="", details={"listing_id": alike})
    with pytest.raises(PermanentError, match="Other"):
        service().adopted_draft(alike)


def test_that_it_went_live_is_believed_of_what_etsy_shows_on_sale(
    service: Service, control: EtsyControl
) -> None:
    draft = service().create_draft()["listing_id"]
    for wrong in ("7", draft):
        with pytest.raises(PermanentError, match=r"can only be|does not show"):
            service().adopted_live(wrong)
    control.set_state(draft, "active")
    assert service().adopted_live(draft)["state"] == "active"


def test_what_was_bought_before_its_activation_was_answered_is_not_activated_again(
    service: Service, control: EtsyControl, the_listing: ShownListing
) -> None:
    listing_id = service().create_draft()["listing_id"]
    service().save_stock(listing_id)
    service().upload_photo(listing_id, 1)
    assert service().find_live(listing_id) == Absent()
    service().client.activate(listing_id)
    control.sell("nora", listing_id, 3)
    assert service().find_live(listing_id) == Found({"listing_id": listing_id, "state": "sold_out"})


def test_a_result_that_belongs_to_another_product_is_not_saved(
    service: Service, account: Account
) -> None:
    other = Product.objects.create(sku="X", title="Other")
    Listing.objects.create(account=account, product=other, key="other", external_id="77")
    with pytest.raises(NeedsPersonError), transaction.atomic():
        service().save_result("77", "active")


def test_a_shop_that_is_set_up_is_ready(account: Account) -> None:
    readiness.require_ready(account)


def test_everything_that_a_shop_lacks_is_told_at_once(
    account: Account, control: EtsyControl
) -> None:
    bare = control.shop(
        "otto",
        country="US",
        currency="USD",
        shipping_profile=False,
        readiness_state=False,
        return_policy=False,
    )
    account.settings = {"shop_id": str(bare["shop_id"]), "currency": "EUR"}
    account.refresh_token, account.access_token = bare["refresh_token"], ""
    account.save()
    with pytest.raises(ShopNotReadyError) as caught:
        readiness.require_ready(account)
    for words in ("sells in USD", "no shipping profile", "no processing profile", "no return"):
        assert words in caught.value.message


def test_what_is_not_chosen_is_told_with_what_there_is(
    account: Account, seller: dict[str, str], control: EtsyControl
) -> None:
    account.settings |= {"shipping_profile_id": "", "readiness_state_id": "7"}
    account.save()
    with pytest.raises(ShopNotReadyError) as caught:
        readiness.require_ready(account)
    assert f"({seller['shipping_profile_id']})" in caught.value.message
    assert "processing profile 7 is not at Etsy" in caught.value.message
    assert LISTINGS not in {f"{c['method']} {c['template']}" for c in control.requests()}
    assert last_request(control)


def test_new_photos_that_a_slow_answer_does_not_show_are_not_sent_again(
    service: Service, control: EtsyControl, settings: DjangoSettings
) -> None:
    listing_id = service().create_draft()["listing_id"]
    service().upload_photo(listing_id, 1)  # as if the second one's upload were not shown yet
    settings.ETSY = settings.ETSY | {"settle_seconds": 1.0}
    control.add_fault(IMAGES, "slow_after_effect", delay=1.2)
    with pytest.raises(TransientError, match="does not show all photos yet"):
        service().arrange_photos(listing_id, {1: 11, 2: 12})
