"""StoFlow's own access token at a marketplace: for what everybody may read there.

The client credentials grant (RFC 6749 section 4.4). One token serves all tenants and workers until
it ends, and one of them at a time asks for the next.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from marketplaces import http, oauth
from marketplaces.oauth import TokenEndpoint
from marketplaces.shared.models import ApplicationToken
from tasks.errors import PermanentError
from tasks.sentences import sentence

_ASK_OPERATORS = sentence("Tell the operators: StoFlow's request or its settings may be wrong.")


@dataclass(frozen=True, slots=True)
class ApplicationTokens:
    """Gives out the token of StoFlow's application with these scopes."""

    endpoint: TokenEndpoint
    scopes: tuple[str, ...]

    def __call__(self, *, rejected: str = "") -> str:
        """A token to use now; another one than `rejected`.

        ApplicationRefusedError when StoFlow's own credentials are wrong, OutageError when the token
        endpoint does not answer.
        """
        token = self._usable(rejected)
        if not token:
            with oauth.one_at_a_time(f"application:{self._client}"):
                token = self._usable(rejected) or self._new()
        return token

    @property
    def _client(self) -> str:
        return f"{self.endpoint.client_id}@{self.endpoint.url}"[:300]

    def _usable(self, rejected: str) -> str:
        soon = timezone.now() + self.endpoint.margin
        row = ApplicationToken.objects.filter(client=self._client, expires_at__gt=soon).first()
        return row.access_token if row and row.access_token != rejected else ""

    def _new(self) -> str:
        asked_at = timezone.now()
        response = oauth.answer_of(self.endpoint.application(self.scopes), "StoFlow")
        if not response.is_success:
            raise oauth.refusal_of_application(response, "StoFlow") or self._refusal(response)
        granted = oauth.granted_by(response)
        ApplicationToken.objects.update_or_create(
            client=self._client,
            defaults={
                "access_token": granted.access_token,
                "expires_at": asked_at + timedelta(seconds=granted.lifetime),
            },
        )
        return granted.access_token

    def _refusal(self, response: http.Response) -> PermanentError:
        told = {"host": response.request.host, "reason": oauth.reason_of(response)}
        words = sentence("{host} gave StoFlow no sign-in of its own ({reason}).", **told)
        return PermanentError(words, advice=_ASK_OPERATORS, evidence=response.evidence)
