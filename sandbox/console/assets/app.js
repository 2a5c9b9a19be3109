// The frame: it shows the view of the address, and sees to keys, palette, language, theme and the selected sandbox.

import { control, onTokenWanted } from "./api.js";
import "./clock.js";
import { ask } from "./dialogs.js";
import { at } from "./dom.js";
import { clearFaults } from "./faults.js";
import { begin, language, speak, t, translate } from "./i18n.js";
import { help, listen, VIEWS } from "./keys.js";
import { remember } from "./memory.js";
import { openPalette } from "./palette.js";
import { go, href, onMove, sandbox, view } from "./place.js";
import { choose, createSandbox } from "./status.js";
import { follow, on } from "./stream.js";
import { fail, toast } from "./toasts.js";
import { View } from "./view.js";
import "./views/phone.js";
import "./views/traffic.js";
import "./views/members.js";
import "./views/clock.js";
import "./views/faults.js";
import "./views/rules.js";
import "./views/ledger.js";
import "./views/sandboxes.js";
import "./views/load.js";

let shown = "";
/** @type {string[]} */
let sandboxes = [];

/** Show what the address says. A view that is shown already only hears that the address changed. */
function render() {
  const name = view() in VIEWS ? view() : "phone";
  const place = at("view");
  const identity = `${name} ${sandbox()} ${language()}`;
  follow(sandbox());
  for (const link of document.querySelectorAll("[data-view]")) {
    const its = /** @type {HTMLAnchorElement} */ (link).dataset.view ?? "";
    link.setAttribute("href", href(its));
    if (its === name) {
      link.setAttribute("aria-current", "page");
      link.scrollIntoView({ block: "nearest", inline: "nearest" });
    } else link.removeAttribute("aria-current");
  }
  document.title = `${t(`view.${name}`)} · ${sandbox()} · Sandbox`;
  const current = place.firstElementChild;
  if (identity === shown && current instanceof View) {
    current.moved();
    return;
  }
  const first = shown === "";
  shown = identity;
  place.replaceChildren(document.createElement(`sb-${name}`));
  if (!first) place.focus({ preventScroll: true });
}

/** Build the top bar anew, where its language or sandbox has changed. */
function rebuild() {
  translate();
  for (const name of ["sb-picker", "sb-badges", "sb-connection", "sb-time"]) {
    for (const element of document.querySelectorAll(name)) element.replaceWith(document.createElement(name));
  }
}

/** @returns {import("./palette.js").Action[]} */
export function actions() {
  const current = at("view").firstElementChild;
  const own = current instanceof View ? current.actions() : [];
  const attempt = (/** @type {() => Promise<unknown>} */ work) => () => work().then(() => toast(t("toast.done")), fail);
  const clock = (/** @type {object} */ body) => attempt(() => control("PUT", "/clock", { body }));
  const advance = (/** @type {string} */ by) => attempt(() => control("POST", "/clock/advance", { body: { by } }));
  const all = [
    ...own,
    ...Object.entries(VIEWS).map(([name, key]) => ({
      name: t("palette.go", { view: t(`view.${name}`) }), keys: `g ${key}`, run: () => go(name),
    })),
    { name: t("clock.freeze"), run: clock({ rate: 0 }) },
    { name: t("clock.run"), run: clock({ rate: 1 }) },
    { name: t("palette.advance", { by: t("clock.by.PT2M") }), run: advance("PT2M") },
    { name: t("palette.advance", { by: t("clock.by.P1D") }), run: advance("P1D") },
    { name: t("palette.advance", { by: t("clock.by.P1M") }), run: advance("P1M") },
    { name: t("palette.clear_faults"), run: () => clearFaults().catch(fail) },
    { name: t("picker.create"), run: () => createSandbox(null) },
    { name: t("picker.fork_of", { name: sandbox() }), run: () => createSandbox(sandbox()) },
    ...sandboxes.slice(0, 50).map((name) => ({ name: t("palette.sandbox", { name }), run: () => choose(name) })),
    { name: t("palette.language"), run: switchLanguage },
    { name: t("palette.theme"), run: switchTheme },
    { name: t("help.title"), keys: "?", run: help },
  ];
  // What a view does itself, with its own way back, it does in place of what is done everywhere.
  return [...new Map(all.reverse().map((action) => [action.name, action])).values()].reverse();
}

function switchLanguage() {
  speak(language() === "es" ? "en" : "es");
  rebuild();
  render();
}

function switchTheme() {
  const root = document.documentElement;
  const isDark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = isDark ? "light" : "dark";
  remember("theme", root.dataset.theme);
}

/** Links within the page change the address alone. @param {MouseEvent} event */
function onLink(event) {
  if (event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  const link = event.target instanceof Element ? event.target.closest("a[href]") : null;
  if (!(link instanceof HTMLAnchorElement) || link.target || link.origin !== location.origin) return;
  if (!/^\/_sandbox\/console(\/[a-z]+)?$/.test(link.pathname)) return;
  event.preventDefault();
  const place = link.pathname + link.search;
  const name = link.pathname.split("/")[3] ?? "phone";
  if (place === location.pathname + location.search) return;
  go(name, { sandbox: null, ...Object.fromEntries(new URLSearchParams(link.search)) });
}

/** @type {Promise<string> | null} */
let asking = null;
onTokenWanted(() => {
  asking ??= ask({
    title: t("token.title"), text: t("token.text"), action: t("token.action"),
    fields: [{ name: "token", label: t("token.label"), type: "password", required: true }],
  }).then((answer) => answer?.token ?? "");
  const answered = asking;
  void answered.then(() => {
    asking = null;
  });
  return answered.then((given) => {
    if (given) setTimeout(() => follow(sandbox()));
    return given;
  });
});

begin();
rebuild();
at("language").addEventListener("click", switchLanguage);
at("theme").addEventListener("click", switchTheme);
at("help").addEventListener("click", help);
at("palette").addEventListener("click", () => openPalette(actions()));
addEventListener("click", onLink);
onMove(() => {
  if (!shown.includes(` ${sandbox()} `)) rebuild();
  render();
});
on("sandboxes", ({ names }) => {
  sandboxes = names;
});
listen({ go, palette: () => openPalette(actions()) });
render();
