"use strict";

// What the page shows. Nothing here changes it.

const CHALLENGES = [
  'iframe[src*="datadome"]',
  'iframe[src*="captcha"]:not([src*="recaptcha"])',
  'iframe[src*="recaptcha"][src*="/bframe"]', // the question; the badge is on every page
  "#datadome-captcha",
  ".geetest_panel",
  'iframe[src*="challenges.cloudflare.com"]',
  "#challenge-form",
  "#challenge-running",
].join(",");
// Not the protection's name alone, which is in every page of the site.
const CHALLENGE_WORDS = /captcha-delivery|cf_chl|verify you are human/i;

/** Whether the page asks if a person sits here. */
function showsChallenge() {
  const found = [...document.querySelectorAll(CHALLENGES)];
  return found.some((element) => element.checkVisibility({ visibilityProperty: true }));
}

/**
 * Whether Vinted, asked who is signed in, wants to know first if a person sits here. To that
 * question only somebody who is kept out is forbidden the answer.
 */
function isChallenge(response, text) {
  if (response.status === 403 || response.headers.get("cf-mitigated") === "challenge") {
    return true;
  }
  return response.status < 500 && isPage(text) && asksForAPerson(text);
}

function isPage(text) {
  return text.trimStart().startsWith("<");
}

/** Of a page that is not shown: nothing in it is loaded or run. */
function asksForAPerson(text) {
  const page = new DOMParser().parseFromString(text, "text/html");
  return CHALLENGE_WORDS.test(text) || page.querySelector(CHALLENGES) !== null;
}

/** Vinted's own token against forged requests, from the page's scripts; null if there is none. */
function csrfToken() {
  const pattern = /\\*"CSRF_TOKEN\\*"\s*:\s*\\*"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\\*"/i;
  for (const script of document.scripts) {
    const found = script.src ? null : pattern.exec(script.textContent);
    if (found) {
      return found[1];
    }
  }
  return null;
}

/** The cookie that Vinted's own scripts send as X-Anon-Id; null if there is none. */
function anonId() {
  const cookies = document.cookie.split("; ").map((cookie) => cookie.split("="));
  return cookies.find(([name]) => name === "anon_id")?.[1] ?? null;
}
