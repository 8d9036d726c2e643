from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from marketplaces.sandbox.control import SandboxControl
from marketplaces.sandbox.process import SandboxProcess
from marketplaces.sandbox.settings import Settings
from tests.official.documents import are_there
from tests.official.exchanges import Answered, Sent
from tests.official.judge import check_answer, describes
from tests.sandbox.seller_client import SellerClient

NewSeller = Callable[..., SellerClient]


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    state = tmp_path_factory.mktemp("sandbox") / "state.sqlite3"
    with SandboxProcess.start(state) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: SandboxProcess) -> SandboxProcess:
    """The running sandbox, empty, well-behaved and with its usual settings."""
    control = SandboxControl(running.control_url)
    control.reset()
    control.settings(**Settings().as_dict())
    return running


@pytest.fixture
def control(sandbox: SandboxProcess) -> SandboxControl:
    return SandboxControl(sandbox.control_url)


@pytest.fixture
def new_seller(sandbox: SandboxProcess, control: SandboxControl) -> Iterator[NewSeller]:
    """Makes a seller and signs them in; all that they are answered is held against the documents."""
    made: list[SellerClient] = []

    def make(username: str, *, policies: bool = True, location: bool = True) -> SellerClient:
        seller = control.seller(username, policies=policies, location=location)
        client = SellerClient(sandbox.api_url, seller)
        client.sign_in()
        made.append(client)
        return client

    yield make
    for client in made:
        check_all(client.exchanges)


def check_all(exchanges: Iterable[tuple[Sent, Answered]]) -> None:
    """Those that a document describes; OAuth and the pages for people have none."""
    for sent, answered in exchanges:
        if are_there() and describes(sent):
            check_answer(sent, answered)


@pytest.fixture
def anna(new_seller: NewSeller) -> SellerClient:
    return new_seller("anna")


@pytest.fixture
def state_path(tmp_path: Path) -> Path:
    return tmp_path / "state.sqlite3"
