/**
 * The Vinted tabs that are open, and the one of them that is used.
 *
 * A tab stays the chosen one, through reloads, until it is closed or another one is better: its page
 * is of a later session, or shows that all is well by now. While something is under way, it stays.
 */

const GRACE_MS = 2000; // from a page to the next one in the same tab
const LOOK_AGAIN_MS = 30_000;
const NOTHING = { state: "no_tab", site: "", user_id: null, login: null };

class Page {
  constructor(port, { document, host, running, loadedAt, token }) {
    this.port = port;
    this.tab = port.sender.tab.id;
    this.document = document;
    this.host = host;
    this.running = running;
    this.loadedAt = loadedAt;
    this.token = token; // Vinted's, which tells one session from another
    this.saw = null;
    this.sawAt = 0;
    this.lookedAt = 0;
  }

  see({ state, user_id, login }) {
    this.saw = { state, user_id, login };
    this.sawAt = performance.now();
  }

  /** Whether requests are better made here than in `other`. */
  isBetterThan(other) {
    if (this.saw?.state !== "ready") {
      return false;
    }
    const isOfLaterSession = this.token && this.token !== other.token && this.loadedAt > other.loadedAt;
    const isNewer = other.saw && other.saw.state !== "ready" && this.sawAt > other.sawAt;
    return Boolean(isOfLaterSession || isNewer);
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
      const seen = message.type === "saw" ? message : message.saw;
      if (page && seen) {
        const isFirstWord = page.saw === null;
        page.see(seen);
        this.#choose();
        if (isFirstWord) {
          this.#lookElsewhere(page);
        }
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
    if (page === this.page) {
      this.#endGrace();
    }
    this.#choose();
  }

  /**
   * Somebody else may have signed in in `page`, which the chosen tab's page does not show. It is not
   * asked sooner: it would show the newly signed in, and be used with the token of a former session.
   */
  #lookElsewhere(page) {
    const chosen = this.page;
    if (chosen && chosen !== page && !this.#isBusy() && chosen.saw?.state !== "challenge") {
      chosen.tell({ type: "look" });
    }
  }

  #leave(page) {
    this.#pages.delete(page);
    if (page.tab === this.#chosen && !this.page) {
      this.#endGrace();
      this.#grace = setTimeout(() => {
        this.#endGrace();
        this.#choose();
        this.#announce(page, { type: "chosen" });
      }, GRACE_MS);
    }
    this.#announce(page, { type: "gone" });
  }

  #endGrace() {
    clearTimeout(this.#grace);
    this.#grace = null;
  }

  #choose() {
    if (this.#chosen !== null && (this.#isBusy() || this.#grace !== null)) {
      return;
    }
    const suiting = [...this.#pages].filter((page) => this.#suits(page));
    const choice = (best, page) => (best === null || page.isBetterThan(best) ? page : best);
    this.#chosen = suiting.reduce(choice, this.page)?.tab ?? null;
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
