// What the page says, in the language that the reader chose or the browser prefers.

import en from "./texts/en.js";
import es from "./texts/es.js";
import { remember, remembered } from "./memory.js";

/** @typedef {keyof typeof es} Key */
/** @typedef {"es" | "en"} Language */

/** @type {Record<Language, Record<string, string>>} */
const TEXTS = { es, en };

/** @returns {Language} */
export function language() {
  return document.documentElement.lang === "en" ? "en" : "es";
}

/** @param {Language} wanted */
export function speak(wanted) {
  document.documentElement.lang = wanted;
  remember("language", wanted);
}

/** Take up the language chosen before, if any, and put the shell's own texts in it. */
export function begin() {
  const chosen = remembered("language");
  if (chosen === "es" || chosen === "en") document.documentElement.lang = chosen;
}

/**
 * A text, with `{name}` filled in from `values`. Where `n` is 1, the text with `_one` behind its key, if there is one.
 *
 * @param {string} key
 * @param {Record<string, unknown>} [values]
 * @returns {string}
 */
export function t(key, values = {}) {
  const texts = TEXTS[language()];
  const text = (values.n === 1 ? texts[`${key}_one`] : undefined) ?? texts[key];
  if (text === undefined) throw new Error(`no text ${key}`);
  return text.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));
}

/**
 * The text of a word of the API (`usable`, `transfer.created`), or the word itself where it has none: chapters add words
 * without asking the page.
 *
 * @param {string} group
 * @param {string} name
 * @returns {string}
 */
export function word(group, name) {
  return TEXTS[language()][`${group}.${name}`] ?? name;
}

/** Write the texts of elements that name them: `data-t` their content, `data-t-label` their label. */
export function translate() {
  for (const element of document.querySelectorAll("[data-t]")) {
    element.textContent = t(/** @type {HTMLElement} */ (element).dataset.t ?? "");
  }
  for (const element of document.querySelectorAll("[data-t-label]")) {
    element.setAttribute("aria-label", t(/** @type {HTMLElement} */ (element).dataset.tLabel ?? ""));
    element.setAttribute("title", t(/** @type {HTMLElement} */ (element).dataset.tLabel ?? ""));
  }
}
