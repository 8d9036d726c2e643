"use strict";

// When a connection that was used before breaks without an answer, browsers send the request again
// on another one, writes too, and a script is not told. The answer is then the second one's: of two
// drafts, or a refusal of what the first has done. All that shows is how long the request waited
// before it left, so such an answer is not believed.

const WAITED_MS = 100;
const ENTRY_MS = 500;

/** Whether connections stay open here. One that was never used before is not sent on again. */
let isKept = true;

/** Of the look at who is signed in, which comes before each write and leaves its connection open. */
function noteConnection(response) {
  isKept = response.headers.get("connection")?.toLowerCase() !== "close";
}

/** Watches a request that is about to be made; asked later, tells if it may have left twice. */
function watchForRepeats(path) {
  const { href } = new URL(path, location.href);
  const since = performance.now();
  let seen;
  const entry = new Promise((resolve) => {
    seen = resolve;
  });
  const watcher = new PerformanceObserver((list) => {
    const found = list.getEntriesByName(href).find(({ startTime }) => startTime >= since - 1);
    if (found) {
      seen(found);
    }
  });
  watcher.observe({ type: "resource" });
  return async () => {
    const timing = await Promise.race([entry, new Promise((end) => setTimeout(end, ENTRY_MS))]);
    watcher.disconnect();
    return isKept && timing !== undefined && waitedBefore(timing);
  };
}

function waitedBefore({ fetchStart, connectStart, connectEnd, requestStart }) {
  const isOnNewConnection = connectStart !== fetchStart || connectEnd !== connectStart;
  return isOnNewConnection || requestStart - fetchStart > WAITED_MS;
}
