/**
 * The Vinted tabs that are open, and the one of them that is used.
 *
 * A tab stays the chosen one, through reloads, until it is closed; another one is chosen only when
 * it is gone and nothing is under way.
 */

const GRACE_MS = 2000; // from a page to the next one in the same tab
const LOOK_AGAIN_MS = 30_000;
const NOTHING = { state: "no_tab", site: "", user_id: null, login: null };

class Page {
  constructor(port, { document, host, running }) {
    this.port = port;
    this.tab = port.sender.tab.id;
    this.document = document;
    this.host = host;
    this.running = running;
    this.saw = null;
    this.lookedAt = 0;
  }

  tell(message) {
    try {
      this.port.postMessage(message);
    } catch {
      // The port has just been closed, which its listener hears of.
    }
  }
}

export class Pages {
  #pages = new Set();
  #listeners = new Set();
  #chosen = null; // a tab's number
  #site = "";
  #grace = null;
  #shown = NOTHING;
  #isBusy;

  /** `isBusy` tells whether a command is under way in a page, which keeps the choice as it is. */
  constructor(isBusy) {
    this.#isBusy = isBusy;
  }

  /** The site that the account lists on; "" while it is not known. Of tabs of others nothing is told. */
  useSite(site) {
    this.#site = site;
    this.#choose();
  }

  /** The page in the chosen tab; null while there is none. */
  get page() {
    const inTab = [...this.#pages].filter((page) => page.tab === this.#chosen);
    return inTab.findLast((page) => this.#suits(page)) ?? null;
  }

  byDocument(document) {
    return [...this.#pages].find((page) => page.document === document) ?? null;
  }

  /** The protocol's `vinted`. Between two pages in the chosen tab it stays what it was. */
  get vinted() {
    const page = this.page;
    if (page?.saw) {
      this.#shown = { ...page.saw, site: page.host.slice(0, 200) };
    } else if (!page && this.#grace === null) {
      this.#shown = NOTHING;
    }
    return this.#shown;
  }

  /** Hears `(page, message)` of every page; message `{type: "gone"}` when it is closed. */
  listen(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** A content script has connected. */
  add(port) {
    let page = null;
    port.onMessage.addListener((message) => {
      if (message.type === "page" && !page) {
        page = new Page(port, message);
        this.#arrive(page);
      }
      if (page && message.saw) {
        page.saw = message.saw;
      }
      if (page && message.type === "saw") {
        page.saw = { state: message.state, user_id: message.user_id, login: message.login };
      }
      if (page) {
        this.#announce(page, message);
      }
    });
    port.onDisconnect.addListener(() => page && this.#leave(page));
  }

  /** The chosen page, once it is there and has told who is signed in; null after `ms`. */
  async usable(ms) {
    if (!this.page?.saw) {
      await this.#heard(() => this.page?.saw, ms);
    }
    return this.page;
  }

  /** Asks the chosen page again who is signed in, unless it shows a challenge. */
  lookAgain() {
    const page = this.page;
    const isDue = page && performance.now() - page.lookedAt > LOOK_AGAIN_MS;
    if (isDue && !this.#isBusy() && !["ready", "challenge"].includes(page.saw?.state)) {
      page.lookedAt = performance.now();
      page.tell({ type: "look" });
    }
  }

  /** Choose again, as nothing is under way any more. */
  settle() {
    this.#choose();
  }

  #arrive(page) {
    page.lookedAt = performance.now();
    this.#pages.add(page);
    this.#choose();
    // Somebody else may have signed in there, which the chosen tab's page does not show.
    if (this.page && this.page !== page && !this.#isBusy() && this.page.saw?.state !== "challenge") {
      this.page.tell({ type: "look" });
    }
  }

  #leave(page) {
    this.#pages.delete(page);
    if (page.tab === this.#chosen && !this.page) {
      clearTimeout(this.#grace);
      this.#grace = setTimeout(() => {
        this.#grace = null;
        this.#choose();
        this.#announce(page, { type: "chosen" });
      }, GRACE_MS);
    }
    this.#announce(page, { type: "gone" });
  }

  #choose() {
    const mustStay = this.page || this.#isBusy() || this.#grace !== null;
    if (!mustStay || this.#chosen === null) {
      this.#chosen = [...this.#pages].find((page) => this.#suits(page))?.tab ?? null;
    }
  }

  #suits(page) {
    return page.host === this.#site;
  }

  #announce(page, message) {
    for (const listener of [...this.#listeners]) {
      listener(page, message);
    }
  }

  #heard(isTrue, ms) {
    return new Promise((resolve) => {
      const stop = this.listen(() => isTrue() && finish());
      const timer = setTimeout(() => finish(), ms);
      const finish = () => {
        clearTimeout(timer);
        stop();
        resolve();
      };
    });
  }
}
