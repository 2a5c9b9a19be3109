// What was done, and the way back; what went wrong, until it is read.

import { Refused, Unreachable } from "./api.js";
import { at, h, icon } from "./dom.js";
import { t } from "./i18n.js";

const SHOWN_MS = 6000;
const MOST = 4;

/**
 * @param {string} text
 * @param {{undo?: () => Promise<unknown>, kind?: "done" | "wrong"}} [options]
 */
export function toast(text, options = {}) {
  const shown = h("div", { class: `toast ${options.kind ?? "done"}` }, h("span", {}, text));
  const close = () => shown.remove();
  if (options.undo) {
    const { undo } = options;
    const back = () => {
      close();
      undo().then(() => toast(t("toast.undone")), fail);
    };
    shown.append(h("button", { type: "button", class: "quiet", onclick: back }, t("toast.undo")));
  }
  shown.append(
    h("button", { type: "button", class: "quiet only-icon", "aria-label": t("action.close"), onclick: close }, icon("close")),
  );
  const place = at("toasts");
  place.append(shown);
  while (place.children.length > MOST) place.firstElementChild?.remove();
  if (options.kind !== "wrong") setTimeout(close, options.undo ? SHOWN_MS * 2 : SHOWN_MS);
}

/** @param {unknown} error */
export function fail(error) {
  if (error instanceof DOMException && error.name === "AbortError") return;
  if (error instanceof Refused) toast(error.text, { kind: "wrong" });
  else if (error instanceof Unreachable) toast(t("error.unreachable"), { kind: "wrong" });
  else throw error;
}

/**
 * Put a text on the clipboard, and say so.
 *
 * @param {string} text
 * @param {string} [what] what it is, for the reader
 */
export async function copy(text, what = text) {
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(text);
  } else {
    const area = h("textarea", { class: "off-screen", "aria-hidden": "true" });
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy"); // the way that is left where the address is not a secure one
    area.remove();
  }
  toast(t("toast.copied", { what }));
}
