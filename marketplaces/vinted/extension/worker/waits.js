/** Promises for messages that are expected, by a name of what is expected. */
export class Waits {
  #open = new Map();

  /** Resolves with what `settle` is given for `name`, or fails with what `fail` is given. */
  for(name) {
    const promise = new Promise((resolve, reject) => this.#open.set(name, { resolve, reject }));
    promise.catch(() => null); // of several that fail together only one is looked at
    return promise;
  }

  settle(name, value) {
    this.#open.get(name)?.resolve(value);
    this.#open.delete(name);
  }

  fail(error) {
    for (const { reject } of this.#open.values()) {
      reject(error);
    }
    this.#open.clear();
  }
}

export function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
