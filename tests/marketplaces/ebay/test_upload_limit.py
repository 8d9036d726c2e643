"""eBay's limit of photos per user: StoFlow stops before eBay has to refuse."""

from __future__ import annotations

import pytest
from pytest_django import Settings as DjangoSettings

from marketplaces.ebay.connection import client_for
from marketplaces.models import Account
from marketplaces.sandbox.control import SandboxControl
from tasks.errors import RateLimitedError
from tests.marketplaces.ebay.builders import jpeg


def test_ebay_never_has_to_refuse_a_photo(
    account: Account, control: SandboxControl, settings: DjangoSettings
) -> None:
    settings.EBAY = settings.EBAY | {"uploads_per_5_seconds": 2}
    control.settings(media_posts_per_5_seconds=2)
    client, (photo, _) = client_for(account), jpeg()
    client.upload_image_file(photo, "a.jpg", "image/jpeg")
    with pytest.raises(RateLimitedError, match="eBay's limit of photos") as held_up:
        client.upload_image_file(photo, "a.jpg", "image/jpeg")
    assert held_up.value.until is not None
    uploads = [call for call in control.requests() if "/image/" in call["template"]]
    assert [call["status"] for call in uploads] == [201]
