// The page of one job.

import { currentMode, keepMoving, readAxis, setMode } from "./job_axis.js";
import { keepFresh } from "./job_refresh.js";
import { openRows } from "./job_rows.js";

document.addEventListener("click", (event) => {
  const toggle = event.target.closest("#tl-idle");
  if (!toggle) return;
  setMode(currentMode() === "collapsed" ? "full" : "collapsed");
  toggle.setAttribute("aria-pressed", String(currentMode() === "collapsed"));
});

readAxis();
openRows();
keepMoving();
keepFresh();
