/**
 * What the plugin knows of its last commands, in the browser's storage: read once, when the worker
 * starts, and written before anything is done because of it. The worker alone writes it.
 *
 * An entry is `{id, what, at, begun, result, received}`. `begun` is `{document, seconds}`: which
 * document was told to make the request, and how long Vinted may take; `result` is the protocol's message of that name, without its type, id and
 * body, `received` means that the server has stored it. Documents leave what Vinted answered under
 * `answer:<id>` themselves, so that nothing is lost while the worker is stopped.
 */

import { browser } from "../shared/browser.js";

const KEPT = 200;
const ENTRIES = "commands";

export class Journal {
  #entries;
  #writing = Promise.resolve();

  constructor(entries) {
    this.#entries = entries;
  }

  static async load() {
    const stored = await browser.storage.local.get({ [ENTRIES]: [] });
    return new Journal(stored[ENTRIES]);
  }

  find(id) {
    return this.#entries.find((entry) => entry.id === id);
  }

  get last() {
    return this.#entries.at(-1) ?? null;
  }

  /** Results that the server has not acknowledged, oldest first. */
  get unreceived() {
    return this.#entries.filter((entry) => entry.result && !entry.received);
  }

  /** The command that was begun and never ended, if there is one. */
  get open() {
    return this.#entries.find((entry) => entry.begun && !entry.result);
  }

  /** Resolves once it is stored: only then the request may leave. */
  async begin(id, what, begun) {
    await this.#put({ id, what, at: Date.now(), begun, result: null, received: false });
  }

  /** It was noted as begun, and the document said that it had not made the request. */
  async takeBack(id) {
    this.#entries = this.#entries.filter((entry) => entry.id !== id);
    await this.#write();
  }

  /** The first result stands, whatever comes later. */
  async end(id, what, result) {
    const known = this.find(id);
    if (known?.result) {
      return known;
    }
    const entry = { id, what, at: Date.now(), begun: known?.begun ?? null, result, received: false };
    await this.#put(entry);
    return entry;
  }

  /** The server has stored the result: its body need not be kept. */
  async receive(id) {
    const entry = this.find(id);
    if (entry?.result && !entry.received) {
      entry.received = true;
      await this.#write();
    }
    await browser.storage.local.remove(answerKey(id));
  }

  /** What a document left: `{result, parts}`, or null. */
  async answer(id) {
    const key = answerKey(id);
    return (await browser.storage.local.get({ [key]: null }))[key];
  }

  async #put(entry) {
    const others = this.#entries.filter((other) => other.id !== entry.id);
    const dropped = others.splice(0, Math.max(0, others.length + 1 - KEPT));
    this.#entries = [...others, entry];
    await this.#write();
    if (dropped.length > 0) {
      await browser.storage.local.remove(dropped.map(({ id }) => answerKey(id)));
    }
  }

  /** One after the other: a write must not overtake a later one. */
  #write() {
    const entries = structuredClone(this.#entries);
    this.#writing = this.#writing.then(
      () => browser.storage.local.set({ [ENTRIES]: entries }),
      () => browser.storage.local.set({ [ENTRIES]: entries }),
    );
    return this.#writing;
  }
}

function answerKey(id) {
  return `answer:${id}`;
}
