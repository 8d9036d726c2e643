/** Messages as text and back, each checked against the schema that both sides share. */

import { browser } from "../shared/browser.js";
import { fits } from "./schema.js";

export const PROTOCOL = 1;
export const LONGEST_MESSAGE = 262_144;

/** Raised for what the other side must not have said. */
export class MessageError extends Error {}

export class Protocol {
  #schema;

  constructor(schema) {
    this.#schema = schema;
  }

  static async load() {
    const answer = await fetch(browser.runtime.getURL("protocol.schema.json"));
    return new Protocol(await answer.json());
  }

  /** A message of the server's; MessageError if it is not one. */
  read(text) {
    if (typeof text !== "string" || bytesOf(text) > LONGEST_MESSAGE) {
      throw new MessageError("The message is no text or too long.");
    }
    let message;
    try {
      message = JSON.parse(text);
    } catch (error) {
      throw new MessageError("The message is not JSON.", { cause: error });
    }
    if (!this.#isFrom("from_server", message)) {
      throw new MessageError("The message does not fit the schema.");
    }
    return message;
  }

  /** The text of a message of ours. That it does not fit is a fault of this plugin's. */
  write(message) {
    // A text that was cut may end with half a character, which no other side takes.
    const text = JSON.stringify(message, (_, value) => value?.toWellFormed?.() ?? value);
    if (bytesOf(text) > LONGEST_MESSAGE || !this.#isFrom("from_plugin", message)) {
      throw new Error(`The plugin must not send this "${message.type}".`);
    }
    return text;
  }

  #isFrom(side, message) {
    return fits(message, this.#schema.$defs[side], this.#schema);
  }
}

function bytesOf(text) {
  return new TextEncoder().encode(text).length;
}
