"""What can be turned on a running Etsy, beside what all marketplaces of the sandbox have."""

from dataclasses import dataclass

from marketplaces.sandbox.settings import DAY, Settings
from marketplaces.sandbox.state import State


@dataclass
class EtsySettings(Settings):
    access_token_lifetime: float = 3_600.0
    """Etsy's `expires_in`: one hour."""

    refresh_token_lifetime: float = 90 * DAY

    code_lifetime: float = 120.0
    """Of an authorization code."""

    limit_per_second: int = 0
    """Requests of one app key, all sellers together; 0 = unlimited and not spoken of."""

    limit_per_day: int = 0
    """The same for a sliding window of 24 hours."""

    send_retry_after: int = 1
    """0 = a 429 comes without `retry-after`, as it used to."""

    page_repeats: int = 0
    """So many listings of the page before are shown again on every later page (open-api#510)."""

    page_skips: int = 0
    """So many listings are passed over between two pages, as if others had gone meanwhile."""


def settings_of(state: State) -> EtsySettings:
    if not isinstance(state.settings, EtsySettings):
        raise TypeError("this state is not Etsy's")
    return state.settings
