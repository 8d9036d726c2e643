/** What the plugin says, in the browser's language. */

import { browser } from "../shared/browser.js";

const DOINGS = [
  [/^POST .*\/photos$/, "did_photo"],
  [/^POST .*\/drafts$/, "did_draft"],
  [/^POST .*\/completion$/, "did_publish"],
  [/^(DELETE |POST .*\/delete$)/, "did_delete"],
  [/^PUT .*\/is_hidden$/, "did_hide"],
  [/^PUT /, "did_update"],
  [/^GET .*\/wardrobe\//, "did_wardrobe"],
  [/^GET .*\/(my_orders|transactions\/[0-9]+)$/, "did_orders"],
  [/^GET .*\/item_upload\/items\//, "did_item"],
];

export function text(key, ...values) {
  return browser.i18n.getMessage(key, values.map(String)) || key;
}

/** "Reading the wardrobe", for "GET /api/v2/wardrobe/1/items". */
export function doing(what) {
  const [, key] = DOINGS.find(([pattern]) => pattern.test(what)) ?? [null, "did_read"];
  return text(key);
}

/** "Adding a photo, 14:05: done" */
export function lastCommand(last, underWay) {
  if (underWay) {
    return text("under_way", doing(underWay));
  }
  if (!last) {
    return text("none_yet");
  }
  return text("last", doing(last.what), moment(last.at), text(endingOf(last)));
}

function endingOf({ outcome, status, reason }) {
  if (outcome === "answered") {
    return status < 400 ? "end_done" : "end_refused";
  }
  if (outcome === "unsent") {
    return "end_unsent";
  }
  return reason === "browser" ? "end_cut_off" : "end_unknown";
}

function moment(at) {
  const then = new Date(at);
  const isToday = then.toDateString() === new Date().toDateString();
  const language = browser.i18n.getUILanguage();
  return isToday
    ? then.toLocaleTimeString(language, { timeStyle: "short" })
    : then.toLocaleString(language, { dateStyle: "medium", timeStyle: "short" });
}
