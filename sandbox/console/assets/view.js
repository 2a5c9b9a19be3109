// What all views have in common: they live as long as they are shown, follow the address, and show what was read last.

import { Unreachable } from "./api.js";
import { h } from "./dom.js";
import { t } from "./i18n.js";
import { on } from "./stream.js";
import { fail } from "./toasts.js";

/** @typedef {(signal: AbortSignal) => Promise<unknown>} Reading asks, and shows what is answered */

export class View extends HTMLElement {
  #ended = new AbortController();
  /** @type {Map<string, {ended: AbortController, next: Reading | null}>} */
  #underWay = new Map();
  /** @type {Map<string, Reading>} */
  #owed = new Map();

  connectedCallback() {
    this.#ended = new AbortController();
    this.className = "view";
    this.on("connection", ({ state }) => {
      if (state !== "live") return;
      const owed = [...this.#owed];
      this.#owed.clear();
      for (const [about, reading] of owed) void this.read(about, reading);
    });
    this.start();
    const name = this.localName.slice("sb-".length);
    this.prepend(h("h1", { class: "visually-hidden" }, t(`view.${name}`)));
    this.moved();
  }

  disconnectedCallback() {
    this.#ended.abort();
    for (const { ended } of this.#underWay.values()) ended.abort();
    this.#underWay.clear();
    this.#owed.clear();
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
   * Read something to show it. Answers can overtake each other, so of what is read about one thing one is under way at a
   * time, and the latest that was wanted meanwhile follows it: what is shown in the end was asked for last. While the
   * server cannot be reached the top bar says so: it is read once it is back.
   *
   * @param {string} about what is shown, such as `member`
   * @param {Reading} reading
   */
  async read(about, reading) {
    if (this.signal.aborted) return;
    const before = this.#underWay.get(about);
    if (before) {
      before.next = reading;
      return;
    }
    /** @type {{ended: AbortController, next: Reading | null}} */
    const now = { ended: new AbortController(), next: null };
    this.#underWay.set(about, now);
    this.#owed.delete(about);
    try {
      await reading(now.ended.signal);
    } catch (error) {
      if (now.ended.signal.aborted) return;
      if (error instanceof Unreachable) {
        this.#owed.set(about, now.next ?? reading);
        now.next = null;
      } else fail(error);
    } finally {
      if (this.#underWay.get(about) === now) {
        this.#underWay.delete(about);
        if (now.next) void this.read(about, now.next);
      }
    }
  }

  /**
   * Read no more about something: an answer that is still to come is not shown. For what is asked another question about
   * next, as with another filter.
   *
   * @param {string} about
   */
  stop(about) {
    this.#underWay.get(about)?.ended.abort();
    this.#underWay.delete(about);
    this.#owed.delete(about);
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
