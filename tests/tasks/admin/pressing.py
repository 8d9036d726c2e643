"""Acting as a person does: choose, read the preview, confirm, read what came of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.contrib.auth.models import User
from django.http import HttpResponse

from tasks.models import BatchJob, MarketplaceJob, StaffAction
from tests.tasks.admin.conftest import TENANT, Browser, text_of

JOBS = f"{TENANT}tasks/marketplacejob/"
BATCHES = f"{TENANT}tasks/batchjob/"
PREVIEW = f"{JOBS}actions/preview/"
DO = f"{JOBS}actions/do/"
ACTIONS = f"{TENANT}tasks/staffaction/"


@dataclass
class Previewed:
    """A preview page: what it says, and its form."""

    text: str
    fields: dict[str, Any]
    target: str

    def lost(self, browser: Browser) -> str:
        """The session is over when it is confirmed: what is met after signing in again."""
        user = browser.client.session["_auth_user_id"]
        browser.client.logout()
        asked: Any = self.confirm(browser)
        assert "Sign in to go on" in words_of(text_of(asked))
        [page] = parse_qs(urlsplit(asked.redirect_chain[-1][0]).query)["next"]
        browser.client.force_login(User.objects.get(pk=user))
        answer = browser.follow(page)
        assert answer.status_code == 200
        return words_of(text_of(answer))

    def confirm(self, browser: Browser, reason: str = "", **changed: Any) -> HttpResponse:
        return browser.post(
            self.target, follow=True, **{**self.fields, "reason": reason, **changed}
        )


def words_of(html: str) -> str:
    """What a person reads of a page."""
    text = re.sub(r"<(script|style)\b.*?</\1>", " ", html, flags=re.DOTALL)
    words = " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split())
    return re.sub(r" (?=[.,:;?])", "", words)


def read(answer: HttpResponse) -> Previewed:
    assert answer.status_code == 200
    html = text_of(answer)
    [form] = re.findall(r'<form[^>]*class="sf-confirm".*?</form>', html, re.DOTALL)
    [target] = re.findall(r'action="([^"]+)"', form)
    hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form)
    hidden += re.findall(r'<input type="hidden" name="([^"]+)"(?! value)[^>]*()>', form)
    return Previewed(
        words_of(html), {name: unescape(value) for name, value in hidden}, unescape(target)
    )


def preview(browser: Browser, do: str, page: str = PREVIEW, **filters: Any) -> Previewed:
    return read(browser.get(page, do=do, **filters))


def preview_of(browser: Browser, do: str, *jobs: MarketplaceJob) -> Previewed:
    return preview(browser, do, id__in=",".join(str(job.pk) for job in jobs))


def choose(
    browser: Browser, do: str, *rows: MarketplaceJob | BatchJob, page: str = JOBS, **more: Any
) -> Previewed:
    """From a list: tick the rows, take the action, and be led to its preview."""
    answer = browser.post(
        page, action=do, index=0, _selected_action=[row.pk for row in rows], **more
    )
    assert answer.status_code == 302
    where = urlsplit(answer["Location"])
    return read(browser.get(where.path, **{k: v[0] for k, v in parse_qs(where.query).items()}))


def press(browser: Browser, do: str, *jobs: MarketplaceJob, reason: str = "") -> str:
    """Preview, confirm, and the words of the page of what came of it."""
    answer = preview_of(browser, do, *jobs).confirm(browser, reason)
    assert answer.status_code == 200
    return words_of(text_of(answer))


def newest() -> StaffAction:
    return StaffAction.objects.latest("pk")


def go_on(browser: Browser, action: StaffAction, cursor: int | None = None) -> HttpResponse:
    """As the page of a running action does by itself."""
    action.refresh_from_db()
    at = action.cursor if cursor is None else cursor
    return browser.post(f"{ACTIONS}{action.pk}/go-on/", cursor=at)
