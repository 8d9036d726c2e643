"""What can be turned on a running Vinted, beside what all marketplaces of the sandbox have."""

from dataclasses import dataclass

from marketplaces.sandbox.settings import DAY, Settings
from marketplaces.sandbox.state import State


@dataclass
class VintedSettings(Settings):
    image_lifetime: float = DAY
    """How long an uploaded photo's id is good while no item has it. Unconfirmed: how long."""

    session_lifetime: float = 7 * DAY

    anonymous_without_401: int = 0
    """1 = `users/current` answers a visitor who is not signed in with 200 and a user without
    `login`; 0 = with 401. Both were seen."""

    escaped_page_data: int = 0
    r"""1 = the page's script has its data as `\"CSRF_TOKEN\":\"…\"`, as in a string of a string."""

    drafts_can_be_read: int = 1
    """0 = `item_upload/items/{id}` is 404 for a draft, too; the sources differ."""

    least_seconds_between_calls: float = 0.0
    """Calls of one user that come quicker are violations; 0 = any pace will do. The question who
    is signed in doesn't count."""


def settings_of(state: State) -> VintedSettings:
    if not isinstance(state.settings, VintedSettings):
        raise TypeError("this state is not Vinted's")
    return state.settings
