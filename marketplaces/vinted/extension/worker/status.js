/** How things stand, for the pop-up and the badge on the plugin's button. */

import { browser } from "../shared/browser.js";

const BADGES = {
  connected: { text: "", color: "#1a7f4b" },
  waiting: { text: "…", color: "#8a6100" },
  error: { text: "!", color: "#b3261e" },
};

/** What only a person can set right. */
const ERRORS = new Set([
  "challenge",
  "stopped",
  "other_account",
  "other_seller",
  "refused_token",
  "refused_version",
  "refused_message",
]);

/**
 * What the pop-up shows, plain JSON.
 *
 * `tone` is off, connected, waiting or error; `why` is the key of the sentence that says more.
 */
export function statusOf({ link, pages, commands, journal }) {
  const { vinted } = pages;
  const { welcome } = link;
  const why = reasonOf(link, vinted);
  const { id, what, at, result } = journal.last ?? {};
  return {
    why,
    tone: toneOf(why),
    account: welcome?.account ?? "",
    site: welcome?.site ?? "",
    memberOf: welcome?.member_of ?? "",
    vinted,
    message: link.refusal?.message ?? "",
    leastVersion: link.refusal?.least_version ?? "",
    underWay: commands.underWay,
    last: id ? { what, at, ...endOf(result) } : null,
  };
}

/** Of a command that nobody is at: one without a result was cut off. */
function endOf(result) {
  const { outcome = "unknown", status = null, reason = "browser" } = result ?? {};
  return { outcome, status, reason };
}

function reasonOf(link, vinted) {
  if (link.phase === "off" || link.phase === "connecting") {
    return link.phase;
  }
  if (link.phase !== "connected") {
    return link.refusal ? `refused_${link.refusal.reason}` : "unreachable";
  }
  return link.welcome.stopped && vinted.state !== "challenge" ? "stopped" : whose(link.welcome, vinted);
}

function whose({ user_id: expected, member_of: other }, { state, user_id: shown }) {
  if (shown === null || shown === expected) {
    return state;
  }
  if (other !== null) {
    return other === "" ? "other_seller" : "other_account"; // of another seller no name is told
  }
  return expected === null ? "connecting" : "wrong_user"; // nobody's yet, as the server will say
}

function toneOf(why) {
  if (why === "off") {
    return "off";
  }
  if (why === "ready") {
    return "connected";
  }
  return ERRORS.has(why) ? "error" : "waiting";
}

export function showBadge({ tone }) {
  const { text, color } = BADGES[tone] ?? { text: "", color: "#666666" };
  browser.action.setBadgeText({ text });
  browser.action.setBadgeBackgroundColor({ color });
}
