// What all views have in common: they live as long as they are shown, and follow the address.

import { Unreachable } from "./api.js";
import { h } from "./dom.js";
import { t } from "./i18n.js";
import { on } from "./stream.js";
import { fail } from "./toasts.js";

export class View extends HTMLElement {
  #ended = new AbortController();
  /** @type {Set<() => Promise<unknown>>} */
  #owed = new Set();

  connectedCallback() {
    this.#ended = new AbortController();
    this.className = "view";
    this.on("connection", ({ state }) => {
      if (state !== "live") return;
      const owed = [...this.#owed];
      this.#owed.clear();
      for (const work of owed) void this.read(work);
    });
    this.start();
    const name = this.localName.slice("sb-".length);
    this.prepend(h("h1", { class: "visually-hidden" }, t(`view.${name}`)));
    this.moved();
  }

  disconnectedCallback() {
    this.#ended.abort();
  }

  /** Aborted when the view is left. */
  get signal() {
    return this.#ended.signal;
  }

  /** Build the view. */
  start() {}

  /** The address has changed, or the view is new. */
  moved() {}

  /** @returns {import("./palette.js").Action[]} what can be done here, for the palette */
  actions() {
    return [];
  }

  /**
   * @param {string} topic
   * @param {(data: any) => void} tell
   */
  on(topic, tell) {
    on(topic, tell, this.signal);
  }

  /**
   * Read something to show it. While the server cannot be reached the top bar says so: it is read once it is back.
   *
   * @param {() => Promise<unknown>} work
   */
  async read(work) {
    try {
      await work();
    } catch (error) {
      if (this.signal.aborted) return;
      if (error instanceof Unreachable) this.#owed.add(work);
      else fail(error);
    }
  }

  /**
   * Do something; what goes wrong is told, unless the view has been left.
   *
   * @param {() => Promise<unknown>} work
   */
  async attempt(work) {
    try {
      await work();
    } catch (error) {
      if (!this.signal.aborted) fail(error);
    }
  }
}

/**
 * The same function, called at most once in so many milliseconds, and after the last time that it is asked for.
 *
 * @param {() => void} work
 * @param {number} milliseconds
 */
export function atMost(work, milliseconds) {
  let timer = 0;
  return () => {
    timer ||= setTimeout(() => {
      timer = 0;
      work();
    }, milliseconds);
  };
}

/**
 * The same function, called once after a pause, however often it is asked for.
 *
 * @param {() => void} work
 * @param {number} milliseconds
 */
export function later(work, milliseconds) {
  let timer = 0;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(work, milliseconds);
  };
}
