"""A sandbox Vinted in a process of its own, a member there, and a tenant with their account."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.utils import timezone
from pytest_django import Settings as DjangoSettings

from marketplaces.models import Account, Product, ProductImage
from marketplaces.sandbox.process import SandboxProcess
from marketplaces.sandbox.reports import ListingReport
from marketplaces.sandbox.vinted.control import VintedControl
from marketplaces.sandbox.vinted.plugin.plugin import Options
from marketplaces.sandbox.vinted.reports import VintedSellerReport
from marketplaces.sandbox.vinted.settings import VintedSettings
from marketplaces.vinted.plugin import tokens
from stoflow.tenants.models import Tenant
from tasks import requests
from tasks.dispatch import claims
from tasks.dispatch.models import Lane
from tasks.dispatch.turns import Turn
from tasks.models import MarketplaceJob
from tasks.orchestrator import TaskOrchestrator
from tests.marketplaces.ebay.builders import jpeg
from tests.marketplaces.vinted.direct import DirectLink
from tests.marketplaces.vinted.plugin.conftest import Server
from tests.marketplaces.vinted.shelves import VintedShelves
from tests.passing_time import let_time_pass
from tests.ports import free_port
from tests.sandbox.vinted.member_client import MemberClient
from tests.sandbox.vinted.plugin.running import PluginThread, options

PHOTO = "POST /api/v2/photos"
DRAFT = "POST /api/v2/item_upload/drafts"
COMPLETE = "POST /api/v2/item_upload/drafts/{item_id}/completion"
DISCARD = "DELETE /api/v2/item_upload/drafts/{item_id}"
READ = "GET /api/v2/item_upload/items/{item_id}"
UPDATE = "PUT /api/v2/item_upload/items/{item_id}"
HIDE = "PUT /api/v2/items/{item_id}/is_hidden"
DELETE = "POST /api/v2/items/{item_id}/delete"
WARDROBE = "GET /api/v2/wardrobe/{user_id}/items"
ORDERS = "GET /api/v2/my_orders"
TRANSACTION = "GET /api/v2/transactions/{transaction_id}"
WHO_AM_I = "GET /api/v2/users/current"
OURS = frozenset(
    {PHOTO, DRAFT, COMPLETE, DISCARD, READ, UPDATE, HIDE, DELETE, WARDROBE, ORDERS, TRANSACTION}
)
"""Not among them: what a browser asks by itself."""
QUICK = {
    "open_seconds": 5.0,
    "answer_seconds": 5.0,
    "deadline_seconds": 75.0,
    "settle_seconds": 0.0,
    "read_pause": [0.0, 0.0],
    "write_pause": [0.0, 0.0],
    "long_pause_every": 0,
}

Run = Callable[[str], MarketplaceJob]
ShownItem = Callable[[], ListingReport]


@pytest.fixture(scope="session")
def running_vinted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    state = tmp_path_factory.mktemp("vinted") / "state.sqlite3"
    with SandboxProcess.start(state, marketplace="vinted") as sandbox:
        yield sandbox


def start_server(folder: Path, *, pause: float = 0.0) -> Server:
    """Where plugins connect; its heartbeat is slow enough for a busy machine."""
    environment = {
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "TEST_DATABASE_NAME": str(connection.settings_dict["NAME"]),
        "PLUGIN_HEARTBEAT_SECONDS": "5",
        "VINTED_READ_PAUSE": f"{pause},{pause}",
        "VINTED_WRITE_PAUSE": f"{pause},{pause}",
        "VINTED_LONG_PAUSE_EVERY": "0",
    }
    server = Server(free_port(), environment, folder / "log")
    server.start()
    return server


@pytest.fixture(scope="session")
def plugin_server(
    django_db_setup: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    server = start_server(tmp_path_factory.mktemp("plugin-server"))
    yield server
    server.kill()


@pytest.fixture
def control(running_vinted: SandboxProcess) -> VintedControl:
    """The sandbox as new: no members, no faults, its usual settings."""
    control = VintedControl(running_vinted.control_url)
    control.reset()
    control.settings(**VintedSettings().as_dict())
    return control


@pytest.fixture
def seller(control: VintedControl) -> VintedSellerReport:
    return control.member("lea")


@pytest.fixture
def quick(settings: DjangoSettings) -> None:
    """Nothing takes time to settle, and there are no pauses."""
    settings.VINTED = settings.VINTED | QUICK


@pytest.fixture
def account(
    committed: Tenant, quick: None, running_vinted: SandboxProcess, seller: VintedSellerReport
) -> Account:
    """Connected to the sandbox's member, and set up."""
    return Account.objects.create(
        marketplace="vinted",
        name="Léa's wardrobe",
        shop_id=seller["user_id"],
        settings={
            "site": urlsplit(running_vinted.api_url).netloc,
            "catalog_id": "536",
            "lists": {
                "colors": {"Blue": "9"},
                "sizes": {"536": {"M": "208"}},
                "read_at": timezone.now().isoformat(),
            },
        },
    )


