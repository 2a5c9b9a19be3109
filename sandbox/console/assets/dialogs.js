// Questions that come before something is done.

import { control } from "./api.js";
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

/** @param {Field} field */
export function fieldOf(field) {
  const attributes = { name: field.name, required: field.required, pattern: field.pattern, autocomplete: "off" };
  const input = field.options
    ? h("select", attributes, field.options.map(({ value, label }) => h("option", { value }, label)))
    : h("input", { ...attributes, type: field.type ?? "text", value: field.value });
  return h("label", { class: "field" }, h("span", {}, field.label), input, field.hint ? h("small", {}, field.hint) : null);
}

/**
 * Do something that destroys: ask first, keep a snapshot, and offer the way back.
 *
 * @param {{title: string, text: string, action: string, done: string}} words
 * @param {() => Promise<unknown>} work
 */
export async function destroy(words, work) {
  const answer = await ask({ title: words.title, text: `${words.text} ${t("destroy.snapshot")}`, action: words.action, danger: true });
  if (!answer) return false;
  const name = `antes-${Date.now().toString(36)}`;
  await control("POST", "/snapshots", { body: { name } });
  await work();
  toast(words.done, { undo: () => control("POST", `/snapshots/${name}/restore`) });
  return true;
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
