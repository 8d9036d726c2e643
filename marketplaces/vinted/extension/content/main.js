"use strict";

// What the worker may ask of this page, one command at a time. Before the seller has connected the
// plugin, nothing is asked and nothing is called.

const api = globalThis.browser ?? globalThis.chrome;
const LEAVE_MS = 5000;
const SOON_MS = 1000;
const QUIET_MS = 60_000; // after a 429 that does not say how long
const LONGEST_QUIET_MS = 3_600_000;

/** This document, for the journal: a reloaded page is another one. */
const itself = crypto.randomUUID();

let port = null;
let connectedAt = 0;
let quietUntil = 0; // Vinted asked not to be asked before
let nextLook = null;
let command = null; // {id, request, pieces, since, going: AbortController | null}

const QUESTIONS = {
  look: () => look(),
  prepare: (message) => prepare(message),
  arm: ({ id }) => arm(id),
  go: ({ id, seconds }) => go(id, seconds),
  abort: ({ id }) => isAbout(id) && command.going?.abort(),
  drop: ({ id }) => isAbout(id) && !command.going && (command = null),
};

function connect() {
  if (port || !api.runtime?.id) {
    return; // the plugin was updated or removed: this script belongs to nobody
  }
  connectedAt = performance.now();
  const made = api.runtime.connect({ name: "page" });
  made.onMessage.addListener((message) => QUESTIONS[message.type]?.(message));
  made.onDisconnect.addListener(() => port === made && lose());
  port = made;
  const running = command?.going ? command.id : null;
  const loadedAt = performance.timeOrigin;
  tell({ type: "page", document: itself, host: location.host, running, loadedAt, token: csrfToken() });
  look();
}

/** The worker was stopped. It starts again because somebody connects to it. */
function lose() {
  port = null;
  if (!command?.going) {
    command = null; // whoever asked for it is gone, and asks again
  }
  // At once, as a hidden tab's timers may wait for a minute; but not in circles.
  if (performance.now() - connectedAt > SOON_MS) {
    connectIfWanted();
  } else {
    setTimeout(connectIfWanted, SOON_MS);
  }
}

async function connectIfWanted() {
  if (!api.runtime?.id) {
    return;
  }
  const { connection } = await api.storage.local.get("connection");
  if (connection) {
    connect();
  } else if (!command?.going) {
    port?.disconnect();
    port = null;
  }
}

function tell(message) {
  try {
    port?.postMessage(message);
  } catch {
    // Disconnected meanwhile, which `lose` hears of.
  }
}

async function look() {
  if (!port) {
    return;
  }
  if (performance.now() < quietUntil && !showsChallenge()) {
    lookLater();
    return;
  }
  try {
    tell({ type: "saw", ...(await ask()) });
  } catch {
    // Vinted could not say: what was known of the page stands.
  }
}

function lookLater() {
  clearTimeout(nextLook);
  nextLook = setTimeout(look, quietUntil - performance.now());
}

/** Who is signed in. Notes for how long Vinted wants to be left alone. */
async function ask() {
  try {
    return await whoIsSignedIn();
  } catch (error) {
    if (error.status === 429) {
      quietUntil = performance.now() + quietMs(error.retryAfter);
    }
    throw error;
  }
}

function quietMs(retryAfter) {
  const isSeconds = /^[0-9]+$/.test(retryAfter ?? "");
  return isSeconds ? Math.min(Number(retryAfter) * 1000, LONGEST_QUIET_MS) : QUIET_MS;
}

function isAbout(id) {
  return command?.id === id;
}

/** Takes a command and tells who is signed in, or why it cannot be done here. */
async function prepare({ id, request, pieces, checks }) {
  command = { id, request, pieces, since: null, going: null };
  tell({ type: "prepared", id, ...(await readiness(request, checks)) });
}

async function readiness(request, checks) {
  if (showsChallenge()) {
    return { saw: { state: "challenge", user_id: null, login: null } };
  }
  if (request.method !== "GET" && !csrfToken()) {
    return { reason: "no_tab", detail: "The page holds no CSRF token. Reload it." };
  }
  if (!checks) {
    return {};
  }
  try {
    return { saw: await ask() };
  } catch (error) {
    const { status, retryAfter } = error;
    return { reason: "vinted", detail: String(error), status, retryAfter };
  }
}

/** From here on the five seconds count, by this page's own clocks. */
function arm(id) {
  if (isAbout(id)) {
    command.since = stopwatch();
    tell({ type: "armed", id });
  }
}

async function go(id, seconds) {
  if (!isAbout(id) || command.going || command.since === null || command.since() > LEAVE_MS) {
    tell({ type: "late", id });
    return;
  }
  const { request, pieces } = command;
  const stop = new AbortController();
  command.going = stop;
  // The worker aborts in time; this one is for when it is stopped meanwhile.
  const alarm = setTimeout(() => stop.abort(), seconds * 1000);
  tell({ type: "going", id });
  const { result, parts } = await answerOf(request, pieces, stop.signal);
  clearTimeout(alarm);
  await keep(id, result, parts);
  if (isAbout(id)) {
    command = null;
  }
  tell({ type: "ended", id });
}

/** Stored here, so that it is there whether or not the worker is. */
async function keep(id, result, parts) {
  try {
    await api.storage.local.set({ [`answer:${id}`]: { result, parts } });
  } catch {
    // No room for the body: what Vinted said is worth keeping without it.
    await api.storage.local.set({ [`answer:${id}`]: { result, parts: [] } });
  }
}

/** As shared/stopwatch.js, which a content script cannot import. */
function stopwatch() {
  const steady = performance.now();
  const wall = Date.now();
  return () => Math.max(performance.now() - steady, Date.now() - wall);
}

/** A challenge may appear and be solved without a new page. */
function watchChallenges() {
  let shown = showsChallenge();
  let isDue = false;
  const watcher = new MutationObserver(() => {
    if (isDue) {
      return;
    }
    isDue = true;
    setTimeout(() => {
      isDue = false;
      if (showsChallenge() !== shown) {
        shown = !shown;
        look();
      }
    }, 500);
  });
  watcher.observe(document.documentElement, { childList: true, subtree: true });
}

function start() {
  watchChallenges();
  connectIfWanted();
  api.storage.onChanged.addListener((changes, area) => {
    if (area === "local" && changes.connection) {
      connectIfWanted();
    }
  });
  // A page that comes back from the browser's memory has lost its port without hearing of it.
  addEventListener("pageshow", (event) => {
    if (event.persisted) {
      port = null;
      connectIfWanted();
    }
  });
}

if (document.prerendering) {
  document.addEventListener("prerenderingchange", start, { once: true });
} else {
  start();
}
