"use strict";

// Calls in the seller's own session. Each is made once, whatever becomes of it.

const PART_BYTES = 131_072;
// The browser's storage holds 10 MiB of text; these are 9.4 in base64.
const MOST_BYTES = 7 * 1024 * 1024;
const LOOK_MS = 15_000;

/** Vinted's answer to the question who is signed in tells nothing of it. */
class NobodySaidError extends Error {
  constructor(response) {
    super(`Vinted answered ${response.status} when it was asked who is signed in.`);
    this.status = response.status;
    this.retryAfter = response.headers.get("retry-after");
  }
}

/** Who is signed in, as the protocol's `state`; throws if Vinted does not say. */
async function whoIsSignedIn() {
  const nobody = { user_id: null, login: null };
  if (showsChallenge()) {
    return { state: "challenge", ...nobody };
  }
  const response = await fetch("/api/v2/users/current", {
    headers: headersFor("GET"),
    credentials: "same-origin",
    cache: "no-store",
    signal: AbortSignal.timeout(LOOK_MS),
  });
  const text = await response.text();
  if (isChallenge(response, text)) {
    return { state: "challenge", ...nobody };
  }
  // A page, or the way to one, is what a visitor gets whose session has ended.
  if (response.status === 401 || (response.ok && (response.redirected || isPage(text)))) {
    return { state: "signed_out", ...nobody };
  }
  const user = response.ok ? userIn(text) : undefined;
  if (user === undefined) {
    throw new NobodySaidError(response);
  }
  return user ? { state: "ready", ...user } : { state: "signed_out", ...nobody };
}

/** Null for an anonymous visitor, who has no login; undefined for what is no answer. */
function userIn(text) {
  let user;
  try {
    user = JSON.parse(text)?.user;
  } catch {
    return undefined;
  }
  if (typeof user !== "object" || user === null) {
    return undefined;
  }
  const id = String(user.id ?? "");
  const hasLogin = typeof user.login === "string" && user.login !== "";
  return hasLogin && /^[0-9]{1,20}$/.test(id) ? { user_id: id, login: user.login.slice(0, 200) } : null;
}

/**
 * Makes the request and returns what the protocol calls its result, and the body in base64 parts.
 *
 * `pieces` are the file's bytes in base64; `signal` ends the waiting.
 */
async function answerOf(request, pieces, signal) {
  try {
    const response = await fetch(request.path, {
      method: request.method,
      headers: headersFor(request.method, request),
      body: bodyOf(request, pieces),
      credentials: "same-origin",
      cache: "no-store",
      // A redirected write would be sent a second time.
      redirect: request.method === "GET" ? "follow" : "manual",
      signal,
    });
    if (response.type === "opaqueredirect") {
      return unknown("network", "Vinted sent the request on to another page.");
    }
    const body = await bodyIn(response);
    return body ? await answered(response, body) : unknown("too_long", `More than ${MOST_BYTES} bytes.`);
  } catch (error) {
    return unknown(signal.aborted ? "time" : "network", String(error));
  }
}

function unknown(reason, detail) {
  return { result: { outcome: "unknown", reason, detail: detail.slice(0, 500) }, parts: [] };
}

async function answered(response, body) {
  const headers = {};
  for (const [name, longest] of [["content-type", 200], ["retry-after", 100]]) {
    const value = response.headers.get(name);
    if (value !== null) {
      headers[name] = value.slice(0, longest);
    }
  }
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", body));
  const result = {
    outcome: "answered",
    status: response.status,
    headers,
    size: body.length,
    sha256: Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join(""),
  };
  const parts = [];
  for (let start = 0; start < body.length; start += PART_BYTES) {
    parts.push(toBase64(body.subarray(start, start + PART_BYTES)));
  }
  return { result, parts };
}

function headersFor(method, request) {
  const headers = new Headers({ Accept: "application/json, text/plain, */*", ...request?.headers });
  const token = method === "GET" ? null : csrfToken();
  const anon = anonId();
  if (token) {
    headers.set("X-CSRF-Token", token);
  }
  if (anon) {
    headers.set("X-Anon-Id", anon);
  }
  if (request?.json) {
    headers.set("Content-Type", "application/json");
  }
  return headers;
}

function bodyOf({ json, form }, pieces) {
  if (json) {
    return JSON.stringify(json);
  }
  if (!form) {
    return undefined;
  }
  const { field, name, content_type: type } = form.file;
  const body = new FormData();
  for (const [key, value] of Object.entries(form.fields)) {
    body.append(key, value);
  }
  body.append(field, new File(pieces.map(fromBase64), name, { type }));
  return body;
}

/** The whole body, or null if it is too long. */
async function bodyIn(response) {
  const pieces = [];
  let size = 0;
  const reader = response.body?.getReader();
  for (let piece = await reader?.read(); piece && !piece.done; piece = await reader.read()) {
    size += piece.value.length;
    if (size > MOST_BYTES) {
      await reader.cancel();
      return null;
    }
    pieces.push(piece.value);
  }
  return new Uint8Array(await new Blob(pieces).arrayBuffer());
}

function toBase64(bytes) {
  const letters = [];
  for (let start = 0; start < bytes.length; start += 0x8000) {
    letters.push(String.fromCharCode(...bytes.subarray(start, start + 0x8000)));
  }
  return btoa(letters.join(""));
}

function fromBase64(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}
