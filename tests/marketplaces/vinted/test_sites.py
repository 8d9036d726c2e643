"""The sites that are offered are those on which the plugin may run."""

from __future__ import annotations

import json

from django.conf import settings
from pytest_django.fixtures import Settings

from marketplaces.vinted import sites


def test_every_site_that_the_plugin_knows_is_offered_and_no_other() -> None:
    manifest = settings.BASE_DIR / "marketplaces/vinted/extension/manifest.json"
    [script] = json.loads(manifest.read_text())["content_scripts"]
    assert {f"https://{host}/*" for host, _country in sites.SITES} == set(script["matches"])


def test_a_stand_in_for_vinted_is_offered_first(settings: Settings) -> None:
    settings.VINTED = {**settings.VINTED, "site": "127.0.0.1:8081"}
    assert sites.offered()[0][0] == "127.0.0.1:8081"
    assert len(sites.offered()) == len(sites.SITES) + 1
