// The top bar: which sandbox, what makes it behave otherwise than usual, and whether the server is there.

import { control } from "./api.js";
import { ask, nameField } from "./dialogs.js";
import { fill, h, icon } from "./dom.js";
import { t } from "./i18n.js";
import { change, href, sandbox } from "./place.js";
import { on, retry } from "./stream.js";
import { fail, toast } from "./toasts.js";

class Badges extends HTMLElement {
  #ended = new AbortController();

  connectedCallback() {
    this.#ended = new AbortController();
    on("state", (state) => {
      const badges = [
        state.faults ? badge("faults", "faults", t("badge.faults", { n: state.faults })) : null,
        state.overrides.length ? badge("rules", "rules", t("badge.overrides", { n: state.overrides.length })) : null,
        state.recording ? badge("sandboxes", "record", t("badge.recording")) : null,
      ];
      fill(this, badges);
    }, this.#ended.signal);
  }

  disconnectedCallback() {
    this.#ended.abort();
  }
}

/**
 * @param {string} view
 * @param {string} symbol
 * @param {string} text
 */
function badge(view, symbol, text) {
  return h("a", { class: `badge ${symbol}`, href: href(view), title: text }, icon(symbol), h("span", {}, text));
}

class Connection extends HTMLElement {
  #ended = new AbortController();
  #timer = 0;

  connectedCallback() {
    this.#ended = new AbortController();
    this.setAttribute("role", "status");
    on("connection", (told) => this.#show(told.state, told.seconds), this.#ended.signal);
  }

  disconnectedCallback() {
    this.#ended.abort();
    clearInterval(this.#timer);
  }

  /**
   * @param {import("./hub.js").Connected} state
   * @param {number} seconds
   */
  #show(state, seconds) {
    clearInterval(this.#timer);
    this.className = `connection ${state}`;
    this.dataset.state = state;
    const text = h("span", {});
    const again = h("button", { type: "button", class: "quiet", onclick: retry }, t("connection.retry"));
    fill(this, h("i", { class: "dot", "aria-hidden": "true" }), text, state === "live" ? null : again);
    const began = Date.now();
    const tell = () => {
      const left = Math.max(0, Math.ceil(seconds - (Date.now() - began) / 1000));
      text.textContent = left && state !== "live" ? t(`connection.${state}_in`, { n: left }) : t(`connection.${state}`);
    };
    tell();
    if (seconds) this.#timer = setInterval(tell, 500);
  }
}

class Picker extends HTMLElement {
  #ended = new AbortController();
  /** @type {string[]} */
  #names = [];

  connectedCallback() {
    this.#ended = new AbortController();
    const select = h("select", { "aria-label": t("picker.label"), onchange: () => this.#choose(select.value) });
    const make = h(
      "button", { type: "button", class: "quiet only-icon", title: t("picker.create"), "aria-label": t("picker.create"), onclick: () => createSandbox(null) },
      icon("plus"),
    );
    const fork = h(
      "button", { type: "button", class: "quiet only-icon", title: t("picker.fork"), "aria-label": t("picker.fork"), onclick: () => createSandbox(sandbox()) },
      icon("fork"),
    );
    fill(this, select, make, fork);
    const show = () => {
      const names = this.#names.includes(sandbox()) ? this.#names : [...this.#names, sandbox()];
      fill(select, names.map((name) => h("option", { value: name, selected: name === sandbox() }, name)));
      select.value = sandbox();
    };
    show();
    on("sandboxes", ({ names }) => {
      this.#names = names;
      if (document.activeElement !== select || !names.includes(select.value)) show();
    }, this.#ended.signal);
  }

  disconnectedCallback() {
    this.#ended.abort();
  }

  /** @param {string} name */
  #choose(name) {
    choose(name);
  }
}

/**
 * Look at another sandbox: what was selected in the one before means nothing there.
 *
 * @param {string} name
 */
export function choose(name) {
  change({ sandbox: name === "default" ? null : name, id: null, q: null, member: null, to: null });
}

/**
 * Make a sandbox, new or as a fork, and look at it.
 *
 * @param {string | null} parent
 */
export async function createSandbox(parent) {
  const answer = await ask({
    title: parent ? t("picker.fork_of", { name: parent }) : t("picker.create"),
    fields: [nameField()],
    action: parent ? t("picker.fork") : t("picker.create"),
  });
  if (!answer?.name) return;
  try {
    await control("POST", "/sandboxes", { body: parent ? { name: answer.name, from: parent } : { name: answer.name } });
    toast(t("picker.made", { name: answer.name }));
    choose(answer.name);
  } catch (error) {
    fail(error);
  }
}

customElements.define("sb-badges", Badges);
customElements.define("sb-connection", Connection);
customElements.define("sb-picker", Picker);
