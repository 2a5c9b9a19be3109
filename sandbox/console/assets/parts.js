// Small pieces that several views show.

import { h, icon, svgElement } from "./dom.js";
import { money, time } from "./format.js";
import { t } from "./i18n.js";
import { copy, fail } from "./toasts.js";

/** @param {string} name */
export function initials(name) {
  const letters = name.split(/\s+/).map((part) => part[0] ?? "").filter((letter) => /\p{L}/u.test(letter));
  return ((letters[0] ?? "") + (letters[Math.min(2, letters.length - 1)] ?? "")).toUpperCase() || "@";
}

/**
 * A value that is copied when it is pressed.
 *
 * @param {string} value
 * @param {string} [label] what it is
 */
export function copyable(value, label) {
  return h(
    "button", { type: "button", class: "copyable", title: t("action.copy"), "aria-label": label ? t("action.copy_what", { what: label, value }) : null, onclick: () => copy(value).catch(fail) },
    value,
    icon("copy"),
  );
}

/**
 * Pairs of a name and what it is.
 *
 * @param {(readonly [string, import("./dom.js").Child] | null)[]} pairs those that are null are left out
 */
export function facts(pairs) {
  return h("dl", { class: "facts" }, pairs.filter((pair) => pair !== null).flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]));
}

/**
 * JSON, indented, its parts in colours.
 *
 * @param {unknown} value
 */
export function json(value) {
  const text = JSON.stringify(value, null, 2) ?? "";
  const box = h("pre", { class: "json", tabindex: "0" });
  const pattern = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(true|false|null)\b|(-?\d+(?:\.\d+)?)/g;
  let last = 0;
  for (const found of text.matchAll(pattern)) {
    box.append(text.slice(last, found.index));
    const [whole, string, colon] = found;
    if (string) box.append(h("span", { class: colon ? "key" : "string" }, string), colon ?? "");
    else box.append(h("span", { class: "literal" }, whole));
    last = found.index + whole.length;
  }
  box.append(text.slice(last));
  return box;
}

/**
 * A ledger entry with its legs.
 *
 * @param {{id: string, kind: string, at: string, postings: {account: string, amount: string, balance: string, concept: string}[]}} entry
 * @param {import("./dom.js").Child | import("./dom.js").Child[]} [more]
 */
export function entryCard(entry, more) {
  return h(
    "div", { class: "card" },
    h("header", {}, h("strong", {}, entry.kind), h("span", { class: "grow" }), ...[more ?? h("time", { class: "soft" }, time(entry.at))].flat()),
    h(
      "div", { class: "table-box", tabindex: "0", role: "group", "aria-label": entry.kind },
      h(
        "table", { class: "table" },
        h("thead", {}, h("tr", {}, h("th", {}, t("entry.account")), h("th", {}, t("entry.concept")), h("th", { class: "amount" }, t("entry.amount")), h("th", { class: "amount" }, t("entry.balance")))),
        h(
          "tbody", {},
          entry.postings.map((leg) =>
            h(
              "tr", {},
              h("td", { class: "mono", title: leg.account }, shortId(leg.account)),
              h("td", {}, leg.concept),
              h("td", { class: `amount ${leg.amount.startsWith("-") ? "out" : "in"}` }, money(leg.amount)),
              h("td", { class: "amount" }, money(leg.balance)),
            ),
          ),
        ),
      ),
    ),
  );
}

/** An id as far as a reader compares it. @param {string} id */
export function shortId(id) {
  return id.length > 16 ? `${id.slice(0, 12)}…` : id;
}

/**
 * Tabs over panels, as WAI-ARIA has them: arrows move between them.
 *
 * @param {{id: string, label: string}[]} tabs
 * @param {string} chosen
 * @param {(id: string) => void} choose
 */
export function tabList(tabs, chosen, choose) {
  const buttons = tabs.map(({ id, label }) =>
    h(
      "button",
      {
        type: "button", role: "tab", id: `tab-${id}`, "aria-selected": String(id === chosen), "aria-controls": "tab-panel",
        tabindex: id === chosen ? "0" : "-1", onclick: () => choose(id),
      },
      label,
    ),
  );
  const list = h("div", { class: "tabs", role: "tablist" }, buttons);
  list.addEventListener("keydown", (event) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    const here = tabs.findIndex(({ id }) => id === chosen);
    const next = tabs[(here + by + tabs.length) % tabs.length];
    if (next) choose(next.id);
    document.getElementById(`tab-${next?.id}`)?.focus();
  });
  return list;
}

/**
 * A line of numbers as a small picture, with its latest and largest value for those who do not see it.
 *
 * @param {number[]} values
 * @param {string} label
 */
export function sparkline(values, label) {
  const [width, height] = [240, 48];
  if (!values.length) return svgElement("svg", { viewBox: `0 0 ${width} ${height}`, class: "spark", "aria-hidden": "true" });
  const most = Math.max(...values, 1e-9);
  const least = Math.min(...values, 0);
  const step = width / Math.max(1, values.length - 1);
  const points = values.map((value, place) => [place * step, height - 3 - ((value - least) / (most - least || 1)) * (height - 6)]);
  const svg = svgElement("svg", { viewBox: `0 0 ${width} ${height}`, class: "spark", role: "img", "aria-label": label, preserveAspectRatio: "none" });
  const line = points.map(([x, y], place) => `${place ? "L" : "M"}${x?.toFixed(1)} ${y?.toFixed(1)}`).join("");
  svg.append(
    svgElement("path", { d: `${line}L${width} ${height}L0 ${height}z`, class: "area" }),
    svgElement("path", { d: line, class: "line" }),
  );
  return svg;
}

/**
 * Save something as a file of the reader's.
 *
 * @param {Blob} content
 * @param {string} name
 */
export function save(content, name) {
  const link = h("a", { href: URL.createObjectURL(content), download: name });
  link.click();
  URL.revokeObjectURL(link.href);
}

/**
 * A table. Columns behind the head `amount` hold amounts.
 *
 * @param {string} label
 * @param {string[]} heads
 * @param {import("./dom.js").Child[][]} rows
 */
export function table(label, heads, rows) {
  const split = heads.indexOf("amount");
  const kind = (/** @type {number} */ place) => (split >= 0 && place > split ? { class: "amount" } : {});
  return h(
    "div", { class: "table-box", tabindex: "0", role: "group", "aria-label": label },
    h(
      "table", { class: "table" },
      h("thead", {}, h("tr", {}, heads.map((head, place) => (head === "amount" ? null : head ? h("th", { scope: "col", ...kind(place) }, head) : h("td", {}))))),
      h("tbody", {}, rows.map((cells) => h("tr", {}, cells.map((cell, place) => (place === split ? null : h("td", kind(place), cell)))))),
    ),
  );
}
