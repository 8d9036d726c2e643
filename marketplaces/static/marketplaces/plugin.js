// The button that copies; without a script the code is selected by one click.
(() => {
  "use strict";

  async function copy(button) {
    const code = document.getElementById(button.dataset.copy);
    const said = document.querySelector("[data-copy-said]");
    try {
      await navigator.clipboard.writeText(code.textContent.trim());
      said.textContent = button.dataset.copied;
    } catch {
      // Not allowed, or not over https.
      document.getSelection().selectAllChildren(code);
      said.textContent = button.dataset.failed;
    }
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-copy]");
    if (button) copy(button);
  });
  document.addEventListener("DOMContentLoaded", () => {
    for (const button of document.querySelectorAll("[data-copy]")) button.hidden = false;
  });
})();
