// Lays the bars of a timeline out on its axis, and moves those that go on.

const SLOWEST_MS = 60000;
const chart = () => document.getElementById("tl-chart");

let axis = null;
let durations = [];
let clockLead = 0; // how far the server's clock is ahead of this one, in ms
let mode = "collapsed";

export const serverNow = () => Date.now() + clockLead;

/** Take over the axis that the page or a refresh has brought. */
export function readAxis() {
  const { dataset } = document.getElementById("tl-axis");
  axis = JSON.parse(dataset.axis);
  durations = JSON.parse(dataset.durations);
  if (axis.live) clockLead = axis.now - Date.now();
  setMode(mode);
}

export function setMode(wanted) {
  mode = wanted;
  for (const marks of document.querySelectorAll(".tl-mode")) marks.hidden = marks.dataset.mode !== mode;
  document.getElementById("tl-idle")?.setAttribute("aria-pressed", String(mode === "collapsed"));
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
  for (const sum of document.querySelectorAll("[data-since]")) {
    sum.textContent = lasting(Number(sum.dataset.before) + Math.max(elapsed() - Number(sum.dataset.since), 0));
  }
  for (const count of document.querySelectorAll("[data-until]")) {
    const left = (Date.parse(count.dataset.until) - serverNow()) / 1000;
    count.textContent = left > 0 ? count.dataset.in.replace("%s", lasting(Math.ceil(left))) : "";
  }
}

const UNITS = [[1, 60, 1], [60, 3600, 1], [3600, 86400, 60], [86400, Infinity, 3600]];

/** A duration as the server writes it. */
function lasting(seconds) {
  const whole = Math.floor(seconds);
  const index = UNITS.findIndex(([, end]) => whole < end);
  const [size, , small] = UNITS[index];
  const rest = Math.floor((whole % size) / small);
  const second = index === 3 ? String(rest) : String(rest).padStart(2, "0");
  return durations[index].replace("%(first)s", Math.floor(whole / size)).replace("%(second)s", second);
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
