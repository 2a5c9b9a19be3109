// Questions that come before something is done.

import { controlHere, Refused } from "./api.js";
import { h, icon } from "./dom.js";
import { t } from "./i18n.js";
import { toast } from "./toasts.js";

/**
 * @typedef {object} Field
 * @property {string} name
 * @property {string} label
 * @property {string} [type] of the input
 * @property {string} [value]
 * @property {boolean} [required]
 * @property {string} [pattern]
 * @property {string} [hint]
 * @property {{value: string, label: string}[]} [options] makes it a select
 */

/**
 * Ask with a form. Gives what was filled in, or null when the reader turned back.
 *
 * @param {{title: string, text?: string, fields?: Field[], action: string, danger?: boolean}} question
 * @returns {Promise<Record<string, string> | null>}
 */
export function ask(question) {
  const { title, text, fields = [], action, danger = false } = question;
  return new Promise((resolve) => {
    const form = h(
      "form", { method: "dialog", class: "stack" },
      h("h2", { id: "dialog-title" }, title),
      text ? h("p", {}, text) : null,
      fields.map(fieldOf),
      h(
        "div", { class: "actions" },
        h("button", { type: "button", class: "plain", onclick: () => close(null) }, t("action.cancel")),
        h("button", { type: "submit", class: danger ? "danger" : "primary" }, action),
      ),
    );
    const dialog = h("dialog", { "aria-labelledby": "dialog-title" }, form);
    const close = (/** @type {Record<string, string> | null} */ answer) => {
      dialog.close();
      dialog.remove();
      resolve(answer);
    };
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const given = new FormData(form);
      close(Object.fromEntries(fields.map(({ name }) => [name, String(given.get(name) ?? "").trim()])));
    });
    dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      close(null);
    });
    document.body.append(dialog);
    dialog.showModal();
    const first = /** @type {HTMLElement | null} */ (form.querySelector("input, select, button[type=submit]"));
    first?.focus();
  });
}

/** The field for the name of a sandbox or a snapshot. @returns {Field} */
export function nameField() {
  return { name: "name", label: t("picker.name"), required: true, pattern: "[a-z0-9]([a-z0-9_\\-]{0,61}[a-z0-9])?", hint: t("picker.name_hint") };
}

/** @param {Field} field */
export function fieldOf(field) {
  const attributes = { name: field.name, required: field.required, pattern: field.pattern, autocomplete: "off" };
  const input = field.options
    ? h("select", attributes, field.options.map(({ value, label }) => h("option", { value }, label)))
    : h("input", { ...attributes, type: field.type ?? "text", value: field.value });
  return h("label", { class: "field" }, h("span", {}, field.label), input, field.hint ? h("small", {}, field.hint) : null);
}

const MOST_KEPT = 5;
const KEPT = /^undo-[0-9a-z]+$/;

/**
 * Do something that destroys what a snapshot holds: ask first, take one, and offer the way back. Where none can be taken,
 * as of a damaged sandbox, ask once more.
 *
 * @param {{title: string, text: string, action: string, done: string}} words
 * @param {() => Promise<unknown>} work
 */
export async function destroy(words, work) {
  const { title, action } = words;
  const here = controlHere();
  if (!(await ask({ title, text: `${words.text} ${t("destroy.snapshot")}`, action, danger: true }))) return false;
  /** @type {string | null} */
  let name = null;
  try {
    name = await keep(here);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    if (!(await ask({ title, text: t("destroy.no_snapshot", { reason: error.text }), action, danger: true }))) return false;
  }
  await work();
  toast(words.done, name ? { undo: () => here("POST", `/snapshots/${name}/restore`) } : {});
  return true;
}

/**
 * Do something that cannot be undone: ask first.
 *
 * @param {{title: string, text: string, action: string, done: string}} words
 * @param {() => Promise<unknown>} work
 */
export async function discard({ title, text, action, done }, work) {
  if (!(await ask({ title, text, action, danger: true }))) return false;
  await work();
  toast(done);
  return true;
}

/**
 * Take a snapshot to go back to, and drop the oldest of those: they do not pile up.
 *
 * @param {import("./api.js").Control} here
 * @returns {Promise<string>} its name
 */
async function keep(here) {
  const name = `undo-${Date.now().toString(36)}`;
  await here("POST", "/snapshots", { body: { name } });
  const { items } = await here("GET", "/snapshots");
  const kept = items.map((/** @type {{name: string}} */ each) => each.name).filter((/** @type {string} */ each) => KEPT.test(each)).sort();
  for (const old of kept.slice(0, -MOST_KEPT)) await here("DELETE", `/snapshots/${old}`);
  return name;
}

/**
 * A dialog that only shows something.
 *
 * @param {string} title
 * @param {...Node} content
 */
export function show(title, ...content) {
  const dialog = h("dialog", { "aria-label": title, class: "wide" });
  const close = () => {
    dialog.close();
    dialog.remove();
  };
  const button = h(
    "button", { type: "button", class: "quiet only-icon", "aria-label": t("action.close"), onclick: close }, icon("close"),
  );
  dialog.append(h("header", { class: "dialog-head" }, h("h2", {}, title), button), ...content);
  dialog.addEventListener("cancel", close);
  dialog.addEventListener("click", (event) => event.target === dialog && close());
  document.body.append(dialog);
  dialog.showModal();
  return close;
}
