"""What the plugin does with a command, in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.marketplaces.vinted.extension.server import Server
from tests.marketplaces.vinted.extension.site import ANON_ID, CSRF_TOKEN, Site

pytestmark = [pytest.mark.slow]


def test_a_read_is_made_in_the_sellers_session(server: Server, site: Site, tab: Page) -> None:
    site.body = '{"items": [{"title": "Robe d\\u2019été — 12\u202f€"}]}'.encode()
    result = server.result(server.command("GET", "/api/v2/wardrobe/7/items?page=2&per_page=96"))
    (call,) = site.calls
    assert (call.method, call.path) == ("GET", "/api/v2/wardrobe/7/items?page=2&per_page=96")
    assert "_vinted_fr_session=ada" in call.headers["Cookie"]
    assert call.headers["X-Anon-Id"] == ANON_ID
    assert "X-CSRF-Token" not in call.headers
    assert result.message["status"] == 200
    assert result.message["headers"] == {"content-type": "application/json"}
    assert result.body == site.body
