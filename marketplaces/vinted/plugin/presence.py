"""What is known of an account's plugin and its browser, as staff read it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from marketplaces.models import CommandStatus, PluginCommand, PluginToken
from marketplaces.vinted.plugin.absence import Place, of_place, places


@dataclass(frozen=True, slots=True)
class Presence:
    """One account's plugin now."""

    place: Place | None
    absence: str
    """Why nothing can be done through it, as a sentence; "" when it is ready."""

    @property
    def is_there(self) -> bool:
        return self.place is not None and self.place.is_there

    @property
    def is_ready(self) -> bool:
        return not self.absence

    @property
    def since(self) -> datetime | None:
        """Since when it is connected, or is not; None: it never was."""
        if self.place is None:
            return None
        row = self.place.row
        return row.connected_at if self.is_there else row.gone_at or row.seen_at

    @property
    def rests_until(self) -> datetime | None:
        """The next call waits until then; None: it need not wait."""
        until = self.place.row.rests_until if self.place else None
        return until if until and until > timezone.now() else None


@dataclass(frozen=True, slots=True)
class Browser:
    """Everything that an account's page says of it."""

    presence: Presence
    code: PluginToken | None
    """The connection code that is good, or the last one that was; None: there never was one."""
    last_answer_at: datetime | None


def of_accounts(account_ids: Iterable[int]) -> dict[int, Presence]:
    """Of each of these accounts; one query."""
    ids = list(account_ids)
    found = places(ids)
    return {each: Presence(found.get(each), of_place(found.get(each))) for each in ids}


def browser_of(account_id: int) -> Browser:
    """Three queries."""
    codes = PluginToken.objects.filter(account=account_id).defer("digest")
    answered = PluginCommand.objects.filter(
        account=account_id, status=CommandStatus.ANSWERED.value
    ).order_by("-created_at")
    return Browser(
        presence=of_accounts([account_id])[account_id],
        code=codes.order_by("-pk").first(),
        last_answer_at=answered.values_list("ended_at", flat=True).first(),
    )
