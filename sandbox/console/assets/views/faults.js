// Faults: what is ordered, in order; presets to press; and a form made of what the server says a fault can be.

import { control, controlHere } from "../api.js";
import { fieldOf } from "../dialogs.js";
import { clearFaults, order } from "../faults.js";
import { fill, h, icon, set } from "../dom.js";
import { t, word } from "../i18n.js";
import { change, param } from "../place.js";
import { patch } from "../rows.js";
import { toast } from "../toasts.js";
import { atMost, View } from "../view.js";
import { sentence } from "./sentence.js";

/** @typedef {{id: string, match: Record<string, any>, effect: Record<string, any>, seen: number, hits: number, errors: number, last_error: string | null, enabled: boolean}} Fault */
/** @typedef {{match: any, effect: any, operations: string[], problems: Record<string, string[]>}} Form */

/** @type {{name: string, symbol: string, body: {match?: object, effect: object}}[]} */
const PRESETS = [
  { name: "4g", symbol: "load", body: { effect: { profile: "4g" } } },
  { name: "3g", symbol: "load", body: { effect: { profile: "3g" } } },
  { name: "edge", symbol: "load", body: { effect: { profile: "edge" } } },
  { name: "flaky", symbol: "faults", body: { effect: { profile: "flaky" } } },
  { name: "lost", symbol: "no", body: { match: { operation_id: "createTransfer", times: 1 }, effect: { connection: "reset", at: "response" } } },
  { name: "maintenance", symbol: "lock", body: { effect: { problem: "service_unavailable" } } },
  { name: "sms", symbol: "sms", body: { effect: { outage: "sms" } } },
  { name: "email", symbol: "email", body: { effect: { outage: "email" } } },
  { name: "biller", symbol: "ledger", body: { effect: { outage: "biller" } } },
  { name: "settlement", symbol: "traffic", body: { effect: { outage: "settlement" } } },
];
const KINDS = ["problem", "connection", "delay", "status", "slow_body_ms", "outage", "profile"];
const MATCHES = ["operation_id", "method", "path", "member", "condition", "after", "times", "probability"];

class Faults extends View {
  /** @type {Fault[]} */
  #faults = [];
  /** @type {Form | null} */
  #form = null;

