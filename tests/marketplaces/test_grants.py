"""Odd answers of a token endpoint: the tokens are kept, what is odd beside them is unsaid."""

from __future__ import annotations

import json
from typing import Any

import pytest

from marketplaces import grants


def read(**told: Any) -> grants.Grant:
    answer = {"access_token": "a", "refresh_token": "r", "expires_in": 60, **told}
    return grants.read_grant(json.dumps(answer).encode())


@pytest.mark.parametrize("scope", [5, None, {}, ["a"], "", "  "])
def test_a_scope_that_is_no_text_was_not_said(scope: object) -> None:
    assert read(scope=scope).scopes is None


def test_scopes_are_parted_by_blanks() -> None:
    assert read(scope="a  b").scopes == frozenset({"a", "b"})


@pytest.mark.parametrize("seconds", ["soon", None, [], {}, float("inf"), float("nan"), -5, "²"])
def test_a_lifetime_that_is_none_is_over(seconds: object) -> None:
    assert read(expires_in=seconds).lifetime == 0


@pytest.mark.parametrize("seconds", [1e30, 10**12, 10**400, "1e9"])
def test_a_lifetime_beyond_any_token_s_is_cut(seconds: object) -> None:
    assert read(expires_in=seconds).lifetime in (366 * 86_400, 0)


@pytest.mark.parametrize("token", [5, [], "", "a\nb", "é", "\ud800", None])
def test_a_token_that_no_header_can_carry_is_none(token: object) -> None:
    with pytest.raises(grants.UnreadableAnswerError):
        read(access_token=token)


@pytest.mark.parametrize("body", [b"", b"[]", b"5", b"{}", b"\xff", b"[" * 200_000])
def test_what_is_no_answer_is_unreadable(body: bytes) -> None:
    with pytest.raises(grants.UnreadableAnswerError):
        grants.read_grant(body)
