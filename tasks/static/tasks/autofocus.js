// The whole page is hidden until Alpine has begun, and the browser gives up on a hidden `autofocus`.
(() => {
  "use strict";

  document.addEventListener("alpine:initialized", () => {
    queueMicrotask(() => {
      if (document.activeElement === document.body) {
        document.querySelector("[autofocus]")?.focus();
      }
    });
  });
})();
