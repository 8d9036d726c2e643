// Lays the bars of a timeline out on its axis, and moves those that go on.

const SLOWEST_MS = 60000;
const chart = () => document.getElementById("tl-chart");

let axis = null;
let clockLead = 0; // how far the server's clock is ahead of this one, in ms
let mode = "collapsed";

export const serverNow = () => Date.now() + clockLead;

/** Take over the axis that the page or a refresh has brought. */
export function readAxis() {
  axis = JSON.parse(document.getElementById("tl-axis").dataset.axis);
  if (axis.live) clockLead = axis.now - Date.now();
  setMode(mode);
}

export function setMode(wanted) {
  mode = wanted;
  for (const marks of document.querySelectorAll(".tl-mode")) marks.hidden = marks.dataset.mode !== mode;
  layOut(chart());
}

export const currentMode = () => mode;

function place(seconds) {
  const knots = axis[mode];
  for (let i = 1; i < knots.length; i += 1) {
    const [start, left] = knots[i - 1];
    const [end, right] = knots[i];
    if (seconds <= end) return left + ((right - left) * Math.max(seconds - start, 0)) / (end - start || 1);
  }
  return 100;
}

const elapsed = () => (serverNow() - axis.origin) / 1000;

/** Whether now has left the axis, so that the server has to draw a longer one. */
export function isOutgrown() {
  const knots = axis[mode];
  return axis.live && elapsed() > knots[knots.length - 1][0];
}

function layOutBar(bar) {
  const left = place(Number(bar.dataset.from));
  const end = "open" in bar.dataset && axis.live ? Math.max(elapsed(), Number(bar.dataset.from)) : Number(bar.dataset.to);
  bar.style.left = `${left}%`;
  bar.style.width = `${place(end) - left}%`;
}

/** Place every bar below `root`: rows that were read earlier had another axis. */
export function layOut(root) {
  if (!axis) return;
  for (const bar of root.querySelectorAll(".tl-bar[data-from]")) layOutBar(bar);
  moveNow();
}

function moveNow() {
  const line = document.getElementById("tl-now");
  if (line) line.style.left = `${place(elapsed())}%`;
}

/** Bars that go on, the line of the present, and the time until the next try. */
function tick() {
  if (document.hidden || !axis) return;
  if (axis.live) {
    for (const bar of document.querySelectorAll(".tl-bar[data-open]")) layOutBar(bar);
    moveNow();
  }
  for (const count of document.querySelectorAll("[data-until]")) {
    const left = Math.ceil((Date.parse(count.dataset.until) - serverNow()) / 1000);
    count.textContent = left > 0 ? `(${remaining(left)})` : "";
  }
}

function remaining(seconds) {
  const parts = [["hour", Math.floor(seconds / 3600)], ["minute", Math.floor(seconds / 60) % 60], ["second", seconds % 60]];
  const from = parts.findIndex(([, number]) => number > 0);
  const written = parts.slice(from, from + 2).map(([unit, number]) =>
    new Intl.NumberFormat(document.documentElement.lang, { style: "unit", unit, unitDisplay: "short" }).format(number));
  return written.join(" ");
}

/** Smoothly where motion is welcome, else once a second. */
export function keepMoving() {
  const isCalm = window.matchMedia("(prefers-reduced-motion: reduce)");
  let last = 0;
  const frame = (at) => {
    const length = axis ? axis[mode][axis[mode].length - 1][0] * 1000 : SLOWEST_MS;
    const wait = isCalm.matches ? 1000 : Math.min(Math.max(length / 2000, 50), 1000);
    if (at - last >= wait) {
      last = at;
      tick();
    }
    window.requestAnimationFrame(frame);
  };
  window.requestAnimationFrame(frame);
}
