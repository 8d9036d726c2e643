"""What a seller has to know before StoFlow works at Vinted for them, and who confirmed that."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from tasks.models import StaffActionOutcome
from tasks.sentences import sentence

NOTICE = (
    _(
        "Vinted offers no interface for programs. StoFlow lists through a plugin in the seller's "
        "own browser, in the seller's own session, one call at a time and with pauses."
    ),
    _(
        "Automating Vinted may breach Vinted's terms of use. Vinted may restrict or close the "
        "member's account for it."
    ),
    _(
        "StoFlow never tries to get around a protection: when Vinted asks whether a person sits "
        "there, or refuses, the work stops until a person has dealt with it."
    ),
    _("Whether to use it is the seller's decision, and theirs alone."),
)
AGREEMENT = _(
    "The seller knows that automating Vinted may breach its terms of use, and has decided to do it."
)
CONFIRMED = sentence(
    "Confirmed: the seller knows that automating Vinted may breach its terms of use, and has "
    "decided to do it. The account and its connection code are made."
)
KIND = "connect_plugin"


def confirmed(account_id: int) -> StaffActionOutcome | None:
    """Who ticked the box for the account, and when, with its action; None: nobody has."""
    lines = StaffActionOutcome.objects.filter(account_id=account_id, action__kind=KIND, done=True)
    return lines.select_related("action").order_by("pk").first()
