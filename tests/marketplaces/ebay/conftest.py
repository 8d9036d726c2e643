"""A sandbox eBay in a process of its own, and a tenant with an account there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from pytest_django import Settings as DjangoSettings

from marketplaces.models import Account, Product, ProductImage
from marketplaces.sandbox.control import SandboxControl
from marketplaces.sandbox.process import SandboxProcess
from marketplaces.sandbox.reports import SellerReport
from marketplaces.sandbox.settings import Settings
from stoflow.tenants.models import Tenant
from tasks import requests
from tasks.dispatch import claims
from tasks.dispatch.models import Lane
from tasks.dispatch.turns import Turn
from tasks.models import MarketplaceJob
from tasks.orchestrator import TaskOrchestrator
from tests.marketplaces.ebay.builders import ACCOUNT, jpeg
from tests.marketplaces.ebay.shelves import Shelves
from tests.passing_time import let_time_pass
from tests.sandbox.seller_client import SellerClient

Run = Callable[[str], MarketplaceJob]


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    with SandboxProcess.start(tmp_path_factory.mktemp("ebay") / "state.sqlite3") as sandbox:
        yield sandbox


@pytest.fixture
def control(running: SandboxProcess) -> SandboxControl:
    """The sandbox as new: no sellers, no faults, its usual settings."""
    control = SandboxControl(running.control_url)
    control.reset()
    control.settings(**Settings().as_dict())
    return control


@pytest.fixture
def seller(control: SandboxControl) -> SellerReport:
    return control.seller("anna")


@pytest.fixture
def ebay(running: SandboxProcess, seller: SellerReport, settings: DjangoSettings) -> SellerReport:
    """The installation's settings lead to the sandbox."""
    settings.EBAY = settings.EBAY | {
        "oauth_url": f"{running.api_url}/identity/v1/oauth2",
        "inventory_url": f"{running.api_url}/sell/inventory/v1",
        "account_url": f"{running.api_url}/sell/account/v1",
        "media_url": f"{running.api_url}/commerce/media/v1_beta",
        "fulfillment_url": f"{running.api_url}/sell/fulfillment/v1",
        "identity_url": f"{running.api_url}/commerce/identity/v1",
        "taxonomy_url": f"{running.api_url}/commerce/taxonomy/v1",
        "consent_url": f"{running.api_url}/oauth2/authorize",
        "redirect_name": "StoFlow-RuName",
        "client_id": seller["client_id"],
        "client_secret": seller["client_secret"],
        "deadline_seconds": 20.0,
    }
    return seller


@pytest.fixture
def account(committed: Tenant, ebay: SellerReport) -> Account:
    """Connected to the sandbox's seller, and set up."""
    chosen = {name: ebay[name] for name in ACCOUNT if name in ebay}  # type: ignore[literal-required]
    return Account.objects.create(
        marketplace="ebay",
        name="Anna's shop",
        settings=ACCOUNT | chosen,
        refresh_token=ebay["refresh_token"],
    )


@pytest.fixture
def product(committed: Tenant, settings: DjangoSettings, tmp_path: Path) -> Product:
    """Fit for eBay; one photo is a file, one a link."""
    settings.MEDIA_ROOT = tmp_path
    product = Product.objects.create(
        sku="LS-1", title="Linen shirt", description="<p>Soft.</p>", price="19.90", stock=3
    )
    content, checksum = jpeg()
    photo = ProductImage(product=product, position=1, checksum=checksum)
    photo.file.save("front.jpg", ContentFile(content))
    ProductImage.objects.create(
        product=product, position=2, url="https://shop.example/back.jpg", checksum="b" * 64
    )
    return product


@pytest.fixture
def run(account: Account, product: Product) -> Run:
    """Asks for an action on the product and works on it until it has ended, as if no time had to
    pass."""

    def worked(action: str) -> MarketplaceJob:
        job_id = requests.request_job(account, action, product).job_id
        lane = Lane.objects.get(account_id=account.pk)
        turn = Turn(lane.pk, "t1", account.pk)
        for _ in range(20):
            let_time_pass()
            job = claims.claim(turn, lease_seconds=30)
            if job is None:
                break
            TaskOrchestrator().execute_job_with_tasks(job)
            # Time has passed for sweeps, too: else they would have their turn again and again.
            if MarketplaceJob.objects.filter(pk=job_id, completed_at__isnull=False).exists():
                break
        return MarketplaceJob.objects.get(pk=job_id)

    return worked


@pytest.fixture
def shelves(
    account: Account, running: SandboxProcess, control: SandboxControl, settings: DjangoSettings
) -> Shelves:
    """An empty shop; reads show writes at once."""
    settings.EBAY = settings.EBAY | {"settle_seconds": 0.0}
    client = SellerClient(running.api_url, control.seller("anna"))
    client.sign_in()
    return Shelves(account=account, client=client, control=control)
