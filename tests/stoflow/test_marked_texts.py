"""No text that staff read was left out of the message catalogues.

Every marked text is shown in brackets, so that English outside of them was never marked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.mofile import write_mo
from django.conf import LazySettings
from django.utils.translation import trans_real

from stoflow import messages
from stoflow.tenants.models import Tenant
from tasks import sentences
from tests.tasks.admin.conftest import PUBLIC, TENANT, Browser, superuser, text_of
from tests.tasks.admin.pressing import words_of
from tests.tasks.conftest import Bench, bench

__all__ = ["bench", "superuser"]

ENGLISH = re.compile(
    r"\b(?:the|of|and|with|is|are|was|not|no|yet|for|from|by|to|this|that|jobs?|products?|waiting|"
    r"failed|done|accounts?|batch(?:es)?|listings?|orders?|sales?|welcome|back)\b",
    re.IGNORECASE,
)
THE_TOY_MARKETS = re.compile(
    r"The toy market refuses this\.|Paint it red\.|(?:Create|Publish) listing|<pre.*?</pre>",
    re.DOTALL,
)
"""A handler of the tests says these, and a traceback is in no language."""
MARKED = re.compile(r"⟦[^⟦⟧]*⟧")
PAGES = [
    PUBLIC,
    f"{PUBLIC}tenants/tenant/",
    f"{PUBLIC}dispatch/lane/",
    TENANT,
    f"{TENANT}tasks/marketplacejob/",
    f"{TENANT}tasks/marketplacejob/causes/",
    f"{TENANT}tasks/marketplacejob/{{job}}/change/",
    f"{TENANT}tasks/marketplacejob/actions/preview/?do=retry&id__in={{job}}",
    f"{TENANT}tasks/batchjob/",
    f"{TENANT}tasks/staffaction/",
    f"{TENANT}tasks/marketplacejobstats/",
    f"{TENANT}marketplaces/product/",
    f"{TENANT}marketplaces/product/import/",
    f"{TENANT}marketplaces/product/{{product}}/change/",
    f"{TENANT}marketplaces/listing/",
    f"{TENANT}marketplaces/account/",
    f"{TENANT}marketplaces/account/{{account}}/change/",
    f"{TENANT}marketplaces/order/",
    f"{TENANT}marketplaces/sale/",
]


@pytest.fixture
def in_brackets(tmp_path: Path, settings: LazySettings) -> Iterator[None]:
    """French is English in brackets."""

    def forget() -> None:
        vars(trans_real)["_translations"].clear()
        sentences.forget_catalogues()

    catalogue = messages.extracted()
    for message in catalogue:
        if isinstance(message.id, tuple):
            message.string = tuple(f"⟦{each}⟧" for each in message.id)
        elif message.id:
            message.string = f"⟦{message.id}⟧"
    path = tmp_path / "fr" / "LC_MESSAGES" / "django.mo"
    path.parent.mkdir(parents=True)
    with path.open("wb") as compiled:
        write_mo(compiled, catalogue)
    settings.LOCALE_PATHS = [tmp_path]
    forget()
    yield
    forget()


def unmarked(text: str) -> str:
    """What is left without the brackets."""
    while (shorter := MARKED.sub(" ", text)) != text:
        text = shorter
    return text


@pytest.mark.usefixtures("in_brackets")
def test_no_page_shows_english_that_was_never_marked(
    bench: Bench, superuser: Browser, tenant: Tenant
) -> None:
    job = bench.work_until_ended(bench.request(script={"create": ["permanent"]}))
    ids = {"job": job.pk, "product": job.product_id, "account": bench.account.pk}
    superuser.client.cookies["django_language"] = "fr"
    found = []
    for page in PAGES:
        address, _, query = page.format(**ids).partition("?")
        parameters = dict(part.split("=") for part in query.split("&") if part)
        html = THE_TOY_MARKETS.sub(" ", text_of(superuser.get(address, **parameters)))
        text = unmarked(words_of(html))
        found += [
            f"{page}: …{text[max(0, word.start() - 40) : word.end() + 40]}…"
            for word in ENGLISH.finditer(text)
        ]
    assert not found, "\n".join(found)
