// The page of one job.

import { currentMode, keepMoving, readAxis, setMode } from "./job_axis.js";
import { keepFresh } from "./job_refresh.js";
import { watchRows } from "./job_rows.js";

document.addEventListener("click", (event) => {
  const toggle = event.target.closest("#tl-idle");
  if (!toggle) return;
  setMode(currentMode() === "collapsed" ? "full" : "collapsed");
});

readAxis();
watchRows();
keepMoving();
keepFresh();
