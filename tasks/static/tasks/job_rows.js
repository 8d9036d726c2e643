// Rows of the timeline: opened on demand, kept open while the job goes on, walked through by keys.

import { layOut } from "./job_axis.js";

const MARK = "X-StoFlow-Job";
const page = () => document.querySelector(".job-page");
const panelOf = (row) => row.querySelector(":scope > details > [data-url]");

/** Read what an opened `<details>` shows; again when its row has changed since. */
function read(panel) {
  const version = panel.closest(".tl-row")?.dataset.version ?? "read";
  if (panel.dataset.version === version) return;
  const isFold = panel.matches(".tl-folded");
  if (isFold && panel.dataset.version) return; // what is done stays as it is
  panel.dataset.version = version;
  if (!panel.childElementCount) panel.textContent = page().dataset.reading;
  window.htmx.ajax("GET", panel.dataset.url, { target: panel, swap: "innerHTML" });
}

function opened(event) {
  const panel = event.target.querySelector?.(":scope > [data-url]");
  if (!panel) return;
  if (event.target.open) read(panel);
  else if (panel.matches(".tl-folded")) forget(panel); // it may have grown when it is opened again
}

function forget(panel) {
  panel.replaceChildren();
  delete panel.dataset.version;
}

/** The tasks whose rows stand open in the list itself. */
export const openRows = () =>
  [...document.querySelectorAll("#tl-rows > .tl-row > details[open]")].map((details) => details.parentElement.id)
    .filter((id) => id.startsWith("task-")).map((id) => id.slice("task-".length));

/** No login page, and no half answer, in the place of what was asked for. */
function guard(event) {
  const { xhr, target } = event.detail;
  if (!target?.matches?.("[data-url], .tl-more") || xhr.getResponseHeader(MARK)) return;
  event.detail.shouldSwap = false;
  unread(event);
}

function unread(event) {
  const target = event.detail.target;
  if (!target?.matches?.("[data-url]")) return;
  delete target.dataset.version;
  target.textContent = page().dataset.unread;
}

function isUsed(panel) {
  const selection = document.getSelection();
  const selects = selection && !selection.isCollapsed && panel.contains(selection.anchorNode);
  return selects || panel.contains(document.activeElement) || panel.querySelector("details[open]");
}

/** Bring the rows to the state of `fresh`, and leave those that are the same as they are. */
export function freshen(fresh) {
  const list = document.getElementById("tl-rows");
  let place = list.firstElementChild;
  for (const row of [...fresh.children]) {
    const old = document.getElementById(row.id);
    const kept = old && old.parentElement === list ? old : row;
    if (kept === old) renew(old, row);
    if (kept === place) place = place.nextElementSibling;
    else list.insertBefore(kept, place);
    if (kept !== old) window.htmx.process(kept);
  }
  while (place) {
    const next = place.nextElementSibling;
    place.remove();
    place = next;
  }
}

function renew(old, row) {
  const wasAskedFor = "askedFor" in old.dataset;
  if (old.dataset.version !== row.dataset.version) {
    const [line, other] = [old, row].map((one) => one.querySelector(".tl-line"));
    line.innerHTML = other.innerHTML;
    old.dataset.version = row.dataset.version;
    old.dataset.look = row.dataset.look;
  }
  old.toggleAttribute("data-asked-for", "askedFor" in row.dataset);
  const details = old.querySelector(":scope > details");
  if (!details) return;
  panelOf(old).dataset.url = panelOf(row).dataset.url;
  if (!wasAskedFor && "askedFor" in row.dataset) details.open = true;
  if (details.open && !isUsed(panelOf(old))) read(panelOf(old));
}

/** Up and down (or k and j) go from row to row, Escape closes. Enter and space are the browser's. */
function walk(event) {
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  const line = event.target.closest?.("summary.tl-line");
  if (event.key === "Escape") {
    const details = event.target.closest?.(".tl-row > details[open]");
    if (!details) return;
    details.open = false;
    details.querySelector("summary").focus();
    return;
  }
  const step = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 }[event.key];
  if (!line || !step) return;
  const lines = [...document.querySelectorAll("#tl-rows summary.tl-line")].filter((one) => one.offsetParent);
  lines[lines.indexOf(line) + step]?.focus();
  event.preventDefault();
}

export function watchRows() {
  document.addEventListener("toggle", opened, true);
  document.body.addEventListener("htmx:beforeSwap", guard);
  document.body.addEventListener("htmx:sendError", unread);
  document.body.addEventListener("htmx:afterSwap", (event) => layOut(event.detail.target.closest("ol, .tl-chart") ?? document));
  document.getElementById("tl-chart").addEventListener("keydown", walk);
}
