// Ctrl-K: every action by name.

import { fill, h } from "./dom.js";
import { t } from "./i18n.js";

/** @typedef {{name: string, keys?: string, run: () => unknown}} Action */

const SHOWN = 12;

/** @param {Action[]} actions */
export function openPalette(actions) {
  if (document.querySelector("dialog[open]")) return;
  let chosen = 0;
  /** @type {Action[]} */
  let found = actions;
  const list = h("ul", { id: "palette-list", role: "listbox", class: "palette-list", "aria-label": t("palette.title") });
  const input = h("input", {
    type: "text", role: "combobox", "aria-expanded": "true", "aria-controls": "palette-list",
    "aria-label": t("palette.title"), placeholder: t("palette.hint"), autocomplete: "off",
  });
  const dialog = h("dialog", { class: "palette", "aria-label": t("palette.title") }, input, list);

  const show = () => {
    const words = plain(input.value).split(/\s+/).filter(Boolean);
    found = actions.filter(({ name }) => words.every((word) => plain(name).includes(word))).slice(0, SHOWN);
    chosen = Math.max(0, Math.min(chosen, found.length - 1));
    fill(list, found.map((action, place) => option(action, place)));
    input.setAttribute("aria-activedescendant", found.length ? `palette-${chosen}` : "");
  };
  const option = (/** @type {Action} */ action, /** @type {number} */ place) =>
    h(
      "li", { id: `palette-${place}`, role: "option", "aria-selected": String(place === chosen), onclick: () => run(action) },
      h("span", {}, action.name),
      action.keys ? h("kbd", {}, action.keys) : null,
    );
  const close = () => {
    dialog.close();
    dialog.remove();
  };
  const run = (/** @type {Action | undefined} */ action) => {
    close();
    void action?.run();
  };
  input.addEventListener("input", () => {
    chosen = 0;
    show();
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      chosen += event.key === "ArrowDown" ? 1 : -1;
      show();
    }
    if (event.key === "Enter") {
      event.preventDefault();
      run(found[chosen]);
    }
  });
  dialog.addEventListener("cancel", close);
  dialog.addEventListener("click", (event) => event.target === dialog && close());
  document.body.append(dialog);
  dialog.showModal();
  show();
}

/** @param {string} text */
export function plain(text) {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}
