// Connections to the server's stream: one for each sandbox that is looked at, however many pages look.
//
// Runs in the shared worker, or in one of the pages where there is no shared worker.

/** @typedef {{sandbox: string, token: string, language: string, cursor: string}} Wish what a page wants to follow */
/** @typedef {{kind: "event", sandbox: string, event: string, data: any, cursor: string}} Told */
/** @typedef {"live" | "reconnecting" | "gone" | "refused" | "missing" | "unusable"} Connected */
/** @typedef {{kind: "connection", sandbox: string, state: Connected, seconds: number}} ConnectionTold */
/** @typedef {(told: Told | ConnectionTold) => void} Send */

const LONGEST_SILENCE = 40_000; // the server gives a sign of life every 15 seconds
const LONGEST_WAIT = 8;
const GONE_AFTER = 4;

export class Hub {
  /** @type {Map<string, Connection>} */
  #connections = new Map();

  /**
   * @param {string} page
   * @param {Wish} wish
   * @param {Send} send
   */
  follow(page, wish, send) {
    for (const [sandbox, other] of this.#connections) {
      if (sandbox !== wish.sandbox && other.part(page)) this.#connections.delete(sandbox);
    }
    let connection = this.#connections.get(wish.sandbox);
    if (!connection) {
      connection = new Connection(wish);
      this.#connections.set(wish.sandbox, connection);
    }
    connection.join(page, wish, send);
  }

  /** @param {string} page */
  leave(page) {
    for (const [sandbox, connection] of this.#connections) {
      if (connection.part(page)) this.#connections.delete(sandbox);
    }
  }

  /** Try again at once, for a reader who does not want to wait. */
  retry() {
    for (const connection of this.#connections.values()) connection.retry();
  }
}

class Connection {
  /** @type {Map<string, Send>} */
  #pages = new Map();
  /** @type {Map<string, Told>} */
  #standing = new Map(); // what a page that joins later has to know: the latest state, the names of sandboxes
  /** @type {ConnectionTold} */
  #state;
  #ended = new AbortController();
  #failures = 0;
  /** @type {(() => void) | null} */
  #hurry = null;

  /** @param {Wish} wish */
  constructor(wish) {
    this.sandbox = wish.sandbox;
    this.token = wish.token;
    this.language = wish.language;
    this.cursor = wish.cursor;
    this.#state = { kind: "connection", sandbox: wish.sandbox, state: "reconnecting", seconds: 0 };
    void this.#run();
  }

  /**
   * @param {string} page
   * @param {Wish} wish
   * @param {Send} send
   */
  join(page, wish, send) {
    this.#pages.set(page, send);
    send(this.#state);
    for (const told of this.#standing.values()) send(told);
    if (wish.token && wish.token !== this.token) {
      this.token = wish.token;
      this.retry();
    }
  }

  /**
   * @param {string} page
   * @returns {boolean} whether that was the last one
   */
  part(page) {
    if (!this.#pages.delete(page) || this.#pages.size) return false;
    this.#ended.abort();
    this.retry();
    return true;
  }

  retry() {
    this.#hurry?.();
  }

  async #run() {
    while (!this.#ended.signal.aborted) {
      const state = await this.#listen();
      if (this.#ended.signal.aborted) return;
      this.#failures += 1;
      const seconds = Math.min(LONGEST_WAIT, 2 ** (this.#failures - 1));
      const lost = this.#failures >= GONE_AFTER ? "gone" : "reconnecting";
      this.#say(state === "live" ? lost : state, seconds);
      await this.#wait(seconds);
    }
  }

  /**
   * One connection, from its beginning to its end.
   *
   * @returns {Promise<Connected>} why there is none: `live` when it was lost
   */
  async #listen() {
    const silence = new AbortController();
    let watch = setTimeout(() => silence.abort(), LONGEST_SILENCE);
    try {
      const answer = await fetch("/_sandbox/stream", {
        headers: this.#headers(),
        signal: AbortSignal.any([this.#ended.signal, silence.signal]),
        cache: "no-store",
      });
      if (answer.status === 401) return "refused";
      if (answer.status === 404) return "missing";
      if (answer.status === 409) return "unusable"; // damaged, or of another version
      if (!answer.ok || !answer.body) return "live";
      this.#failures = 0;
      this.#say("live", 0);
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      let rest = "";
      for (let part = await reader.read(); !part.done; part = await reader.read()) {
        clearTimeout(watch);
        watch = setTimeout(() => silence.abort(), LONGEST_SILENCE);
        const blocks = (rest + part.value).split("\n\n");
        rest = blocks.pop() ?? "";
        for (const block of blocks) this.#take(block);
      }
      return "live";
    } catch (error) {
      if (error instanceof TypeError || error instanceof DOMException) return "live"; // no network, or cut off
      throw error;
    } finally {
      clearTimeout(watch);
    }
  }

  #headers() {
    /** @type {Record<string, string>} */
    const headers = { "X-Sandbox": this.sandbox, "Accept-Language": this.language };
    if (this.token) headers.Authorization = `Bearer ${this.token}`;
    if (this.cursor) headers["Last-Event-ID"] = this.cursor;
    return headers;
  }

  /** @param {string} block */
  #take(block) {
    /** @type {Record<string, string>} */
    const fields = {};
    for (const line of block.split("\n")) {
      const colon = line.indexOf(": ");
      if (colon > 0) fields[line.slice(0, colon)] = line.slice(colon + 2);
    }
    if (fields.id) this.cursor = fields.id;
    if (!fields.data || !fields.event) return;
    /** @type {Told} */
    const told = {
      kind: "event", sandbox: this.sandbox, event: fields.event, data: JSON.parse(fields.data), cursor: this.cursor,
    };
    if (told.event === "state" || told.event === "sandboxes") {
      told.data = { ...told.data, received: Date.now() };
      this.#standing.set(told.event, told);
    }
    for (const send of this.#pages.values()) send(told);
  }

  /**
   * @param {Connected} state
   * @param {number} seconds
   */
  #say(state, seconds) {
    this.#state = { kind: "connection", sandbox: this.sandbox, state, seconds };
    for (const send of this.#pages.values()) send(this.#state);
  }

  /** @param {number} seconds */
  #wait(seconds) {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#hurry = null;
        resolve(undefined);
      };
      const timer = setTimeout(done, seconds * 1000);
      this.#hurry = done;
    });
  }
}
