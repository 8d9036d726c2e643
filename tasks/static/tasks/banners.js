// Asks for the banners anew every 15 seconds, unless nobody can see them.
(() => {
  "use strict";

  const EVERY_MS = 15000;
  let askedAt = Date.now();

  function look() {
    const banners = document.querySelector("#banners [data-banners]");
    if (banners === null || document.hidden || Date.now() - askedAt < EVERY_MS) {
      return;
    }
    askedAt = Date.now();
    window.htmx.trigger(banners, "look");
  }

  setInterval(look, 1000);
  document.addEventListener("visibilitychange", look);
})();
