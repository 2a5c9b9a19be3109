// Lists whose rows are keyed and patched, never rebuilt: focus, selection and scroll stay where they are.

import { fill, h, icon } from "./dom.js";
import { t } from "./i18n.js";

/**
 * Make the children of a container those of `items`, in order. A row that is there already is updated and stays the same
 * element.
 *
 * @template T
 * @param {Element} container
 * @param {T[]} items
 * @param {(item: T) => string} keyOf
 * @param {(item: T) => HTMLElement} make
 * @param {(row: HTMLElement, item: T) => void} [update]
 */
export function patch(container, items, keyOf, make, update) {
  /** @type {Map<string, HTMLElement>} */
  const before = new Map();
  for (const child of /** @type {Iterable<HTMLElement>} */ (container.children)) before.set(child.dataset.key ?? "", child);
  const wanted = new Set(items.map(keyOf));
  for (const [key, row] of before) if (!wanted.has(key)) row.remove();
  /** @type {Element | null} */
  let place = container.firstElementChild;
  for (const item of items) {
    const key = keyOf(item);
    let row = before.get(key);
    if (row) {
      update?.(row, item);
    } else {
      row = make(item);
      row.dataset.key = key;
    }
    if (row === place) place = place.nextElementSibling;
    else container.insertBefore(row, place);
  }
}

const MOST = 300; // rows kept while the reader is at the top; further down, as many as were scrolled to
const AT_TOP = 8;
const [NEWEST, OLDER] = ["newest rows", "older rows"];

/**
 * A list that grows at its top while it is read. New rows go in at once when the reader is at the top; else they wait
 * behind a button. Older rows are read when the reader comes to the end.
 *
 * @template T
 */
export class LiveList {
  /** @type {T[]} */
  #items = [];
  /** @type {T[]} */
  #waiting = [];
  /** @type {T[] | null} */
  #meanwhile = null;
  #paused = false;
  #cursor = "";
  #isWhole = true;

  /**
   * @param {import("./view.js").View} view that it is in
   * @param {object} options
   * @param {(item: T) => string} options.key
   * @param {(item: T) => HTMLElement} options.make
   * @param {(row: HTMLElement, item: T) => void} [options.update]
   * @param {(cursor: string, signal: AbortSignal) => Promise<{items: T[], next_cursor: string | null}>} options.page the newest, or the next one
   * @param {HTMLElement} options.empty shown while there is nothing
   * @param {string} options.label
   */
  constructor(view, options) {
    this.view = view;
    this.options = options;
    this.list = h("ol", { class: "rows", "aria-label": options.label });
    this.pill = h("button", { type: "button", class: "pill", hidden: true, onclick: () => this.release() });
    this.end = h("div", { class: "end" });
    this.scroller = h(
      "div", { class: "scroller", tabindex: "-1" }, h("div", { class: "pill-place" }, this.pill), this.list, options.empty, this.end,
    );
    this.scroller.addEventListener("scroll", () => this.#isAtTop && !this.#paused && this.release(), { passive: true });
    this.seen = new IntersectionObserver((seen) => seen.at(-1)?.isIntersecting && this.#readOn(), {
      root: this.scroller,
      rootMargin: "400px",
    });
    this.seen.observe(this.end);
  }

  get items() {
    return this.#items;
  }

  get isPaused() {
    return this.#paused;
  }

  /** @param {boolean} paused */
  set isPaused(paused) {
    this.#paused = paused;
    if (!paused && this.#isAtTop) this.release();
  }

  /**
   * Begin anew with the newest page. What arrives until it is there is newer than what it holds.
   *
   * @param {{isOther?: boolean}} [options] whether something else is asked for than before, as with another filter
   */
  load({ isOther = true } = {}) {
    this.#meanwhile = isOther ? [] : (this.#meanwhile ?? []);
    this.view.stop(OLDER);
    if (isOther) this.view.stop(NEWEST);
    void this.view.read(NEWEST, async (signal) => {
      this.#meanwhile ??= [];
      this.#begin(await this.options.page("", signal));
    });
  }

  /** Read the newest page again: its rows may have changed. */
  catchUp() {
    if (this.#meanwhile) this.load({ isOther: false });
    else void this.view.read(NEWEST, async (signal) => this.add((await this.options.page("", signal)).items));
  }

  /** @param {{items: T[], next_cursor: string | null}} page */
  #begin({ items, next_cursor }) {
    const known = new Set(items.map(this.options.key));
    const newer = (this.#meanwhile ?? []).filter((item) => !known.has(this.options.key(item)));
    this.#meanwhile = null;
    this.#items = [...newer, ...items];
    this.#waiting = [];
    this.#end(next_cursor);
  }

  /**
   * Rows that are new, newest first, or that have changed.
   *
   * @param {T[]} items
   */
  add(items) {
    const { key } = this.options;
    const known = new Map(this.#items.map((item, place) => [key(item), place]));
    const fresh = items.filter((item) => {
      const place = known.get(key(item));
      if (place !== undefined) this.#items[place] = item;
      return place === undefined;
    });
    const waiting = new Set(fresh.map(key));
    if (this.#meanwhile) this.#meanwhile = [...items, ...this.#meanwhile].slice(0, MOST);
    this.#waiting = [...fresh, ...this.#waiting.filter((item) => !waiting.has(key(item)))].slice(0, MOST);
    if (this.#waiting.length && this.#isAtTop && !this.#paused) this.release();
    else this.#show();
  }

  /** Show what waits, from the top. */
  release() {
    if (!this.#waiting.length) return;
    const isAtTop = this.#isAtTop;
    this.#items = [...this.#waiting, ...this.#items];
    this.#waiting = [];
    if (this.#items.length > MOST) {
      this.#items = this.#items.slice(0, MOST);
      this.view.stop(OLDER);
      this.#isWhole = false;
      this.#cursor = ""; // it stood at the end of what was cut off
    }
    this.#show();
    if (!isAtTop) this.scroller.scrollTo({ top: 0 });
  }

  /** Update the rows that are shown. */
  refresh() {
    this.#show();
  }

  get #isAtTop() {
    return this.scroller.scrollTop < AT_TOP;
  }

  #show() {
    const { key, make, update, empty } = this.options;
    patch(this.list, this.#items, key, make, update);
    empty.hidden = this.#items.length > 0;
    const number = this.#waiting.length;
    this.pill.hidden = number === 0;
    if (number) fill(this.pill, t("list.new", { n: number }), icon("up"));
    this.end.hidden = this.#isWhole;
  }

  /** Read the next page, unless the newest one is on its way: after that the end is looked for again. */
  #readOn() {
    if (this.#isWhole || this.#meanwhile) return;
    void this.view.read(OLDER, async (signal) => {
      const { items, next_cursor } = await this.options.page(this.#cursor, signal);
      const known = new Set([...this.#items, ...this.#waiting].map(this.options.key));
      this.#items = [...this.#items, ...items.filter((item) => !known.has(this.options.key(item)))];
      this.#end(next_cursor);
    });
  }

  /**
   * Show the rows, and read on where their end is in view still.
   *
   * @param {string | null} cursor of the next page
   */
  #end(cursor) {
    this.#cursor = cursor ?? "";
    this.#isWhole = cursor === null;
    this.#show();
    this.seen.unobserve(this.end);
    this.seen.observe(this.end);
  }
}
