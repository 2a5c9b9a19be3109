// The sandbox's clock as it ticks here: from the moment that the server told, at the rate that it told.

import { h, write } from "./dom.js";
import { day, number, sandboxMoment, time } from "./format.js";
import { t } from "./i18n.js";
import { on } from "./stream.js";
import { href } from "./place.js";

/** @typedef {{now: string, rate: number, life: string, received: number, faults: number, overrides: string[], recording: boolean, generation: number, rules_revision: string, sandbox: string}} State */

/** @type {State | null} */
let state = null;
on("state", (told) => {
  state = told;
});

/** @returns {State | null} */
export function latestState() {
  return state;
}

/** Now, in milliseconds since the epoch, on the sandbox's clock; 0 while it is not known. */
export function sandboxNow() {
  if (!state) return 0;
  return Date.parse(state.now) + (Date.now() - state.received) * state.rate;
}

/** Seconds until a moment of the sandbox; negative once it is past.
 * @param {string} moment
 */
export function secondsUntil(moment) {
  return (Date.parse(moment) - sandboxNow()) / 1000;
}

/**
 * Call `tick` now and four times a second, while the page is seen.
 *
 * @param {() => void} tick
 * @param {AbortSignal} signal
 */
export function ticking(tick, signal) {
  tick();
  const timer = setInterval(() => document.hidden || tick(), 250);
  signal.addEventListener("abort", () => clearInterval(timer));
}

class Clock extends HTMLElement {
  #ended = new AbortController();

  connectedCallback() {
    this.#ended = new AbortController();
    const moment = h("span", { class: "moment" });
    const date = h("span", { class: "date" });
    const rate = h("span", { class: "rate" });
    const link = h("a", { class: "clock" }, moment, date, rate);
    this.replaceChildren(link);
    const tick = () => {
      if (!state) return;
      const now = sandboxMoment(sandboxNow());
      write(moment, time(now));
      write(date, day(now));
      write(rate, rateText(state.rate));
      link.setAttribute("href", href("clock"));
      link.setAttribute("aria-label", t("clock.label", { now: `${day(now)} ${time(now)}`, rate: rateText(state.rate) }));
      link.classList.toggle("frozen", state.rate === 0);
    };
    on("state", tick, this.#ended.signal);
    ticking(tick, this.#ended.signal);
  }

  disconnectedCallback() {
    this.#ended.abort();
  }
}

/** @param {number} rate */
export function rateText(rate) {
  return rate === 0 ? t("clock.frozen") : rate === 1 ? t("clock.real") : `×${number(rate)}`;
}

customElements.define("sb-time", Clock);
