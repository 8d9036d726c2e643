/* A photo that cannot be loaded becomes the placeholder that stands behind it. */
"use strict";

function markBroken(image) {
  const frame = image.closest(".photo");
  if (frame) frame.classList.add("is-broken");
}

// An image's error does not bubble, but it can be captured.
document.addEventListener("error", (event) => {
  if (event.target instanceof HTMLImageElement) markBroken(event.target);
}, true);

document.addEventListener("change", (event) => {
  const field = event.target;
  if (!(field instanceof HTMLInputElement) || !field.dataset.largest) return;
  const file = field.files && field.files[0];
  field.setCustomValidity(file && file.size > Number(field.dataset.largest) ? field.dataset.tooLarge : "");
  field.reportValidity();
});
