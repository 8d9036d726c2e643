// The page of an action on many jobs. When StoFlow does not answer, it says so and asks again:
// whoever drives the action goes on from where it was, for nothing is dealt with twice.

const AGAIN_AFTER_MS = 5000;
const progress = () => document.getElementById("action-progress");
const concerns = (event) => progress()?.contains(event.detail.elt) ?? false;

function lost(event) {
  if (!concerns(event)) return;
  progress().querySelector("[data-lost]").hidden = false;
  const form = progress().querySelector("form[data-drives]");
  if (!form) return; // who only watches asks every few seconds
  window.setTimeout(() => {
    if (form.isConnected) window.htmx.trigger(form, "submit");
  }, AGAIN_AFTER_MS);
}

/** Signed out meanwhile, say: no page of its own in the place of the progress. */
function guard(event) {
  if (!concerns(event)) return;
  const { requestConfig, xhr } = event.detail;
  const asked = new URL(requestConfig.path, window.location.href);
  if (!xhr.responseURL || new URL(xhr.responseURL).pathname === asked.pathname) return;
  event.detail.shouldSwap = false;
  window.location.reload();
}

document.body.addEventListener("htmx:sendError", lost);
document.body.addEventListener("htmx:responseError", lost);
document.body.addEventListener("htmx:beforeSwap", guard);
