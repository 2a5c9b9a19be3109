// The keyboard first: `g p` goes to a view, `/` to the search, `j` and `k` through a list, `c` copies, `?` helps.

import { h } from "./dom.js";
import { show } from "./dialogs.js";
import { t } from "./i18n.js";
import { change } from "./place.js";
import { copy, fail } from "./toasts.js";

/** @type {Record<string, string>} */
export const VIEWS = {
  phone: "p", traffic: "t", members: "m", clock: "c", faults: "f", rules: "r", ledger: "l", sandboxes: "s", load: "o",
};
const PATIENCE_MS = 1500;

/** @param {{go: (view: string) => void, palette: () => void}} commands */
export function listen(commands) {
  let leader = -PATIENCE_MS;
  addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      commands.palette();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || document.querySelector("dialog[open]")) {
      return;
    }
    if (event.timeStamp - leader < PATIENCE_MS) {
      leader = -PATIENCE_MS;
      const view = Object.keys(VIEWS).find((name) => VIEWS[name] === event.key);
      if (view) {
        event.preventDefault();
        commands.go(view);
      }
      return;
    }
    const act = KEYS[event.key];
    if (event.key === "g") leader = event.timeStamp;
    else if (act) act(event);
  });
}

/** @type {Record<string, (event: KeyboardEvent) => void>} */
const KEYS = {
  "/": (event) => {
    const search = /** @type {HTMLElement | null} */ (document.querySelector("#view input[type=search]"));
    if (!search) return;
    event.preventDefault();
    search.focus();
  },
  "?": () => help(),
  j: () => step(1),
  k: () => step(-1),
  c: (event) => {
    const first = /** @type {HTMLElement | null} */ (document.querySelector("#view [data-copies]"));
    const row = rowOf(document.activeElement) ?? first;
    if (!row) return;
    event.preventDefault();
    copy(row.dataset.copies ?? "").catch(fail);
  },
  Escape: () => change({ id: null }),
};

/** @param {number} by */
function step(by) {
  const rows = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("#view .rows [data-row]")]);
  const here = rows.findIndex((row) => row.contains(document.activeElement));
  const next = rows[here < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, here + by))];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

/**
 * @param {Element | null} element
 * @returns {HTMLElement | null}
 */
function rowOf(element) {
  return element?.closest("[data-copies]") ?? null;
}

/** @param {EventTarget | null} target */
function isTyping(target) {
  return target instanceof Element && target.closest("input, textarea, select, [contenteditable]") !== null;
}

export function help() {
  /** @type {[string, string][]} */
  const rows = [
    ...Object.entries(VIEWS).map(([view, key]) => /** @type {[string, string]} */ ([`g ${key}`, t(`view.${view}`)])),
    ["/", t("help.search")],
    ["j  k", t("help.move")],
    ["Enter", t("help.open")],
    ["c", t("help.copy")],
    ["Esc", t("help.back")],
    ["Ctrl K", t("help.palette")],
    ["?", t("help.help")],
  ];
  const list = h("dl", { class: "keys" }, rows.map(([keys, what]) => h("div", {}, h("dt", {}, h("kbd", {}, keys)), h("dd", {}, what))));
  show(t("help.title"), h("div", {}, list, h("p", {}, h("a", { href: "/_sandbox/docs/" }, t("help.docs")))));
}
