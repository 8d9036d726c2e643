/** The connection to StoFlow: it is made, kept alive, and made again after a loss. */

import { browser } from "../shared/browser.js";
import { MessageError, PROTOCOL } from "./protocol.js";

const WELCOME_MS = 10_000;
const MINUTE_MS = 60_000;
const LONGEST_PAUSE_MS = 30_000;
const REASONS = { 1009: "message", 4400: "message", 4401: "token", 4409: "occupied", 4426: "version" };
const FINAL = new Set(["token", "version"]);
const NOT_BEFORE = "notBefore";

export class Link {
  phase = "off"; // off, connecting, connected, waiting, refused
  refusal = null; // {reason, message, least_version}
  welcome = null; // with how the account stands by now

  #connection = null;
  #socket = null;
  #failures = 0;
  #timers = [];
  #heardAt = 0;
  #protocol;
  #hello;
  #hears;

  /**
   * `hello` returns what a hello says besides protocol and token. `hears` has a function for each
   * of `welcome`, `standing`, `message`, `lost`, `refused` (for good) and `changed`.
   */
  constructor({ protocol, hello, hears }) {
    this.#protocol = protocol;
    this.#hello = hello;
    this.#hears = hears;
  }

  /** Connects with `{url, token}` unless it does or did so already, or has to wait. */
  async start(connection) {
    if (this.#connection) {
      return;
    }
    this.#connection = connection;
    const { [NOT_BEFORE]: wait } = await browser.storage.session.get({ [NOT_BEFORE]: null });
    const ms = wait ? Math.min(Math.max(wait.at - Date.now(), 0), MINUTE_MS) : 0;
    if (ms > 0) {
      this.refusal = wait.refusal;
      this.#pause(ms);
    } else {
      this.#open();
    }
  }

  /** The server ended it for good, as is known from before this worker was started. */
  refuse(refusal) {
    if (this.phase === "off") {
      this.refusal = refusal;
      this.#be("refused");
    }
  }

  stop() {
    this.#connection = null;
    this.#close(1000);
    this.refusal = null;
    this.#be("off");
  }

  /** Sends if there is a welcomed connection. What matters is sent again after the next welcome. */
  send(message) {
    if (this.phase === "connected") {
      this.#socket.send(this.#protocol.write(message));
    }
  }

  #open() {
    const socket = new WebSocket(this.#connection.url);
    this.#socket = socket;
    this.#be("connecting");
    const mine = (act) => (event) => this.#socket === socket && act(event);
    socket.onopen = mine(() => {
      const { token } = this.#connection;
      socket.send(this.#protocol.write({ type: "hello", protocol: PROTOCOL, token, ...this.#hello() }));
    });
    socket.onmessage = mine(({ data }) => this.#hear(data));
    socket.onclose = mine(({ code }) => this.#lose(refusalFor(REASONS[code])));
    this.#timers = [setTimeout(mine(() => this.#lose(null)), WELCOME_MS)];
  }

  #hear(text) {
    this.#heardAt = performance.now();
    let message;
    try {
      message = this.#protocol.read(text);
    } catch (error) {
      if (error instanceof MessageError) {
        this.#lose(refusalFor("message"), 4400);
        return;
      }
      throw error;
    }
    if (message.type === "refused") {
      this.#lose(message);
    } else if (this.phase === "connected" && message.type === "standing") {
      this.welcome = { ...this.welcome, ...message };
      this.#hears.standing(message);
    } else if (this.phase === "connected") {
      this.#hears.message(message);
    } else if (message.type === "welcome") {
      this.#greet(message);
    }
  }

  #greet(message) {
    this.#failures = 0;
    this.refusal = null;
    this.welcome = message;
    this.#clearTimers();
    const beat = message.heartbeat_seconds * 1000;
    this.#timers = [
      setInterval(() => this.send({ type: "ping" }), beat),
      setInterval(() => this.#checkSilence(beat * 1.5), beat / 4),
    ];
    this.#be("connected");
    this.#hears.welcome(message);
  }

  #checkSilence(longest) {
    if (performance.now() - this.#heardAt > longest) {
      this.#lose(null);
    }
  }

  #lose(refusal, code = 1000) {
    this.#close(code);
    this.phase = "waiting";
    this.refusal = refusal;
    this.#hears.lost();
    if (FINAL.has(refusal?.reason)) {
      this.#hears.refused(refusal);
      this.#be("refused");
    } else {
      this.#pause(refusal ? MINUTE_MS : this.#nextPause());
    }
  }

  /** 1, 2, 4 … 30 seconds, each with up to half as much again. */
  #nextPause() {
    const pause = Math.min(1000 * 2 ** this.#failures, LONGEST_PAUSE_MS);
    this.#failures += 1;
    return pause * (1 + Math.random() / 2);
  }

  /** The end of a pause is noted, as the browser may stop and start this worker meanwhile. */
  #pause(ms) {
    const { refusal } = this;
    browser.storage.session.set({ [NOT_BEFORE]: { at: Date.now() + ms, refusal } });
    this.#timers = [setTimeout(() => this.#open(), ms)];
    this.#be("waiting");
  }

  #close(code) {
    this.#clearTimers();
    this.welcome = null;
    const socket = this.#socket;
    this.#socket = null;
    socket?.close(code);
  }

  #clearTimers() {
    for (const timer of this.#timers) {
      clearTimeout(timer);
    }
    this.#timers = [];
  }

  #be(phase) {
    this.phase = phase;
    this.#hears.changed();
  }
}

function refusalFor(reason) {
  return reason ? { reason, message: "", least_version: null } : null;
}
