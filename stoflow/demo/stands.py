"""The stand-ins for the marketplaces, each a process, and the seller that it knows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from marketplaces.models import Account
from marketplaces.sandbox.control import SandboxControl
from marketplaces.sandbox.etsy.control import EtsyControl
from marketplaces.sandbox.process import SandboxProcess
from marketplaces.sandbox.vinted.control import VintedControl
from stoflow.demo.processes import end_with_demo
from tasks.dispatch.pulse import process_exists

SELLER = "demo"
READ_LAG = 0.5
REDIRECT_NAME = "StoFlow-demo"
# Short enough to watch; the real values are those of the settings.
PACE = {"deadline_seconds": 8.0, "settle_seconds": 2.0}
BROWSER_PACE = {
    "deadline_seconds": 30.0,
    "settle_seconds": 2.0,
    "open_seconds": 8.0,
    "answer_seconds": 5.0,
    "read_pause": [0.0, 0.1],
    "write_pause": [0.0, 0.2],
    # Long enough for the account to be seen resting.
    "long_pause": [1.5, 2.5],
    "long_pause_every": 30,
}
COLOURS = {
    "noir": "1",
    "marron": "2",
    "fauve": "2",
    "gris": "3",
    "beige": "4",
    "rose": "5",
    "rouge": "7",
    "jaune": "8",
    "bleu": "9",
    "vert": "10",
    "blanc": "12",
    "marine": "27",
    "écru": "20",
    "black": "1",
    "brown": "2",
    "blue": "9",
    "white": "12",
    "cream": "20",
}


@dataclass(frozen=True, slots=True)
class Stand:
    """One marketplace's stand-in."""

    marketplace: str
    process: SandboxProcess
    control: SandboxControl
    settings: Mapping[str, Any]
    """What takes the place of the settings of this marketplace."""
    chosen: Mapping[str, Any]
    """The seller's settings for the account."""
    refresh_token: str = ""
    password: str = ""

    @property
    def environment(self) -> dict[str, str]:
        """The same settings, for the processes that the demo starts."""
        prefix = self.marketplace.upper()
        return {f"{prefix}_{name.upper()}": _text(value) for name, value in self.settings.items()}

    def keep_running(self) -> None:
        """Start it again, on the same state and ports, when somebody has killed it."""
        if not process_exists(self.process.pid):
            self.process.restart()

    def account(self) -> Account:
        """The seller's account, with what they have chosen; made on the first run."""
        account, _ = Account.objects.get_or_create(marketplace=self.marketplace, name="Demo shop")
        account.settings = dict(self.chosen)
        if account.refresh_token != self.refresh_token:
            account.refresh_token = self.refresh_token
            account.access_token, account.access_token_expires_at = "", None
        account.save()
        return account


@contextmanager
def ebay() -> Iterator[Stand]:
    with _running("ebay", "sandbox") as process:
        control = SandboxControl(process.control_url)
        seller = control.seller(SELLER)
        url = process.api_url
        own = {
            "oauth_url": f"{url}/identity/v1/oauth2",
            "inventory_url": f"{url}/sell/inventory/v1",
            "account_url": f"{url}/sell/account/v1",
            "media_url": f"{url}/commerce/media/v1_beta",
            "fulfillment_url": f"{url}/sell/fulfillment/v1",
            "identity_url": f"{url}/commerce/identity/v1",
            "taxonomy_url": f"{url}/commerce/taxonomy/v1",
            "consent_url": f"{url}/oauth2/authorize",
            "redirect_name": REDIRECT_NAME,
            "client_id": seller["client_id"],
            "client_secret": seller["client_secret"],
            **PACE,
        }
        chosen = {
            "marketplace_id": seller["marketplace_id"],
            "fulfillment_policy_id": seller["fulfillment_policy_id"],
            "payment_policy_id": seller["payment_policy_id"],
            "return_policy_id": seller["return_policy_id"],
            "merchant_location_key": seller["merchant_location_key"],
            "category_id": "15687",
            "condition": "NEW",
            "conditions": {"used": "USED_GOOD", "refurbished": "SELLER_REFURBISHED"},
        }
        settings.EBAY.update(own)
        yield Stand("ebay", process, control, own, chosen, seller["refresh_token"])


@contextmanager
def etsy() -> Iterator[Stand]:
    with _running("etsy", "etsy") as process:
        control = EtsyControl(process.control_url)
        seller = control.shop(SELLER)
        url = process.api_url
        own = {
            "oauth_url": f"{url}/v3/public/oauth",
            "api_url": url,
            "consent_url": f"{url}/oauth/connect",
            "keystring": seller["client_id"],
            "shared_secret": seller["client_secret"],
            "calls_per_second": 1000,
            "calls_per_day": 1_000_000,
            **PACE,
        }
        names = ("shop_id", "shipping_profile_id", "readiness_state_id", "return_policy_id")
        facts: dict[str, Any] = dict(seller)
        chosen = {name: str(facts[name]) for name in names if facts[name]}
        chosen |= {"currency": seller["currency"], "taxonomy_id": "482"}
        settings.ETSY.update(own)
        yield Stand("etsy", process, control, own, chosen, seller["refresh_token"])


@contextmanager
def vinted() -> Iterator[Stand]:
    with _running("vinted", "vinted") as process:
        control = VintedControl(process.control_url)
        seller = control.member(SELLER)
        site = urlsplit(process.api_url).netloc
        own = {"site": site, **BROWSER_PACE}
        chosen = {
            "site": site,
            "catalog_id": "156",
            # Vinted's handbags have no size.
            "lists": {"sizes": {"156": {}}},
            "brand": "Without label",
            "color_id": "15",
            "colors": COLOURS,
            "conditions": {"refurbished": "3"},
        }
        settings.VINTED.update(own)
        yield Stand("vinted", process, control, own, chosen, password=seller["password"])


@contextmanager
def _running(marketplace: str, name: str) -> Iterator[SandboxProcess]:
    """On the state of earlier runs."""
    state = Path(settings.VAR_DIR) / "demo" / f"{name}.sqlite3"
    with SandboxProcess.start(
        state, marketplace=marketplace, read_lag=READ_LAG, before_exec=end_with_demo
    ) as process:
        yield process


def _text(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)
