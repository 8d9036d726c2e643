"""Why a plugin sent nothing, or has no answer, in words for the seller's support."""

from __future__ import annotations

from tasks.sentences import sentence

REASONS: dict[str, str] = {
    "no_tab": sentence("No page of Vinted was open."),
    "signed_out": sentence("Nobody was signed in at Vinted."),
    "challenge": sentence("Vinted asked whether a person sits there."),
    "wrong_user": sentence("Another member was signed in at Vinted."),
    "not_allowed": sentence("The plugin may not make such a call."),
    "file": sentence("The photo did not arrive whole in the browser."),
    "busy": sentence("The browser was at work on another call."),
    "vinted": sentence("Vinted did not say who is signed in."),
    "network": sentence("The browser's connection to Vinted was cut."),
    "time": sentence("Vinted took too long."),
    "tab": sentence("The page of Vinted was closed meanwhile."),
    "browser": sentence("The browser was closed meanwhile."),
    "too_long": sentence("Vinted's answer was too long."),
}
"""By the reasons of the protocol's results."""
