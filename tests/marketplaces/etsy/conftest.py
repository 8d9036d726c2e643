"""A sandbox Etsy in a process of its own, and a tenant with a shop there."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.core.files.base import ContentFile
from django.utils import timezone
from pytest_django import Settings as DjangoSettings

from marketplaces.models import Account, Product, ProductImage
from marketplaces.sandbox.etsy.control import EtsyControl
from marketplaces.sandbox.etsy.reports import EtsySellerReport
from marketplaces.sandbox.etsy.settings import EtsySettings
from marketplaces.sandbox.process import SandboxProcess
from marketplaces.sandbox.reports import ListingReport
from stoflow.tenants.models import Tenant
from tasks import requests
from tasks.dispatch import claims
from tasks.dispatch.models import Lane
from tasks.dispatch.turns import Turn
from tasks.models import MarketplaceJob
from tasks.orchestrator import TaskOrchestrator
from tests.marketplaces.ebay.builders import jpeg
from tests.marketplaces.etsy.shelves import EtsyShelves
from tests.passing_time import let_time_pass

CREATE = "POST /v3/application/shops/{shop_id}/listings"
PATCH = "PATCH /v3/application/shops/{shop_id}/listings/{listing_id}"
PUT_INVENTORY = "PUT /v3/application/listings/{listing_id}/inventory"
GET_INVENTORY = "GET /v3/application/listings/{listing_id}/inventory"
GET = "GET /v3/application/listings/{listing_id}"
UPLOAD = "POST /v3/application/shops/{shop_id}/listings/{listing_id}/images"
IMAGES = "GET /v3/application/listings/{listing_id}/images"
LISTINGS = "GET /v3/application/shops/{shop_id}/listings"
RECEIPTS = "GET /v3/application/shops/{shop_id}/receipts"
DELETE = "DELETE /v3/application/listings/{listing_id}"
WRITES = frozenset({CREATE, PATCH, PUT_INVENTORY, UPLOAD, DELETE})

Run = Callable[[str], MarketplaceJob]
ShownListing = Callable[[], ListingReport]


@pytest.fixture(scope="session")
def running_etsy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    state = tmp_path_factory.mktemp("etsy") / "state.sqlite3"
    with SandboxProcess.start(state, marketplace="etsy") as sandbox:
        yield sandbox


@pytest.fixture
def control(running_etsy: SandboxProcess) -> EtsyControl:
    """The sandbox as new: no sellers, no faults, its usual settings."""
    control = EtsyControl(running_etsy.control_url)
    control.reset()
    control.settings(**EtsySettings().as_dict())
    return control


@pytest.fixture
def seller(control: EtsyControl) -> EtsySellerReport:
    return control.shop("nora")


@pytest.fixture
def etsy(
    running_etsy: SandboxProcess, seller: EtsySellerReport, settings: DjangoSettings
) -> EtsySellerReport:
    """The installation's settings lead to the sandbox; nothing takes time to settle."""
    settings.ETSY = settings.ETSY | {
        "oauth_url": f"{running_etsy.api_url}/v3/public/oauth",
        "api_url": running_etsy.api_url,
        "keystring": seller["client_id"],
        "shared_secret": seller["client_secret"],
        "deadline_seconds": 20.0,
        "settle_seconds": 0.0,
        "calls_per_second": 1000,
        "calls_per_day": 1_000_000,
    }
    return seller


@pytest.fixture
def account(committed: Tenant, etsy: EtsySellerReport) -> Account:
    """Connected to the sandbox's seller, and set up."""
    chosen = ("shop_id", "shipping_profile_id", "readiness_state_id", "return_policy_id")
    return Account.objects.create(
        marketplace="etsy",
        name="Nora's shop",
        settings={
            "currency": etsy["currency"],
            "taxonomy_id": "482",
            **{name: str(etsy[name]) for name in chosen if etsy[name]},  # type: ignore[literal-required]
        },
        refresh_token=etsy["refresh_token"],
    )


@pytest.fixture
def product(
    committed: Tenant, etsy: EtsySellerReport, settings: DjangoSettings, tmp_path: Path
) -> Product:
    """Fit for Etsy, with two photos."""
    settings.MEDIA_ROOT = tmp_path
    product = Product.objects.create(
        sku="LS-1",
        title="Linen shirt",
        description="<p>Soft.</p>",
        price="19.90",
        stock=3,
        currency=etsy["currency"],
        tags=["linen", "summer"],
    )
    add_photo(product, 1, "olive")
    add_photo(product, 2, "navy")
    return product


@pytest.fixture
def run(account: Account, product: Product) -> Run:
    """Asks for a job and works on it until it has ended; no time passes but Etsy's settle time."""

    def work(action: str) -> MarketplaceJob:
        job_id = requests.request_job(account, action, product).job_id
        lane = Lane.objects.get(account_id=account.pk)
        turn = Turn(lane.pk, "t1", account.pk)
        for _ in range(20):
            let_time_pass()
            # The account's own runs begin later than anything here happens.
            sweeps = MarketplaceJob.objects.filter(product=None, status="PENDING")
            sweeps.exclude(pk=job_id).update(run_after=timezone.now() + timedelta(days=1))
            job = claims.claim(turn, lease_seconds=30)
            if job is None:
                break
            TaskOrchestrator().execute_job_with_tasks(job)
            time.sleep(django_settings.ETSY["settle_seconds"])
            if MarketplaceJob.objects.filter(pk=job_id, completed_at__isnull=False).exists():
                break
        return MarketplaceJob.objects.get(pk=job_id)

    return work


@pytest.fixture
def the_listing(control: EtsyControl) -> ShownListing:
    """The only one there is, in whatever state, with each photo attached once."""

    def look() -> ListingReport:
        report = control.effects()
        assert report["violations"] == []
        (listing,) = report["listings"]
        checksums = [photo["checksum"] for photo in listing["photos"]]
        assert len(set(checksums)) == len(checksums)
        return listing

    return look


def add_photo(product: Product, position: int, colour: str) -> ProductImage:
    content, checksum = jpeg(colour=colour)
    photo = ProductImage(product=product, position=position, checksum=checksum, alt_text=colour)
    photo.file.save(f"{colour}.jpg", ContentFile(content))
    return photo


def routes_since(control: EtsyControl, before: int) -> list[str]:
    """Method and template of each API request after the one with this id."""
    return [f"{call['method']} {call['template']}" for call in control.requests(since=before)]


def last_request(control: EtsyControl) -> int:
    return control.requests()[-1]["id"]


@pytest.fixture
def shelves(account: Account, control: EtsyControl) -> EtsyShelves:
    return EtsyShelves(account=account, control=control)