@pytest.fixture
def product(committed: Tenant, settings: DjangoSettings, tmp_path: Path) -> Product:
    """Fit for Vinted, with two photos."""
    settings.MEDIA_ROOT = tmp_path
    product = Product.objects.create(
        sku="LS-1",
        title="Linen shirt",
        description="<p>Soft.</p>",
        brand="Maison Test",
        options={"Size": "M", "Colour": "blue"},
        price="19.90",
        stock=1,
    )
    add_photo(product, 1, "olive")
    add_photo(product, 2, "navy")
    return product


def add_photo(product: Product, position: int, colour: str) -> ProductImage:
    content, checksum = jpeg(colour=colour)
    photo = ProductImage(product=product, position=position, checksum=checksum, alt_text=colour)
    photo.file.save(f"{colour}.jpg", ContentFile(content))
    return photo


@pytest.fixture
def member(running_vinted: SandboxProcess, seller: VintedSellerReport) -> MemberClient:
    """The seller by hand, in a browser of their own."""
    member = MemberClient(running_vinted.api_url, seller)
    assert member.sign_in().status == 302
    return member


@pytest.fixture
def link(member: MemberClient) -> DirectLink:
    return DirectLink(member)


@pytest.fixture
def browser_options(
    account: Account,
    plugin_server: Server,
    running_vinted: SandboxProcess,
    seller: VintedSellerReport,
    tmp_path: Path,
) -> Options:
    return options(
        url=f"ws://127.0.0.1:{plugin_server.port}/t/t1/plugin/",
        token=tokens.issue(account, by="staff"),
        site=running_vinted.api_url,
        username=seller["username"],
        password=seller["password"],
        state=tmp_path / "plugin.sqlite3",
    )


@pytest.fixture
def plugin(browser_options: Options) -> Iterator[PluginThread]:
    """The seller's browser with the plugin, connected and signed in."""
    browser = PluginThread(browser_options)
    browser.start()
    browser.wait_for("connected")
    yield browser
    browser.stop()
    assert browser.error is None


@pytest.fixture
def run(account: Account, product: Product, plugin: object) -> Run:
    """Asks for a job and works on it until it has ended or cannot go on."""

    def work(action: str) -> MarketplaceJob:
        job_id = requests.request_job(account, action, product).job_id
        return work_on(account, job_id)

    return work


def work_on(account: Account, job_id: int, *, most: int = 20) -> MarketplaceJob:
    turn = Turn(Lane.objects.get(account_id=account.pk).pk, "t1", account.pk)
    for _ in range(most):
        let_time_pass()
        job = claims.claim(turn, lease_seconds=30)
        if job is None:
            break
        TaskOrchestrator().execute_job_with_tasks(job)
        # Time has passed for sweeps, too: else they would have their turn again and again.
        if MarketplaceJob.objects.filter(pk=job_id, completed_at__isnull=False).exists():
            break
    return MarketplaceJob.objects.get(pk=job_id)


@pytest.fixture
def the_item(control: VintedControl) -> ShownItem:
    """The only one there is, in whatever state but deleted, with each photo attached once."""

    def look() -> ListingReport:
        report = control.effects()
        assert report["violations"] == []
        (item,) = [each for each in report["listings"] if each["state"] != "deleted"]
        checksums = [photo["checksum"] for photo in item["photos"]]
        assert len(set(checksums)) == len(checksums)
        return item

    return look


def routes_since(control: VintedControl, before: int) -> list[str]:
    """Our own requests after the one with this id."""
    routes = [f"{call['method']} {call['template']}" for call in control.requests(since=before)]
    return [route for route in routes if route in OURS]


def last_request(control: VintedControl) -> int:
    return control.requests()[-1]["id"]


@pytest.fixture
def shelves(account: Account, control: VintedControl, plugin: object) -> VintedShelves:
    return VintedShelves(account=account, control=control)
