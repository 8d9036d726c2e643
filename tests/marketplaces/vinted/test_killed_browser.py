"""A browser in a process of its own, killed while Vinted works on what it sent."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from marketplaces.models import Account
from marketplaces.sandbox.vinted.control import VintedControl
from marketplaces.sandbox.vinted.plugin.plugin import Options
from marketplaces.sandbox.vinted.plugin.process import PluginProcess
from tests.marketplaces.vinted.conftest import COMPLETE, DRAFT, PHOTO, Run, ShownItem, work_on
from tests.marketplaces.vinted.plugin.browser import meanwhile


@pytest.fixture
def plugin(browser_options: Options) -> Iterator[PluginProcess]:
    plugin = PluginProcess(
        browser_options.state,
        url=browser_options.url,
        token=browser_options.token,
        site=browser_options.site,
        username=browser_options.username,
        password=browser_options.password,
    )
    with plugin.start():
        yield plugin


@pytest.mark.slow
@pytest.mark.parametrize("route", [PHOTO, DRAFT, COMPLETE])
def test_a_browser_that_is_killed_between_effect_and_answer_leaves_one_item(  # noqa: PLR0917
    run: Run,
    control: VintedControl,
    account: Account,
    plugin: PluginProcess,
    the_item: ShownItem,
    route: str,
) -> None:
    control.add_fault(route, "hold_after")

    def kill_it_there() -> None:
        until(control.holds)
        plugin.kill()
        control.release()

    with meanwhile(kill_it_there):
        job = run("publish")
    assert job.status == "RUNNING"
    plugin.start()
    job = work_on(account, job.pk)
    assert job.status == "COMPLETED", job.error_message
    assert (the_item()["state"], len(the_item()["photos"])) == ("active", 2)


def until(happened: Callable[[], object], seconds: float = 60.0) -> None:
    ends_at = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < ends_at
        time.sleep(0.05)
