// Keeps the part of a page that says [data-refresh] up to date until it says so no more. Waits
// while nobody looks, while something is selected, typed or pressed, and while it is held still.

import { keepFocus } from "./focus.js";

const SECONDS_AFTER_A_FAILURE = 10;
let isHeld = false;
let isPressed = false;
let isAsking = false;
const received = new Map(); // of each piece that comes along, by its id

const region = () => document.querySelector("[data-refresh]");
const notice = () => document.querySelector("[data-refresh-notice]");
const say = (text, isWarning = false) => {
  const place = notice();
  place?.classList.toggle("is-warning", isWarning);
  if (place && place.textContent !== text) place.textContent = text;
};

const isTyping = () => {
  const focused = document.activeElement;
  return Boolean(focused) && focused.matches("input, textarea, select, [contenteditable]");
};
const isSelecting = () => {
  const selection = document.getSelection();
  return Boolean(selection) && !selection.isCollapsed;
};
const mayRefresh = () =>
  !(document.hidden || isHeld || isPressed || isAsking || isTyping() || isSelecting());

const next = (seconds) => window.setTimeout(refresh, seconds * 1000);

async function refresh() {
  const shown = region();
  if (!shown) return;
  const seconds = Number(shown.dataset.refreshSeconds);
  if (!mayRefresh()) return next(1);
  isAsking = true;
  const open = [...document.querySelectorAll("details[open][id]")].map((each) => each.id);
  let isLost = true;
  let putFocusBack = () => {};
  const keep = (event) => {
    // A redirect (signed out, say) is a whole page: let the browser show it.
    const asked = new URL(shown.dataset.refresh, window.location.href);
    if (new URL(event.detail.xhr.responseURL).pathname !== asked.pathname) {
      event.detail.shouldSwap = false;
      window.location.reload();
    }
    // Gone, or not theirs to see any more: the page says so itself.
    if ([403, 404].includes(event.detail.xhr.status)) window.location.reload();
    isLost = event.detail.xhr.status !== 200;
    putFocusBack = keepFocus();
  };
  shown.addEventListener("htmx:beforeSwap", keep);
  try {
    await window.htmx.ajax("GET", shown.dataset.refresh, { target: shown, swap: "outerHTML" });
  } catch {
    isLost = true;
  } finally {
    isAsking = false;
    shown.removeEventListener("htmx:beforeSwap", keep);
  }
  open.forEach((id) => document.getElementById(id)?.setAttribute("open", ""));
  putFocusBack();
  if (isLost) {
    say(notice()?.dataset.lost ?? "", true);
    return next(SECONDS_AFTER_A_FAILURE);
  }
  const ended = document.getElementById(shown.id);
  say(ended?.dataset.announcement ?? "");
  if (region()) return next(seconds);
  document.querySelector("[data-refresh-pause]")?.remove();
}

// What has not changed stays: the keyboard's place in it, and that of who has it read to them.
document.addEventListener("htmx:oobBeforeSwap", (event) => {
  const { target, fragment } = event.detail;
  const html = fragment.firstElementChild.outerHTML;
  if (received.get(target.id) === html) event.detail.shouldSwap = false;
  received.set(target.id, html);
});
document.addEventListener("pointerdown", (event) => { isPressed = event.button === 0; });
for (const end of ["pointerup", "pointercancel"]) {
  document.addEventListener(end, () => { isPressed = false; });
}
document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-refresh-pause]");
  if (!button) return;
  isHeld = !isHeld;
  button.setAttribute("aria-pressed", String(isHeld));
});
next(Number(region()?.dataset.refreshSeconds ?? 0));