  start() {
    this.tiles = h("div", { class: "tiles" });
    this.list = h("ol", { class: "rows card" });
    this.none = h("p", { class: "soft" }, t("faults.none"));
    this.form = h("form", { class: "card fault-form", onsubmit: (/** @type {Event} */ event) => this.#submit(event) });
    this.clearAll = h("button", { type: "button", onclick: () => this.#clear() }, icon("trash"), t("palette.clear_faults"));
    fill(
      this,
      h(
        "div", { class: "page" },
        h("section", { class: "stack" }, h("div", { class: "row-of" }, h("h2", { class: "grow" }, t("faults.in_force")), this.clearAll), this.none, this.list),
        h("section", { class: "stack" }, h("h2", {}, t("faults.presets")), this.tiles),
        h("section", { class: "stack" }, h("h2", {}, t("faults.own")), this.form),
      ),
    );
    this.on("state", () => this.#load());
    this.on("requests", ({ fault }) => fault && this.#load());
    void this.read("form", async (signal) => {
      this.#form = await control("GET", "/faults/form", { signal });
      this.#drawForm();
    });
  }

  moved() {
    if (this.#form) this.#drawForm();
    this.#show();
  }

  actions() {
    return PRESETS.map(({ name, body }) => ({ name: t("faults.order", { name: t(`preset.${name}`) }), run: () => this.#order(body) }));
  }

  #load = atMost(() => {
    void this.read("faults", async (signal) => {
      this.#faults = (await control("GET", "/faults", { signal })).items;
      this.#show();
    });
  }, 150);

  #show() {
    if (!this.list || !this.none || !this.tiles || !this.clearAll) return;
    this.none.hidden = this.#faults.length > 0;
    this.list.hidden = this.#faults.length === 0;
    this.clearAll.hidden = this.#faults.length === 0;
    patch(this.list, this.#faults, (fault) => fault.id, (fault) => this.#row(fault), (row, fault) => this.#mark(row, fault));
    patch(this.tiles, PRESETS, ({ name }) => name, (preset) => this.#tile(preset), (tile, preset) => this.#markTile(tile, preset));
  }

  /** @param {Fault} fault */
  #row(fault) {
    const button = (/** @type {string} */ name, /** @type {string} */ label, /** @type {() => void} */ run) =>
      h("button", { type: "button", class: "quiet only-icon", "aria-label": label, title: label, "data-do": name, onclick: run }, icon(name));
    const row = h(
      "li", { class: "fault", "data-row": true, tabindex: "0", "data-copies": JSON.stringify({ match: fault.match, effect: fault.effect }) },
      h("label", { class: "switch" }, h("input", { type: "checkbox", "aria-label": t("faults.enabled"), onchange: (/** @type {Event} */ event) => this.#switch(fault, event) })),
      h("span", { class: "two grow" }, h("span", {}, sentence(fault)), h("small", { class: "counts number" })),
      h(
        "span", { class: "row-of" },
        button("up", t("faults.earlier"), () => this.#move(fault, -1)),
        button("down", t("faults.later"), () => this.#move(fault, 1)),
        button("trash", t("faults.delete"), () => this.#delete(fault)),
      ),
    );
    this.#mark(row, fault);
    return row;
  }

  /**
   * @param {HTMLElement} row
   * @param {Fault} fault
   */
  #mark(row, fault) {
    const box = /** @type {HTMLInputElement} */ (row.querySelector("input"));
    box.checked = fault.enabled;
    row.classList.toggle("off", !fault.enabled);
    set(row, { "aria-current": param("id") === fault.id ? "true" : null });
    const counts = row.querySelector(".counts");
    const errors = fault.errors ? ` · ${t("faults.errors", { n: fault.errors, error: fault.last_error })}` : "";
    if (counts) counts.textContent = t("faults.counts", { seen: fault.seen, n: fault.hits }) + errors;
    const place = this.#faults.findIndex(({ id }) => id === fault.id);
    set(/** @type {Element} */ (row.querySelector("[data-do=up]")), { disabled: place === 0 });
    set(/** @type {Element} */ (row.querySelector("[data-do=down]")), { disabled: place === this.#faults.length - 1 });
  }

  /** @param {typeof PRESETS[number]} preset */
  #tile(preset) {
    const tile = h(
      "button", { type: "button", class: "tile", onclick: () => this.#order(preset.body) },
      h("strong", {}, icon(preset.symbol), t(`preset.${preset.name}`)),
      h("small", {}, t(`preset.${preset.name}_text`)),
      h("span", { class: "tag warn hits" }),
    );
    this.#markTile(tile, preset);
    return tile;
  }

  /**
   * @param {HTMLElement} tile
   * @param {typeof PRESETS[number]} preset
   */
  #markTile(tile, { body }) {
    const same = this.#faults.filter(({ effect, match }) => areSame(effect, body.effect) && areSame(match, body.match ?? {}));
    const hits = tile.querySelector(".hits");
    if (hits instanceof HTMLElement) {
      hits.hidden = same.length === 0;
      hits.textContent = t("faults.hits", { n: same.reduce((sum, each) => sum + each.hits, 0) });
    }
  }

  /** @param {object} body */
  #order(body) {
    const here = controlHere();
    void this.attempt(async () => {
      const fault = await here("POST", "/faults", { body });
      toast(t("faults.ordered"), { undo: () => here("DELETE", `/faults/${fault.id}`) });
      change({ id: fault.id }, { replace: true });
      this.#load();
    });
  }

  /**
   * @param {Fault} fault
   * @param {Event} event
   */
  #switch(fault, event) {
    const enabled = /** @type {HTMLInputElement} */ (event.target).checked;
    void this.attempt(async () => {
      await control("PATCH", `/faults/${fault.id}`, { body: { enabled } });
      this.#load();
    });
  }

  /**
   * @param {Fault} fault
   * @param {number} by
   */
  #move(fault, by) {
    const position = Math.max(0, this.#faults.findIndex(({ id }) => id === fault.id) + by);
    void this.attempt(async () => {
      await control("PATCH", `/faults/${fault.id}`, { body: { position } });
      this.#load();
    });
  }

  /** @param {Fault} fault */
  #delete(fault) {
    const position = this.#faults.findIndex(({ id }) => id === fault.id);
    const here = controlHere();
    void this.attempt(async () => {
      await here("DELETE", `/faults/${fault.id}`);
      toast(t("faults.deleted"), { undo: () => order(here, fault, position) });
      this.#load();
    });
  }

  #clear() {
    void this.attempt(async () => {
      await clearFaults();
      this.#load();
    });
  }

  #drawForm() {
    const form = this.#form;
    if (!form || !this.form) return;
    const given = { operation_id: param("operation"), method: param("method"), path: param("path") };
    this.preview = h("p", { class: "sentence", "aria-live": "polite" });
    this.effects = h("div", { class: "fields" });
    const kinds = KINDS.filter((kind) => kind in form.effect.properties);
    this.kind = h("select", { name: "kind", onchange: () => this.#drawEffect() }, kinds.map((kind) => h("option", { value: kind }, word("effect", kind))));
    fill(
      this.form,
      h("header", {}, this.preview),
      h(
        "div", { class: "stack" },
        h("fieldset", {}, h("legend", {}, t("faults.which")), h("div", { class: "fields" }, MATCHES.map((name) => this.#field(name, form.match.properties[name], /** @type {Record<string, string>} */ (given)[name] ?? "")))),
        h("fieldset", {}, h("legend", {}, t("faults.what")), h("div", { class: "fields" }, h("label", { class: "field" }, h("span", {}, t("faults.effect")), this.kind)), this.effects),
        h("div", { class: "actions" }, h("button", { type: "submit", class: "primary" }, t("faults.create"))),
      ),
    );
    this.form.oninput = () => this.#tell();
    this.#drawEffect();
  }

  #drawEffect() {
    const form = this.#form;
    if (!form || !this.effects || !this.kind) return;
    const kind = this.kind.value;
    const shape = form.effect.properties[kind];
    const more = kind === "status" ? ["body", "media_type"] : [];
    const fields = kind === "delay" ? [fieldOf({ name: "delay", label: t("faults.delay_ms"), type: "number", value: "800", required: true })] : [this.#field(kind, shape, FIRST[kind] ?? "", true)];
    const at = ["problem", "status", "connection"].includes(kind) ? [this.#field("at", form.effect.properties.at, "")] : [];
    fill(this.effects, ...fields, ...more.map((name) => this.#field(name, form.effect.properties[name], "")), ...at);
    this.#tell();
  }

  /**
   * A field as the schema has it: a choice, a number or a text.
   *
   * @param {string} name
   * @param {any} shape
   * @param {string} value
   * @param {boolean} [required]
   */
  #field(name, shape, value, required = false) {
    const kinds = [shape, ...(shape?.anyOf ?? [])];
    const choices = kinds.flatMap((each) => each?.enum ?? []);
    const label = word("fault", name);
    if (choices.length) {
      const options = [...(required ? [] : [{ value: "", label: t("faults.any") }]), ...choices.map((each) => ({ value: each, label: word("choice", each) }))];
      const field = fieldOf({ name, label, options });
      const select = field.querySelector("select");
      if (select && value) select.value = value;
      return field;
    }
    const isNumber = kinds.some((each) => each?.type === "number" || each?.type === "integer");
    const field = fieldOf({ name, label, type: isNumber ? "number" : "text", value, required });
    const input = field.querySelector("input");
    if (input && isNumber) input.step = name === "probability" ? "0.01" : "1";
    const known = name === "operation_id" ? this.#form?.operations : name === "problem" ? this.#problems() : null;
    if (input && known) {
      input.setAttribute("list", `known-${name}`);
      field.append(h("datalist", { id: `known-${name}` }, known.map((each) => h("option", { value: each }))));
    }
    return field;
  }

  #problems() {
    const all = this.#form?.problems ?? {};
    return [...new Set(Object.values(all).flat())].sort();
  }

  #body() {
    const given = new FormData(/** @type {HTMLFormElement} */ (this.form));
    /** @type {Record<string, any>} */
    const match = {};
    for (const name of MATCHES) {
      const value = String(given.get(name) ?? "").trim();
      if (value) match[name] = ["after", "times", "probability"].includes(name) ? Number(value) : value;
    }
    const kind = String(given.get("kind"));
    const value = String(given.get(kind) ?? "").trim();
    /** @type {Record<string, any>} */
    const effect = { [kind]: kind === "delay" ? { ms: Number(value) } : ["status", "slow_body_ms"].includes(kind) ? Number(value) : value };
    for (const name of ["body", "media_type", "at"]) {
      const more = String(given.get(name) ?? "").trim();
      if (more) effect[name] = more;
    }
    return { match, effect };
  }

  #tell() {
    if (this.preview) this.preview.textContent = sentence(this.#body());
  }

  /** @param {Event} event */
  #submit(event) {
    event.preventDefault();
    this.#order(this.#body());
  }
}

/** @type {Record<string, string>} */
const FIRST = { problem: "service_unavailable", status: "503", slow_body_ms: "2000", connection: "reset", outage: "sms", profile: "3g" };

/**
 * @param {object} one
 * @param {object} other
 */
function areSame(one, other) {
  const sorted = (/** @type {object} */ each) => JSON.stringify(Object.entries(each).sort());
  return sorted(one) === sorted(other);
}

customElements.define("sb-faults", Faults);
