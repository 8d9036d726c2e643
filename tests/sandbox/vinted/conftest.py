from collections.abc import Callable, Iterator

import pytest

from marketplaces.sandbox.process import SandboxProcess
from marketplaces.sandbox.vinted.control import VintedControl
from marketplaces.sandbox.vinted.settings import VintedSettings
from tests.sandbox.vinted.member_client import MemberClient

NewMember = Callable[[str], MemberClient]


@pytest.fixture(scope="session")
def running_vinted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    state = tmp_path_factory.mktemp("vinted_sandbox") / "state.sqlite3"
    with SandboxProcess.start(state, marketplace="vinted") as sandbox:
        yield sandbox


@pytest.fixture
def vinted(running_vinted: SandboxProcess) -> SandboxProcess:
    """The running Vinted, empty, well-behaved and with its usual settings."""
    control = VintedControl(running_vinted.control_url)
    control.reset()
    control.settings(**VintedSettings().as_dict())
    return running_vinted


@pytest.fixture
def control(vinted: SandboxProcess) -> VintedControl:
    return VintedControl(vinted.control_url)


@pytest.fixture
def new_member(vinted: SandboxProcess, control: VintedControl) -> NewMember:
    """Makes a member and signs them in."""

    def make(username: str) -> MemberClient:
        member = MemberClient(vinted.api_url, control.member(username))
        assert member.sign_in().status == 302
        return member

    return make


@pytest.fixture
def lea(new_member: NewMember) -> MemberClient:
    return new_member("lea")
