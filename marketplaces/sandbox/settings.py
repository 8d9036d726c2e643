"""What can be turned on a running sandbox. All durations are in seconds."""

import dataclasses
from collections.abc import Mapping
from typing import Any

DAY = 86_400.0


@dataclasses.dataclass
class Settings:
    read_lag: float = 0.0
    """How far reads of items and offers are behind the writes."""

    access_token_lifetime: float = 7_200.0
    """eBay's `expires_in` of a user token: two hours."""

    image_lifetime: float = 30 * DAY
    """How long a picture that no live listing uses is kept; eBay documents 30 days."""

    media_posts_per_5_seconds: int = 0
    """eBay's Media API allows a user 50; 0 = unlimited, so that tests need not wait."""

    revisions_per_day: int = 250
    """How often eBay lets one listing be revised in a calendar day."""

    asks_for_aspects: int = 0
    """1 = categories have required aspects, which the Taxonomy API tells and publishing enforces."""

    items_repeated_per_page: int = 0
    """How many items of each page are shown again on the next one."""

    items_skipped_per_page: int = 0
    """How many items are shown on no page, between each two: as if as many had gone meanwhile."""

    def change(self, values: Mapping[str, Any]) -> None:
        """Set those that are named; nothing is set when one of them is unknown or negative."""
        known = {each.name: each.type for each in dataclasses.fields(self)}
        for name, value in values.items():
            if name not in known:
                raise ValueError(f"there is no setting {name!r}; known: {', '.join(known)}")
            if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
                raise ValueError(f"{name} takes a number of 0 or more, not {value!r}")
        for name, value in values.items():
            setattr(self, name, int(value) if known[name] is int else float(value))

    def as_dict(self) -> dict[str, float]:
        return dataclasses.asdict(self)
