/**
 * The plugin's worker. The browser may stop it at any time and starts it again for an alarm, a
 * message or a new page: what has to outlive that is in storage, and starting is coming back.
 */

import { browser } from "./shared/browser.js";
import { readCode } from "./shared/code.js";
import { Commands } from "./worker/commands.js";
import { Journal } from "./worker/journal.js";
import { Link } from "./worker/link.js";
import { Pages } from "./worker/pages.js";
import { Protocol } from "./worker/protocol.js";
import { showBadge, statusOf } from "./worker/status.js";

const ALARM = "come back";
const VERSION = browser.runtime.getManifest().version;

const pages = new Pages(() => commands?.isInPage ?? false);
const popups = new Set();
let journal = null;
let commands = null;
let link = null;
let told = null; // what the server was last told of Vinted
let installation = null;
let turn = Promise.resolve();

// Listeners have to be there at once: the event that started this worker is delivered then.
browser.runtime.onConnect.addListener(accept);
browser.alarms.onAlarm.addListener(() => ready.then(comeBack));
browser.runtime.onStartup.addListener(() => ready.then(comeBack));
pages.listen(() => changed());
const ready = start();

async function start() {
  const protocol = await Protocol.load();
  journal = await Journal.load();
  installation = await installationId();
  link = new Link({
    protocol,
    hello: () => ({ version: VERSION, installation, vinted: (told = pages.vinted) }),
    hears: {
      welcome,
      standing,
      message: (message) => commands.hear(message),
      lost: () => commands.lose(),
      refused: ({ reason, message, least_version }) =>
        amend({ refusal: { reason, message, least_version, version: VERSION } }),
      changed,
    },
  });
  commands = new Commands({ journal, pages, send: (message) => link.send(message), changed });
  commands.takeUp();
  await comeBack();
}

/** Connects, if the seller has connected the plugin and the server did not end it for good. */
function comeBack() {
  return inTurn(async () => {
    const connection = await stored();
    if (connection?.refusal?.version === VERSION) {
      link.refuse(connection.refusal);
    } else if (connection) {
      await browser.alarms.create(ALARM, { periodInMinutes: 0.5 });
      pages.useSite(connection.site ?? "");
      await link.start(connection);
      pages.lookAgain();
    }
  });
}

/** What is done with the stored connection is done in turn: a disconnected one must not return. */
function inTurn(act) {
  const done = turn.then(act);
  turn = done.catch((error) => console.error(error));
  return done;
}

async function stored() {
  return (await browser.storage.local.get({ connection: null })).connection;
}

async function installationId() {
  const { installation: known } = await browser.storage.local.get({ installation: null });
  if (known) {
    return known;
  }
  const made = crypto.randomUUID();
  await browser.storage.local.set({ installation: made });
  return made;
}

async function welcome(account) {
  await Promise.all([standing(account), commands.resend()]);
}

/** Whose account it is, where it lists, or whether its work has stopped: one of them is new. */
function standing({ site }) {
  pages.useSite(site);
  changed();
  return amend({ site });
}

/** Adds to what is stored of the connection, if there still is one. */
function amend(news) {
  return inTurn(async () => {
    const connection = await stored();
    if (connection) {
      await browser.storage.local.set({ connection: { ...connection, ...news } });
    }
  });
}

/** Something may have changed: tells the server what Vinted shows, and everybody who looks. */
function changed() {
  if (!link || !commands) {
    return;
  }
  const { vinted } = pages;
  if (link.phase === "connected" && JSON.stringify(vinted) !== JSON.stringify(told)) {
    told = vinted;
    link.send({ type: "state", vinted });
  }
  const status = statusOf({ link, pages, commands, journal });
  showBadge(status);
  for (const popup of popups) {
    show(popup, status);
  }
}

function show(popup, status) {
  try {
    popup.postMessage(status);
  } catch {
    // It has just been closed, which its listener hears of. Work does not depend on who looks.
  }
}

function accept(port) {
  const isOurs = port.sender.id === browser.runtime.id;
  if (isOurs && port.name === "page" && port.sender.tab && port.sender.frameId === 0) {
    pages.add(port);
  } else if (isOurs && port.name === "popup" && port.sender.url.startsWith(browser.runtime.getURL(""))) {
    attend(port);
  } else {
    port.disconnect();
  }
}

async function attend(popup) {
  // At once, as it may be closed before the worker is ready.
  popups.add(popup);
  popup.onDisconnect.addListener(() => popups.delete(popup));
  popup.onMessage.addListener((message) => ready.then(() => ORDERS[message.type]?.(message)));
  await ready;
  changed();
}

const ORDERS = {
  async connect({ code }) {
    const connection = readCode(code);
    if (!connection) {
      return;
    }
    await inTurn(async () => {
      link.stop();
      await browser.storage.session.clear();
      await browser.storage.local.set({ connection });
    });
    await comeBack();
  },
  disconnect() {
    return inTurn(async () => {
      await browser.alarms.clear(ALARM);
      await browser.storage.local.remove("connection");
      commands.lose();
      link.stop();
    });
  },
};
