/** One command, from its arrival to its result. */

import { stopwatch } from "../shared/stopwatch.js";
import { isAllowed } from "./allowed.js";
import { FileError, fetchFile } from "./file.js";
import { Waits, sleep } from "./waits.js";

const LEAVE_MS = 5000; // how old a leave may be when the request leaves
const PAGE_MS = 5000; // a page may be loading
const RETURN_MS = 3000; // for pages to come back to a worker that was stopped
const ANSWER_GRACE_MS = 10_000; // for a page that was told to stop waiting
const SILENCE_MS = 15_000; // for a page's word before anything is begun
const CLOSING_MS = 300; // what a closed page wrote last may still be on its way

/** Certainly nothing was sent. */
class UnsentError extends Error {
  /** `said` is what Vinted answered to the question who is signed in, where it does not say. */
  constructor(reason, detail = "", said = {}) {
    super(detail);
    this.reason = reason;
    this.said = said;
  }
}

/** The connection was lost, or the server gave the command up, before anything was begun. */
class DroppedError extends Error {}

/** The page was closed. */
class GoneError extends Error {}

export class Run {
  #waits = new Waits();
  #isBegun = false;
  #isDropped = false;
  #isLeft = false;
  #page = null;
  #pages;
  #journal;
  #send;

  constructor(id, what, { pages, journal, send }) {
    this.id = id;
    this.what = what;
    this.#pages = pages;
    this.#journal = journal;
    this.#send = send;
  }

  get isInPage() {
    return this.#page !== null;
  }

  /** Whether somebody is at it; of what an earlier worker left, only its page can be. */
  get isUnderWay() {
    return !this.#isLeft || this.isInPage;
  }

  /** From the server: `chunk` or `go`. */
  hear(message) {
    this.#waits.settle(nameOf(message), message);
  }

  /** Forgets it, unless it was begun; tells whether it did. */
  drop() {
    this.#isDropped = true;
    if (!this.#isBegun) {
      this.#waits.fail(new DroppedError());
    }
    return !this.#isBegun;
  }

