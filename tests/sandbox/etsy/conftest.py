from collections.abc import Callable, Iterator

import pytest

from marketplaces.sandbox.etsy.control import EtsyControl
from marketplaces.sandbox.etsy.settings import EtsySettings
from marketplaces.sandbox.process import SandboxProcess
from tests.sandbox.conftest import check_all
from tests.sandbox.etsy.shop_client import ShopClient

NewShop = Callable[..., ShopClient]


@pytest.fixture(scope="session")
def running_etsy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    state = tmp_path_factory.mktemp("etsy_sandbox") / "state.sqlite3"
    with SandboxProcess.start(state, marketplace="etsy") as sandbox:
        yield sandbox


@pytest.fixture
def etsy(running_etsy: SandboxProcess) -> SandboxProcess:
    """The running Etsy, empty, well-behaved and with its usual settings."""
    control = EtsyControl(running_etsy.control_url)
    control.reset()
    control.settings(**EtsySettings().as_dict())
    return running_etsy


@pytest.fixture
def control(etsy: SandboxProcess) -> EtsyControl:
    return EtsyControl(etsy.control_url)


@pytest.fixture
def new_shop(etsy: SandboxProcess, control: EtsyControl) -> Iterator[NewShop]:
    """Makes a seller with a shop and signs them in; all answers are held against the document."""
    made: list[ShopClient] = []

    def make(username: str, **order: object) -> ShopClient:
        shop = ShopClient(etsy.api_url, control.shop(username, **order))
        shop.refresh()
        made.append(shop)
        return shop

    yield make
    for shop in made:
        check_all(shop.exchanges)


@pytest.fixture
def nora(new_shop: NewShop) -> ShopClient:
    return new_shop("nora")
