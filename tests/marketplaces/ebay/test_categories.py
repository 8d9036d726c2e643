"""What eBay's categories ask for: read in good time, named at once, and never in a job's way."""

from __future__ import annotations

import pytest
from pytest_django import Settings

from marketplaces import batches
from marketplaces.connecting import check, connector_for
from marketplaces.ebay import categories
from marketplaces.ebay.account_settings import EbaySettings
from marketplaces.ebay.connection import taxonomy
from marketplaces.models import Account, Product
from marketplaces.sandbox.control import SandboxControl
from marketplaces.shared.models import ApplicationToken, Category
from tasks.errors import ApplicationRefusedError
from tasks.states import JobStatus
from tests.marketplaces.ebay.conftest import Run

TOKEN = "POST /identity/v1/oauth2/token"
ASPECTS = "GET /commerce/taxonomy/v1/category_tree/{category_tree_id}/get_item_aspects_for_category"
FIT = {"Taille": "M", "Département": "Femme"}


def checked(account: Account) -> list[str]:
    connector = connector_for("ebay")
    assert connector is not None
    return check(connector, account)


def asked(control: SandboxControl, route: str = ASPECTS) -> int:
    return sum(
        f"{request['method']} {request['template']}" == route for request in control.requests()
    )


def settings_of(account: Account) -> EbaySettings:
    return EbaySettings.read(account.settings)


@pytest.fixture
def strict(control: SandboxControl, account: Account) -> None:
    """Categories ask for item specifics."""
    control.settings(asks_for_aspects=1)


@pytest.mark.usefixtures("strict")
def test_everything_that_the_category_asks_for_is_named_before_the_batch(
    account: Account, product: Product
) -> None:
    assert checked(account) == []
    Product.objects.update(title="", options={"Département": "Enfant"})
    product.refresh_from_db()
    found = batches.faults_of(account, "publish", product)
    assert found == [
        "the title is empty",
        "eBay asks for “Marque” in category 15687, such as Sans marque",
        "eBay asks for “Taille” in category 15687, such as XS, S, M, L, XL",
        (
            "eBay does not take “Enfant” as “Département” in category 15687: choose one of Femme, "
            "Homme, Adulte unisexe"
        ),
    ]


@pytest.mark.usefixtures("strict")
def test_what_is_fit_by_our_tables_is_taken_by_ebay(
    account: Account, product: Product, run: Run
) -> None:
    checked(account)
    Product.objects.update(brand="Maison Test", options={"size": "M", "département": "femme"})
    product.refresh_from_db()
    assert batches.faults_of(account, "publish", product) == []
    assert run("publish").status == JobStatus.COMPLETED


@pytest.mark.usefixtures("strict")
def test_a_job_fails_on_all_of_it_before_its_first_call(
    account: Account, run: Run, control: SandboxControl
) -> None:
    checked(account)
    before = len(control.requests())
    job = run("publish")
    assert job.status == JobStatus.FAILED
    assert all(name in job.error_message for name in ("“Marque”", "“Taille”", "“Département”"))
    assert len(control.requests()) == before


@pytest.mark.usefixtures("strict")
def test_without_knowing_the_category_ebay_itself_is_asked(run: Run) -> None:
    job = run("publish")
    assert job.status == JobStatus.FAILED
    assert "The item specific Marque is missing" in job.error_message


@pytest.mark.usefixtures("strict")
def test_a_batch_learns_first_what_its_categories_ask_for(
    account: Account, product: Product
) -> None:
    batches.require_ready(account, "publish")
    product.refresh_from_db()
    assert len(batches.faults_of(account, "publish", product)) == 3


def test_a_taxonomy_that_is_down_stops_no_batch_and_is_told(
    account: Account, product: Product, control: SandboxControl
) -> None:
    control.add_fault(ASPECTS, "status", status=500, times=99)
    batches.require_ready(account, "publish")
    product.refresh_from_db()
    assert batches.faults_of(account, "publish", product) == []
    assert checked(account) == [
        "what eBay asks for in category 15687 is not known yet: check again later"
    ]
    control.clear_faults()
    assert checked(account) == []


def test_what_is_fresh_is_not_read_again(account: Account, control: SandboxControl) -> None:
    for _ in range(3):
        checked(account)
    assert asked(control) == 1
    Category.objects.update(rules_at="2020-01-01T00:00Z")
    checked(account)
    assert asked(control) == 2


def test_a_category_in_which_nothing_can_be_listed_is_named(
    account: Account, product: Product
) -> None:
    Account.objects.update(settings=account.settings | {"category_id": "11450"})
    account.refresh_from_db()
    (told,) = checked(account)
    product.refresh_from_db()
    assert told.startswith("nothing can be listed in category 11450 of EBAY_FR")
    assert batches.faults_of(account, "publish", product) == [told]


def test_all_chosen_categories_are_read(account: Account) -> None:
    chosen = settings_of(account).read(account.settings | {"categories": {"Robes": "63861"}})
    categories.refresh(taxonomy(), chosen)
    assert set(Category.objects.values_list("number", flat=True)) == {"15687", "63861"}
    rules = categories.known_rules(chosen, "Robes")
    assert rules is not None
    assert {"Marque", "Taille", "Couleur"} <= {aspect.name for aspect in rules.aspects}


def test_stoflow_s_own_token_serves_everybody_until_it_ends(
    account: Account, control: SandboxControl
) -> None:
    chosen = settings_of(account)
    categories.find(taxonomy(), chosen, "robe")
    categories.find(taxonomy(), chosen, "jupe")
    assert asked(control, TOKEN) == 1
    ApplicationToken.objects.update(access_token="no-longer-valid")
    assert categories.find(taxonomy(), chosen, "veste")
    assert asked(control, TOKEN) == 2


def test_a_secret_that_ebay_does_not_know_is_told_as_ours(
    account: Account, settings: Settings
) -> None:
    settings.EBAY = settings.EBAY | {"client_secret": "wrong"}
    with pytest.raises(ApplicationRefusedError):
        taxonomy().tree_id("EBAY_FR")
    assert not categories.try_to_refresh(taxonomy(), settings_of(account))


def test_suggestions_come_with_their_place_in_the_tree(account: Account) -> None:
    chosen = settings_of(account)
    found = categories.find(taxonomy(), chosen, "robe")
    path = "Vêtements, accessoires > Femmes > Vêtements femme > Robes"
    assert found[0] == ("63861", path)
    assert categories.paths(chosen, ["63861", "1"]) == {"63861": path}
    assert categories.find(taxonomy(), chosen, "xylophone") == []


def test_a_path_that_was_found_leaves_the_rules_as_they_are(account: Account) -> None:
    chosen = settings_of(account)
    checked(account)
    rules = categories.known_rules(chosen, "")
    categories.find(taxonomy(), chosen, "t-shirts")
    assert categories.known_rules(chosen, "") == rules
