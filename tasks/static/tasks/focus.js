// Where the keyboard is, found again after a part of the page was replaced by a newer one.

const markOf = (element) =>
  [element.tagName, ...["href", "name", "value", "type"].map((name) => element.getAttribute(name))].join("\n");

const likes = (root, mark) => [...root.querySelectorAll(mark.slice(0, mark.indexOf("\n")))].filter((one) => markOf(one) === mark);

function placeOf(element) {
  if (!element || element === document.body) return () => null;
  if (element.id) return () => document.getElementById(element.id);
  const around = element.closest("[id]");
  if (!around) return () => null;
  const mark = markOf(element);
  const index = likes(around, mark).indexOf(element);
  return () => likes(document.getElementById(around.id) ?? document.body, mark)[index] ?? null;
}

/** Remember it; what is answered puts the focus on the element that stands there then. */
export function keepFocus() {
  const held = document.activeElement;
  const find = placeOf(held);
  return () => {
    if (held?.isConnected && document.activeElement === held) return;
    if (document.activeElement !== document.body) return; // the person has gone on
    find()?.focus({ preventScroll: true });
  };
}
