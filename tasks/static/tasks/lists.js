/* A photo that cannot be loaded becomes the placeholder that stands behind it. */
"use strict";

function markBroken(image) {
  const frame = image.closest(".photo");
  if (frame) frame.classList.add("is-broken");
}

// What was over before this script was read.
document.addEventListener("DOMContentLoaded", () => {
  for (const image of document.querySelectorAll(".photo img")) {
    if (image.complete && !image.naturalWidth && image.currentSrc) markBroken(image);
  }
});

// An image's error does not bubble, but it can be captured.
document.addEventListener("error", (event) => {
  if (event.target instanceof HTMLImageElement) markBroken(event.target);
}, true);

// unfold writes a chosen file's name into the nearest text field, unless it believes it has done so.
document.addEventListener("DOMContentLoaded", () => {
  for (const field of document.querySelectorAll("input[data-largest]")) field.hasChangeListener = true;
});

// A phone shows each cell with the column's label, which CSS can write in capitals, yet not with one.
document.addEventListener("DOMContentLoaded", () => {
  for (const { dataset } of document.querySelectorAll("#result_list [data-label]")) {
    dataset.label = dataset.label.charAt(0).toLocaleUpperCase() + dataset.label.slice(1);
  }
});

// A file above the limit is told of before it is sent.
document.addEventListener("change", (event) => {
  const field = event.target;
  if (!(field instanceof HTMLInputElement) || !field.dataset.largest) return;
  const file = field.files && field.files[0];
  field.setCustomValidity(file && file.size > Number(field.dataset.largest) ? field.dataset.tooLarge : "");
  field.reportValidity();
});
