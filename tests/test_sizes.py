"""A handler that is more than a page is doing a service's work."""

from __future__ import annotations

import inspect

import pytest

from tasks import handlers

LONGEST_HANDLER = 80


@pytest.mark.parametrize(("marketplace", "action"), handlers.registered())
def test_a_handler_fits_on_a_page(marketplace: str, action: str) -> None:
    handler = handlers.handler_for(marketplace, action)
    if handler.__module__.startswith("tests."):
        pytest.skip("The toy market explains itself at length.")
    assert len(inspect.getsource(handler).splitlines()) <= LONGEST_HANDLER