  /** The result of a command that has just come; null if it was dropped. */
  carryOut(command) {
    return this.#listening(async () => {
      await this.#prepare(command);
      await this.#begin(command.answer_seconds);
      return this.#outcome(command.answer_seconds);
    });
  }

  /** The result of a command that was begun before this worker was started; `found` in its page. */
  takeUp({ document, seconds }, found) {
    this.#isBegun = true;
    this.#isLeft = true;
    return this.#listening(async () => {
      for (const since = stopwatch(); since() < RETURN_MS; await sleep(50)) {
        this.#page = this.#pages.byDocument(document);
        if (this.#page?.running === this.id) {
          found();
          return this.#outcome(seconds);
        }
        if (this.#page || (await this.#journal.answer(this.id))) {
          break;
        }
      }
      return this.#left("browser");
    });
  }

  async #listening(work) {
    const stop = this.#pages.listen((page, message) => this.#hearPage(page, message));
    try {
      return await work();
    } catch (error) {
      return this.#resultOf(error);
    } finally {
      stop();
    }
  }

  #resultOf(error) {
    this.#page?.tell({ type: "drop", id: this.id });
    if (error instanceof DroppedError) {
      return null;
    }
    if (error instanceof GoneError) {
      return unsent("no_tab", "The tab was closed.");
    }
    if (error instanceof FileError) {
      return unsent("file", error.message);
    }
    if (error instanceof UnsentError) {
      return unsent(error.reason, error.message, error.said);
    }
    throw error;
  }

  async #prepare({ request, writes, as_user: asUser }) {
    if (!isAllowed(request)) {
      throw new UnsentError("not_allowed", this.what);
    }
    const isWrite = writes || request.method !== "GET";
    const pieces = request.form ? await this.#file(request.form.file) : [];
    this.#page = await this.#pages.usable(PAGE_MS);
    if (!this.#page) {
      throw this.#isDropped ? new DroppedError() : new UnsentError("no_tab");
    }
    // What is read of somebody else's proves nothing, and is taken for the account's all the same.
    const checks = isWrite || asUser !== null || this.#page.saw?.state !== "ready";
    const told = await this.#ask({ type: "prepare", request, pieces, checks }, "prepared");
    if (told.reason) {
      throw new UnsentError(told.reason, told.detail, told);
    }
    checkUser(this.#page.saw, isWrite, asUser);
  }

  #file(file) {
    return fetchFile(file, async (offset) => {
      const chunk = this.#wait(nameOf({ type: "chunk", offset }));
      this.#send({ type: "need", id: this.id, offset });
      return (await chunk).data;
    });
  }

  /** Returns when the page was told to go. A leave that came too late is asked for again. */
  async #begin(seconds) {
    for (;;) {
      await this.#ask({ type: "arm" }, "armed");
      const age = stopwatch();
      const leave = this.#wait("go");
      this.#send({ type: "begin", id: this.id });
      await leave;
      if (age() > LEAVE_MS) {
        continue;
      }
      this.#isBegun = true;
      await this.#journal.begin(this.id, this.what, { document: this.#page.document, seconds });
      if (age() <= LEAVE_MS && (await this.#isMade(seconds))) {
        return;
      }
      await this.#journal.takeBack(this.id);
      this.#isBegun = false;
    }
  }

  /** Whether the page makes the request; it does not if the leave has become too old meanwhile. */
  async #isMade(seconds) {
    if (!this.#isOpen(this.#page)) {
      return true; // it went while the beginning was noted
    }
    const told = Promise.race([this.#wait("going"), this.#wait("late"), silence()]);
    this.#page.tell({ type: "go", id: this.id, seconds });
    try {
      return (await told).type === "going";
    } catch {
      return true; // the page is gone, and nobody knows: so it counts as made
    }
  }

  async #outcome(seconds) {
    const page = this.#page;
    const abort = setTimeout(() => page.tell({ type: "abort", id: this.id }), seconds * 1000);
    const ended = this.#wait("ended").catch(() => null);
    if (this.#isOpen(page) && !(await this.#journal.answer(this.id))) {
      await Promise.race([ended, sleep(seconds * 1000 + ANSWER_GRACE_MS)]);
    }
    clearTimeout(abort);
    if (this.#isOpen(page)) {
      return this.#left("time");
    }
    await sleep(CLOSING_MS);
    return this.#left("tab");
  }

  /** What the page stored; without that, why it is not known. */
  async #left(reason) {
    const answer = await this.#journal.answer(this.id);
    const detail = "The page left no answer.";
    return answer?.result ?? { outcome: "unknown", reason, detail };
  }

  #isOpen(page) {
    return this.#pages.byDocument(page.document) === page;
  }

  #ask(question, answer) {
    if (!this.#isOpen(this.#page)) {
      throw new GoneError();
    }
    const told = Promise.race([this.#wait(answer), silence()]);
    this.#page.tell({ ...question, id: this.id });
    return told;
  }

  #wait(name) {
    if (this.#isDropped && !this.#isBegun) {
      throw new DroppedError();
    }
    return this.#waits.for(name);
  }

  #hearPage(page, message) {
    if (page !== this.#page) {
      return;
    }
    if (message.type === "gone") {
      this.#waits.fail(new GoneError());
    } else if (message.id === this.id) {
      this.#waits.settle(message.type, message);
    }
  }
}

/** A page may be blocked, by a question of its own or because its tab sleeps. */
async function silence() {
  await sleep(SILENCE_MS);
  throw new UnsentError("no_tab", "The page of Vinted does not answer.");
}

function checkUser(saw, isWrite, asUser) {
  if (saw?.state !== "ready") {
    throw new UnsentError(saw?.state ?? "no_tab");
  }
  if (asUser === null ? isWrite : saw.user_id !== asUser) {
    throw new UnsentError("wrong_user", `Signed in is ${saw.login} (${saw.user_id}).`);
  }
}

function nameOf({ type, offset }) {
  return type === "chunk" ? `chunk ${offset}` : type;
}

export function unsent(reason, detail = "", { status, retryAfter } = {}) {
  const result = { outcome: "unsent", reason, detail: detail.slice(0, 500) };
  if (Number.isInteger(status)) {
    result.status = status;
  }
  if (typeof retryAfter === "string") {
    result.retry_after = retryAfter.slice(0, 100);
  }
  return result;
}
