// A suggested category is taken into the field above the list; Escape puts the list away.
document.addEventListener("click", (event) => {
  const suggestion = event.target.closest("[data-take]");
  const place = suggestion?.closest("[data-category]");
  if (!place) return;
  const field = place.querySelector("input");
  field.value = suggestion.dataset.take;
  place.querySelector("[data-path-shown]").textContent = suggestion.dataset.path;
  place.querySelector("[data-found]").replaceChildren();
  place.querySelector(".category-suggest")?.remove();
  field.focus();
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const place = event.target.closest("[data-category]");
  if (!place) return;
  place.querySelector("[data-found]").replaceChildren();
  place.querySelector("input").focus();
});
