// Refreshes every [data-refreshes] while somebody looks at it and is not selecting text.
"use strict";
(() => {
  const EVERY_MS = 10000;

  const isSelecting = (piece) => {
    const selection = document.getSelection();
    return selection !== null && !selection.isCollapsed && piece.contains(selection.anchorNode);
  };

  const refresh = () => {
    if (document.hidden) return;
    for (const piece of document.querySelectorAll("[data-refreshes]")) {
      if (!isSelecting(piece)) htmx.trigger(piece, "refresh");
    }
  };

  setInterval(refresh, EVERY_MS);
  document.addEventListener("visibilitychange", refresh);

  // The session has ended: the answer is the sign-in page, which is no piece of this one.
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (!event.detail.target.matches("[data-refreshes]")) return;
    const answered = new URL(event.detail.xhr.responseURL, location.href).pathname;
    const asked = new URL(event.detail.pathInfo.requestPath, location.href).pathname;
    if (answered !== asked) {
      event.detail.shouldSwap = false;
      location.reload();
    }
  });
})();
