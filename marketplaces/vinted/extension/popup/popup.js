/** Shows how things stand and takes the connection code. Whatever comes from outside is text. */

import { browser } from "../shared/browser.js";
import { readCode } from "../shared/code.js";
import { lastCommand, text } from "./words.js";

const at = (id) => document.getElementById(id);

let port = null;
let isReplacing = false;

document.documentElement.lang = browser.i18n.getUILanguage();
for (const element of document.querySelectorAll("[data-text]")) {
  element.textContent = text(element.dataset.text);
}
at("version").textContent = text("version", browser.runtime.getManifest().version);
at("setup").addEventListener("submit", connect);
at("replace").addEventListener("click", () => askForCode());
at("disconnect").addEventListener("click", () => port.postMessage({ type: "disconnect" }));
listen();

/** The worker may be stopped while the pop-up is open. */
function listen() {
  port = browser.runtime.connect({ name: "popup" });
  port.onMessage.addListener(show);
  port.onDisconnect.addListener(listen);
}

function show(status) {
  const { why, tone, message, vinted } = status;
  const isOff = tone === "off";
  const needsCode = why === "refused_token";
  at("setup").hidden = !isOff && !isReplacing;
  at("state").hidden = isOff;
  at("disconnect").hidden = isOff;
  if (isOff) {
    at("facts").hidden = true;
    at("replace").hidden = true;
    return;
  }
  at("state").dataset.tone = tone;
  say(at("word"), text(`tone_${tone}`));
  say(at("title"), text(`${why}_title`));
  const { site, leastVersion, memberOf } = status;
  say(at("advice"), text(`${why}_advice`, site || "Vinted", vinted.login ?? "", leastVersion, memberOf));
  // The server speaks English; its words are shown only where the pop-up has none for the matter.
  say(at("message"), why === "refused_message" ? message : "");
  at("message").hidden = at("message").textContent === "";
  at("facts").hidden = status.account === "";
  say(at("account"), status.account);
  say(at("user"), vinted.login ?? text(vinted.state === "signed_out" ? "nobody" : "not_known"));
  say(at("last"), lastCommand(status.last, status.underWay));
  at("replace").hidden = !needsCode || isReplacing;
}

/** A screen reader repeats what is set again, so only what differs is set. */
function say(element, words) {
  if (element.textContent !== words) {
    element.textContent = words;
  }
}

function askForCode() {
  isReplacing = true;
  at("setup").hidden = false;
  at("replace").hidden = true;
  at("agreed").focus();
}

function connect(event) {
  event.preventDefault();
  const fault = faultOf();
  at("agreed").setAttribute("aria-invalid", String(fault?.field === "agreed"));
  at("code").setAttribute("aria-invalid", String(fault?.field === "code"));
  at("fault").textContent = fault ? text(fault.key) : "";
  if (fault) {
    at(fault.field).focus();
    return;
  }
  port.postMessage({ type: "connect", code: at("code").value });
  at("code").value = "";
  isReplacing = false;
}

function faultOf() {
  if (!at("agreed").checked) {
    return { field: "agreed", key: "fault_agree" };
  }
  return readCode(at("code").value) ? null : { field: "code", key: "fault_code" };
}
