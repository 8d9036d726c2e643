"""Changing what a seller has chosen on an account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import Count, F

from marketplaces.connecting.fields import Table
from marketplaces.models import Account, Product
from tasks import staff_actions
from tasks.models import StaffActionOutcome
from tasks.sentences import sentence
from tasks.staff_actions import Wish
from tasks.wording import account_words

KIND = "change_settings"
MOST_WORDS = 500


def save(account: Account, values: Mapping[str, Any], *, by: str) -> bool:
    """Set these fields and leave all others; an empty value takes the field away.

    False, and nothing is recorded, when that changes nothing.
    """
    with transaction.atomic():
        row = Account.objects.select_for_update(no_key=True).get(pk=account.pk)
        kept = {name: value for name, value in row.settings.items() if name not in values}
        wanted = kept | {name: value for name, value in values.items() if value}
        if wanted == row.settings:
            return False
        row.settings = wanted
        row.save(update_fields=["settings", "updated_at"])
        _record(row, by)
    account.settings = wanted
    return True


def words_of_products(table: Table) -> dict[str, int]:
    """The seller's own words that the table is about, and how many products use each.

    The most used ones first; "" for products without one.
    """
    if not table.known_words:
        return {}
    counted = Product.objects.values(word=F(table.known_words)).annotate(number=Count("pk"))
    return {
        each["word"]: each["number"] for each in counted.order_by("-number", "word")[:MOST_WORDS]
    }


def _record(account: Account, by: str) -> None:
    words = account_words(account.name, account.marketplace)
    wish = Wish(KIND, by=by, scope_words=words, scope={"account": account.pk}, expected=1)
    action, _is_new = staff_actions.begin(wish)
    line = StaffActionOutcome(
        account_id=account.pk,
        subject=words,
        done=True,
        sentence=sentence("The settings are changed."),
    )
    staff_actions.record(action, [line])
