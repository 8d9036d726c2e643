// unfold writes an icon as a word of its font (“chevron_right”), which a screen reader would say.
(() => {
  "use strict";

  // What is pressed without being a link or a button has no other name.
  const READ_OUT = ".material-symbols-outlined:not([aria-hidden]):not([x-on\\:click])";

  const silence = () => {
    for (const icon of document.querySelectorAll(READ_OUT)) {
      icon.setAttribute("aria-hidden", "true");
      const control = icon.closest("a[title], button[title]");
      if (control && !control.hasAttribute("aria-label")) {
        control.setAttribute("aria-label", control.title);
      }
    }
  };

  new MutationObserver(silence).observe(document.documentElement, { childList: true, subtree: true });
  silence();
})();
