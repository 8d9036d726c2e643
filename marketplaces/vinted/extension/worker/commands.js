/** The commands: one at a time, each at most once, each result until the server has received it. */

import { Run, unsent } from "./run.js";

export class Commands {
  #run = null;
  #journal;
  #pages;
  #send;
  #changed;

  /** `send` sends a message if there is a connection; `changed` is called when something ended. */
  constructor({ journal, pages, send, changed }) {
    this.#journal = journal;
    this.#pages = pages;
    this.#send = send;
    this.#changed = changed;
  }

  /** Whether a command is under way in a page, so that no other page may be chosen. */
  get isInPage() {
    return this.#run?.isInPage ?? false;
  }

  /** What is under way, in words; null if nothing is. */
  get underWay() {
    return this.#run?.isUnderWay ? this.#run.what : null;
  }

  /** The worker was started: something may have been under way when the last one was stopped. */
  takeUp() {
    const { open } = this.#journal;
    if (open) {
      this.#start(open.id, open.what, (run) => run.takeUp(open.begun, this.#changed));
    }
  }

  /** The server has said welcome: it may have missed results. */
  async resend() {
    for (const entry of this.#journal.unreceived) {
      await this.#tell(entry);
    }
  }

  /** The connection was lost: the server asks again for what it still wants. */
  lose() {
    this.#drop();
  }

  async hear(message) {
    if (message.type === "received") {
      await this.#journal.receive(message.id);
    } else if (message.type === "command") {
      await this.#take(message);
    } else if (this.#run?.id !== message.id) {
      // About a command that has ended.
    } else if (message.type === "stop") {
      this.#drop();
    } else {
      this.#run.hear(message);
    }
  }

  /** Give up what has not begun; false when it has. A new command says that the server did. */
  #drop() {
    const isDropped = Boolean(this.#run?.drop());
    if (isDropped) {
      this.#run = null;
      this.#changed();
    }
    return isDropped;
  }

  async #take(command) {
    const { id, request } = command;
    const what = `${request.method} ${request.path.split("?", 1)[0]}`;
    const known = this.#journal.find(id);
    if (known?.result) {
      await this.#tell(known);
    } else if (this.#run?.id === id) {
      // Under way: the result comes when there is one.
    } else if (known) {
      await this.#end(id, what, unknown("It was begun, and nobody waited for it."));
    } else if (this.#run && !this.#drop()) {
      await this.#end(id, what, unsent("busy", `${this.#run.what} is under way.`));
    } else {
      this.#start(id, what, (run) => run.carryOut(command));
    }
  }

  async #start(id, what, work) {
    const run = new Run(id, what, { journal: this.#journal, pages: this.#pages, send: this.#send });
    this.#run = run;
    this.#changed();
    const result = await work(run).catch((error) => this.#afterFault(id, error));
    // Noted before another command may start, so that the same id cannot.
    let entry = null;
    try {
      entry = result ? await this.#journal.end(id, what, result) : null;
    } finally {
      if (this.#run === run) {
        this.#run = null;
        this.#pages.settle();
      }
    }
    if (entry) {
      await this.#tell(entry);
    }
    this.#changed();
  }

  /** A fault of the plugin's or the browser's, as a full disk. */
  #afterFault(id, error) {
    console.error(error);
    return this.#journal.find(id)?.begun ? unknown(String(error)) : unsent("busy", String(error));
  }

  async #end(id, what, result) {
    await this.#tell(await this.#journal.end(id, what, result));
  }

  /** Sends a result, and its body for as long as that is kept. */
  async #tell({ id, result, received }) {
    const message = { type: "result", id, ...result };
    if (result.outcome !== "answered") {
      this.#send(message);
      return;
    }
    const answer = received ? null : await this.#journal.answer(id);
    const parts = answer?.parts ?? [];
    for (const [index, data] of parts.entries()) {
      this.#send({ type: "part", id, index, data });
    }
    const isKept = !received && (result.size === 0 || parts.length > 0);
    this.#send({ ...message, parts: parts.length, kept: isKept });
  }
}

function unknown(detail) {
  return { outcome: "unknown", reason: "browser", detail: detail.slice(0, 500) };
}
