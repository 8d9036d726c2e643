// The button that copies; without a script the code is selected by one click.
(() => {
  "use strict";

  for (const button of document.querySelectorAll("[data-copy]")) {
    const code = document.getElementById(button.dataset.copy);
    const said = document.querySelector("[data-copy-said]");
    button.hidden = false;
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(code.textContent.trim());
        said.textContent = button.dataset.copied;
      } catch {
        // Not allowed, or not over https.
        document.getSelection().selectAllChildren(code);
        said.textContent = button.dataset.failed;
      }
    });
  }
})();
