// Keeps the page of a job up to date, and leaves alone what a person is using.

import { keepFocus } from "./focus.js";
import { isOutgrown, layOut, readAxis } from "./job_axis.js";
import { freshen, openRows } from "./job_rows.js";

const MARK = "X-StoFlow-Job";
const EVERY_MS = 2000;
const SLOWER_MS = 10000;
const SLOWEST_MS = 60000;
const REDRAWN_EVERY_MS = 60000; // “2 minutes ago” grows old while nothing happens

const live = () => document.getElementById("job-live");
const sent = new Map(); // what the server last said of each piece that has no version

let failures = 0;
let drawnAt = Date.now();
let goodUntil = new Date();
let timer = 0;

/** Whether a person selects, types, or has typed something that is not sent yet. */
function isInUse(root) {
  const selection = document.getSelection();
  if (selection && !selection.isCollapsed && root.contains(selection.anchorNode)) return true;
  if (document.activeElement?.matches("input:not([type=hidden]), textarea, select") && root.contains(document.activeElement)) return true;
  return [...root.querySelectorAll("input:not([type=hidden]), textarea")].some((field) => field.value !== field.defaultValue);
}

function say(text, state) {
  const note = document.getElementById("job-freshness");
  note.hidden = !text;
  note.dataset.state = state;
  if (note.textContent !== text) note.textContent = text;
  return note;
}

const written = (state, ...values) => {
  const text = document.getElementById("job-freshness").dataset[state];
  return values.reduce((said, value) => said.replace("%s", value), text);
};

function saySignedOut() {
  const { signIn, signInUrl } = document.getElementById("job-freshness").dataset;
  const link = document.createElement("a");
  link.href = `${signInUrl}?next=${encodeURIComponent(window.location.pathname)}`;
  link.textContent = signIn;
  say(written("signedOut"), "stale").append(" ", link);
}

function schedule() {
  window.clearTimeout(timer);
  if (live().dataset.live !== "yes") {
    say("", "done");
    return;
  }
  const wait = failures ? Math.min(SLOWER_MS * failures, SLOWEST_MS) : EVERY_MS;
  timer = window.setTimeout(refresh, wait);
}

function refresh() {
  if (document.hidden) return; // begins again once the tab is shown
  if (isInUse(live())) {
    say(written("paused"), "paused");
    schedule();
    return;
  }
  window.htmx.trigger(live(), "refresh");
}

function configure(event) {
  if (event.detail.elt !== live()) return;
  const isOld = Date.now() - drawnAt > REDRAWN_EVERY_MS;
  event.detail.parameters.version = isOutgrown() || isOld ? "" : live().dataset.version;
  event.detail.parameters.open = openRows().join(",");
}

function received(event) {
  if (event.detail.elt !== live()) return;
  const { xhr } = event.detail;
  if (xhr.status === 404 || xhr.status === 403) {
    say(written("gone"), "stale");
    return;
  }
  if (xhr.status >= 200 && xhr.status < 300 && !xhr.getResponseHeader(MARK)) {
    saySignedOut();
    return;
  }
  if (xhr.status < 200 || xhr.status >= 300) {
    failures += 1;
    say(written("stale", goodUntil.toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" })), "stale");
    schedule();
    return;
  }
  failures = 0;
  goodUntil = new Date();
  say(written("live"), "live");
  if (xhr.status === 200 && !isInUse(live())) takeOver(xhr.responseText);
  schedule();
}

function takeOver(html) {
  drawnAt = Date.now();
  const fresh = new DOMParser().parseFromString(html, "text/html").getElementById("job-live");
  const putFocusBack = keepFocus();
  for (const piece of fresh.querySelectorAll(".job-piece")) replacePiece(piece);
  const head = document.getElementById("job-head");
  head.dataset.mood = fresh.querySelector("#job-head").dataset.mood;
  document.getElementById("tl-axis").replaceWith(fresh.querySelector("#tl-axis"));
  freshen(fresh.querySelector("#tl-rows"));
  readAxis();
  layOut(live());
  announce(fresh);
  Object.assign(live().dataset, fresh.dataset);
  putFocusBack();
}

function replacePiece(piece) {
  const old = document.getElementById(piece.id);
  if (!old) return;
  const said = piece.dataset.version ?? piece.innerHTML;
  if (said === (sent.get(piece.id) ?? old.dataset.version)) return;
  sent.set(piece.id, said);
  old.replaceWith(piece);
  window.htmx.process(piece);
}

function announce(fresh) {
  if (fresh.dataset.mood === live().dataset.mood) return;
  document.getElementById("job-announcement").textContent = fresh.dataset.announcement;
}

/** Begin, where there is something to wait for. */
export function keepFresh() {
  document.body.addEventListener("htmx:configRequest", configure);
  document.body.addEventListener("htmx:afterRequest", received);
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && live().dataset.live === "yes") refresh();
  });
  if (live().dataset.live === "yes") say(written("live"), "live");
  schedule();
}
