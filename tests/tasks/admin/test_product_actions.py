"""Publishing, updating, withdrawing chosen products: offered, told, queued once, recorded."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from marketplaces import batches
from marketplaces.models import Account, Product
from stoflow.tenants.models import Tenant
from tasks.models import BatchJob, MarketplaceJob, StaffAction
from tests.tasks.admin.conftest import TENANT, Browser, staff, text_of
from tests.tasks.admin.pressing import Previewed, newest, preview, read, words_of
from tests.tasks.conftest import Bench

PRODUCTS = f"{TENANT}marketplaces/product/"
PREVIEW = f"{PRODUCTS}actions/preview/"


@pytest.fixture
def supporter(tenant: Tenant) -> Browser:
    """Of t1; may start work on products."""
    return Browser(staff("sue", tenant, "change_marketplacejob", "add_batchjob"), tenant)


@pytest.fixture
def committed_supporter(committed: Tenant) -> Browser:
    """The same where no transaction is open: nothing else may call a marketplace."""
    return Browser(staff("sue", committed, "add_batchjob"), committed)


def choose(bench: Bench, browser: Browser, do: str, **more: Any) -> Previewed:
    answer = browser.post(
        PRODUCTS,
        action=f"ask_{do}",
        index=0,
        _selected_action=[product.pk for product in bench.products],
        **more,
    )
    assert answer.status_code == 302
    return read(browser.get(answer["Location"]))


def offered(browser: Browser) -> set[str]:
    return set(re.findall(r'<option value="ask_(\w+)"', text_of(browser.get(PRODUCTS))))


def test_what_an_account_can_do_is_offered_to_who_may_start_it(
    bench: Bench, supporter: Browser, viewer: Browser
) -> None:
    bench.product()
    assert offered(supporter) == {"publish", "update", "unpublish"}
    assert offered(viewer) == set()
    Account.objects.update(marketplace="ebay")
    assert offered(supporter) == {"publish", "update", "unpublish", "delete"}
    Account.objects.all().delete()
    assert offered(supporter) == set()


def test_each_product_is_told_whether_it_makes_a_job_waits_or_follows(
    bench: Bench, supporter: Browser
) -> None:
    running = bench.request("publish")
    bench.claim()
    waiting = bench.request("unpublish")
    void = bench.request("publish")
    bench.product("New")
    told = choose(bench, supporter, "unpublish")
    assert "Withdraw 4 products?" in told.text
    assert f"A new job, which follows job {running.pk}." in told.text
    assert f"It waits already, as job {waiting.pk}." in told.text
    assert f"A new job. Job {void.pk} (Publish) is cancelled: it is void then." in told.text
    for number, words in ((2, "new jobs"), (1, "new job, which follows one"), (1, "waits already")):
        assert f"{number} {words}" in told.text
    told.confirm(supporter, "shop is closing")
    batch = BatchJob.objects.latest("pk")
    assert (batch.name, batch.total_count) == ("Withdraw 3 products on Toy", 3)
    void.refresh_from_db()
    assert void.status == "CANCELLED"
    assert (newest().kind, newest().by, newest().reason) == ("unpublish", "sue", "shop is closing")
    assert (newest().done_count, newest().refused_count) == (3, 1)


def test_the_same_form_sent_twice_queues_one_batch(bench: Bench, supporter: Browser) -> None:
    bench.product()
    told = choose(bench, supporter, "publish")
    page = text_of(told.confirm(supporter))
    assert "Asked for: 1 job queued." in words_of(page)
    assert "Finished." not in words_of(page)
    batch = f"{TENANT}tasks/batchjob/{BatchJob.objects.get().pk}/change/"
    assert re.search(rf'<a [^>]*href="{batch}">Follow the batch</a>', page)
    assert "It is queued." in words_of(page)
    bench.work()
    told.confirm(supporter)
    assert (BatchJob.objects.count(), MarketplaceJob.objects.count()) == (1, 1)
    assert StaffAction.objects.count() == 1


def test_before_the_first_synchronisation_a_publication_is_warned_of_second_listings(
    bench: Bench, supporter: Browser
) -> None:
    bench.product()
    Account.objects.update(marketplace="etsy")
    assert "was never synchronised completely" in choose(bench, supporter, "publish").text
    assert "was never synchronised" not in choose(bench, supporter, "update").text
    Account.objects.update(last_synced_at=timezone.now())
    assert "was never synchronised" not in choose(bench, supporter, "publish").text


def test_who_asks_for_the_same_again_is_told(bench: Bench, supporter: Browser) -> None:
    bench.product()
    first = choose(bench, supporter, "publish")
    assert "The same was asked for" not in first.text
    audit = words_of(text_of(first.confirm(supporter)))
    assert "1 job queued." in audit
    bench.work()
    again = choose(bench, supporter, "publish").text
    assert re.search(r"The same was asked for .+ by sue: Publish one product on Toy", again)
    assert "The same was asked for" not in choose(bench, supporter, "unpublish").text
    bench.product()
    assert "The same was asked for" not in choose(bench, supporter, "publish").text
    bench.products.pop()
    StaffAction.objects.update(at=timezone.now() - timedelta(minutes=16))
    assert "The same was asked for" not in choose(bench, supporter, "publish").text


def test_all_that_match_a_search_can_be_chosen(bench: Bench, supporter: Browser) -> None:
    mug, other = bench.product("Blue mug"), bench.product("Sun hat")
    answer = supporter.post(
        f"{PRODUCTS}?q=mug", action="ask_publish", index=0, select_across=1,
        _selected_action=[other.pk],
    )  # fmt: skip
    told = read(supporter.get(answer["Location"]))
    assert "search: “mug”" in told.text
    told.confirm(supporter)
    assert MarketplaceJob.objects.get().product_id == mug.pk


def test_more_than_a_batch_takes_cannot_be_queued(
    bench: Bench, supporter: Browser, settings: Settings
) -> None:
    settings.STAFF = settings.STAFF | {"previewed": 1}
    bench.product()
    bench.product()
    told = choose(bench, supporter, "publish")
    assert "More than 1 products match" in told.text
    page = words_of(text_of(told.confirm(supporter)))
    assert "Choose fewer products: a batch takes 1." in page
    assert not BatchJob.objects.exists()


def test_the_calls_to_be_made_are_counted_by_step_and_in_all(
    bench: Bench, supporter: Browser, settings: Settings
) -> None:
    bench.product()
    told = choose(bench, supporter, "publish").text
    assert "4 calls to the marketplace" in told
    assert "Upload image 2 Create listing 1 Publish listing 1" in told
    assert "about" not in told
    settings.STAFF = settings.STAFF | {"sampled": 1}
    bench.product()
    bench.product()
    told = choose(bench, supporter, "publish").text
    assert "about 12 calls to the marketplace" in told
    assert "1 job was planned exactly, as things are now." in told
    assert "2 jobs are taken to be like the planned ones." in told


def test_a_product_that_is_not_fit_makes_no_calls(bench: Bench, supporter: Browser) -> None:
    bench.product("x" * 90)
    Account.objects.update(marketplace="ebay", settings={"marketplace_id": "EBAY_FR"})
    assert "0 calls to the marketplace" in choose(bench, supporter, "publish").text


def test_of_a_sample_it_is_said_how_many_are_not_fit(
    bench: Bench, supporter: Browser, settings: Settings
) -> None:
    settings.STAFF = settings.STAFF | {"sampled": 2}
    for _ in range(3):
        bench.product("x" * 90)
    Account.objects.update(marketplace="ebay", settings={"marketplace_id": "EBAY_FR"})
    told = choose(bench, supporter, "publish").text
    assert "2 of the 2 products that were looked at are not fit yet" in told
    assert "1 other product was not looked at, and may not be fit either." in told
    assert "Not fit yet: the title has 90 characters" in told


def test_the_account_can_be_chosen_where_there_are_several(
    bench: Bench, supporter: Browser
) -> None:
    bench.product()
    second = Account.objects.create(marketplace="toy", name="Second")
    told = preview(supporter, "publish", PREVIEW, to=second.pk)
    assert told.fields["account"] == str(second.pk)
    told.confirm(supporter)
    assert MarketplaceJob.objects.get().account_id == second.pk
    assert supporter.get(PREVIEW, do="publish", to=999).status_code == 404


def test_who_may_not_start_work_is_refused(
    bench: Bench, supporter: Browser, viewer: Browser, stranger: Browser
) -> None:
    bench.product()
    told = choose(bench, supporter, "publish")
    for page in ("preview", "ready", "do"):
        path = f"{PRODUCTS}actions/{page}/"
        assert viewer.get(path, do="publish").status_code == 403
        assert stranger.get(path, do="publish").status_code == 404
    assert viewer.post(told.target, **told.fields).status_code == 403
    assert supporter.get(f"{PRODUCTS}actions/do/")["Location"] == PRODUCTS
    assert not BatchJob.objects.exists()


def test_a_session_lost_at_the_preview_leads_back_to_it(bench: Bench, supporter: Browser) -> None:
    bench.product()
    second = Account.objects.create(marketplace="toy", name="Second")
    page = preview(supporter, "publish", PREVIEW, to=second.pk).lost(supporter)
    assert "Nothing was done: press the button once more." in page
    assert "Publish 1 product?" in page
    assert "Toy: Second" in page
    assert not BatchJob.objects.exists()


def test_an_action_without_a_handler_is_not_found(bench: Bench, supporter: Browser) -> None:
    assert supporter.get(PREVIEW, do="archive").status_code == 404
    assert supporter.get(PREVIEW, do="sync").status_code == 404


def test_readiness_is_asked_apart_from_the_preview(bench: Bench, supporter: Browser) -> None:
    bench.product()
    page = text_of(supporter.get(PREVIEW, do="publish"))
    [url] = re.findall(r'hx-get="([^"]+/ready/[^"]+)"', page)
    assert "“Toy shop” is ready." in words_of(text_of(supporter.get(url.replace("&amp;", "&"))))


def test_an_account_that_is_not_ready_refuses_the_batch_in_words(
    bench: Bench, supporter: Browser
) -> None:
    bench.product()
    Account.objects.update(marketplace="ebay", settings={"marketplace_id": "EBAY_XX"})
    told = choose(bench, supporter, "publish")
    page = words_of(text_of(told.confirm(supporter)))
    assert "The eBay account is not ready" in page
    assert not BatchJob.objects.exists()
    assert not StaffAction.objects.exists()
    ready = text_of(supporter.get(f"{PRODUCTS}actions/ready/", do="publish"))
    assert "The account cannot do this now" in ready


def test_a_marketplace_that_does_not_answer_queues_nothing_and_keeps_what_was_chosen(
    committed_supporter: Browser, settings: Settings
) -> None:
    browser = committed_supporter
    settings.EBAY = settings.EBAY | {
        "oauth_url": "http://127.0.0.1:9/oauth2",
        "client_id": "id",
        "client_secret": "secret",
    }
    Product.objects.create(sku="S1", title="Toy", stock=1)
    Account.objects.create(
        marketplace="ebay",
        name="Shop",
        settings={"marketplace_id": "EBAY_FR"},
        refresh_token="token",
    )
    told = preview(browser, "publish", PREVIEW)
    again = told.confirm(browser, "new season")
    refused = read(again)
    assert "Nothing was queued: " in refused.text
    assert "Press again later." in refused.text
    kept = told.fields.keys() - {"csrfmiddlewaretoken"}
    assert {name: refused.fields[name] for name in kept} == {
        name: told.fields[name] for name in kept
    }
    assert 'value="new season"' in text_of(again)
    assert not StaffAction.objects.exists()
    ready = words_of(text_of(browser.get(f"{PRODUCTS}actions/ready/", do="publish")))
    assert "Press again later." in ready
    assert "tries again by itself" not in refused.text + ready


def test_a_product_that_is_not_fit_is_named_with_every_fault(
    bench: Bench, supporter: Browser
) -> None:
    bench.product("x" * 90)
    Account.objects.update(marketplace="ebay", settings={"marketplace_id": "EBAY_FR"})
    text = choose(bench, supporter, "publish").text
    assert "1 product is not fit yet: its job will fail at once" in text
    assert "the title has 90 characters" in text
    assert "there is no photo" in text


def test_the_preview_of_many_products_costs_no_more_queries(
    bench: Bench, supporter: Browser
) -> None:
    costs = []
    for number in (21, 19):
        for _ in range(number):
            bench.product()
        preview(supporter, "publish", PREVIEW)
        with CaptureQueriesContext(connection) as queries:
            preview(supporter, "publish", PREVIEW)
        costs.append(len(queries))
    assert costs[0] == costs[1]


def test_what_was_asked_for_a_product_is_on_its_page(bench: Bench, supporter: Browser) -> None:
    product = bench.product()
    choose(bench, supporter, "publish").confirm(supporter, "new season")
    page = words_of(text_of(supporter.get(f"{PRODUCTS}{product.pk}/change/")))
    assert "Staff actions Publish by sue" in page
    assert "new season" in page


def test_what_a_command_asked_for_without_a_name_has_no_author(
    bench: Bench, supporter: Browser
) -> None:
    product = bench.product()
    batches.start_batch(bench.account, "publish", [product], name="Nightly")
    page = words_of(text_of(supporter.get(f"{PRODUCTS}{product.pk}/change/")))
    assert "Staff actions Publish now" in page
    assert "Who a command, without a name" in words_of(
        text_of(supporter.get(f"{TENANT}tasks/staffaction/{newest().pk}/change/"))
    )


@pytest.mark.parametrize(
    ("do", "sentences"),
    [
        ("publish", ["Publish 1 product?", "there is no photo"]),
        (
            "update",
            ["Update 1 product?", "Only what has changed is sent", "not on sale at eBay yet"],
        ),
        ("unpublish", ["Withdraw 1 product?", "The listings go off sale", "knows of no listing"]),
        ("delete", ["Delete the listing of 1 product?", "products stay", "knows of no listing"]),
    ],
)
def test_each_action_on_ebay_is_told_in_its_own_words(
    bench: Bench, supporter: Browser, do: str, sentences: list[str]
) -> None:
    Account.objects.update(marketplace="ebay")
    bench.product()
    told = choose(bench, supporter, do)
    for words in sentences:
        assert words in told.text


def test_a_job_that_was_stopped_is_told_before_and_named_after(
    bench: Bench, supporter: Browser
) -> None:
    job = bench.request("publish", script={"upload": ["transient"]})
    bench.work()
    told = choose(bench, supporter, "unpublish")
    said = f"Job {job.pk} (Publish) is cancelled: it is void then."
    assert said in told.text
    assert "1 older job is stopped" in told.text
    assert "follow" not in told.text
    batches.start_batch(bench.account, "unpublish", bench.products, requested_by="mia")
    page = words_of(text_of(supporter.get(f"{TENANT}tasks/staffaction/{newest().pk}/change/")))
    assert page.count(said) == 2
    assert "1 job queued" in page
    stopped = supporter.get(f"{TENANT}tasks/marketplacejob/{job.pk}/change/")
    assert said in words_of(text_of(stopped))
