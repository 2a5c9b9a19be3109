// Traffic: what the app called and what it was answered, live; and one request in full.

import { control } from "../api.js";
import { discard } from "../dialogs.js";
import { fill, h, icon, set } from "../dom.js";
import { duration, time } from "../format.js";
import { t } from "../i18n.js";
import { plain } from "../palette.js";
import { change, href, param } from "../place.js";
import { LiveList } from "../rows.js";
import { atMost, later, View } from "../view.js";
import { RequestDetail } from "./request.js";

/** @typedef {{id: string, at: string, method: string, path: string, operation_id: string | null, status: number, problem: string | null, duration_ms: number, member_id: string | null, member: string | null, fault: string | null}} Line */

const PAGE = 60;
const OUTCOMES = ["", "ok", "refused", "failed", "struck"];
const FILTERS = ["q", "outcome", "method", "operation", "problem", "member"];
const FLUSH_MS = 100;

class Traffic extends View {
  #filters = "";
  /** @type {Line[]} */
  #arrived = [];

  start() {
    this.list = new LiveList(this, {
      label: t("traffic.list"),
      key: (/** @type {Line} */ line) => line.id,
      make: (line) => row(line),
      update: mark,
      page: (cursor, signal) => control("GET", "/traffic", { query: { ...wanted(), limit: PAGE, cursor }, signal }),
      empty: h("div", { class: "empty" }, icon("traffic"), h("h2", {}, t("traffic.empty")), h("p", {}, t("traffic.empty_hint"))),
    });
    this.search = h("input", {
      type: "search", placeholder: t("traffic.search"), "aria-label": t("traffic.search"),
      oninput: later(() => change({ q: this.search?.value ?? "" }, { replace: true }), 200),
    });
    this.outcomes = OUTCOMES.map((outcome) =>
      h("button", { type: "button", onclick: () => change({ outcome }, { replace: true }) }, t(`outcome.${outcome || "all"}`)),
    );
    this.chosen = h("div", { class: "chips" });
    this.pause = h("button", { type: "button", class: "quiet", onclick: () => this.#pause() });
    this.detail = new RequestDetail(this);
    this.split = h("div", { class: "split closed" }, this.list.scroller, this.detail.element);
    fill(
      this,
      h(
        "div", { class: "toolbar" },
        h("div", { class: "chips", role: "group", "aria-label": t("traffic.outcomes") }, this.outcomes),
        h("label", { class: "search" }, icon("search"), this.search),
        this.chosen,
        this.pause,
        h("button", { type: "button", class: "quiet only-icon", "aria-label": t("traffic.clear"), title: t("traffic.clear"), onclick: () => this.#clear() }, icon("trash")),
      ),
      this.split,
    );
    this.#showPause();
    this.on("requests", (line) => {
      this.#arrived.push(line);
      this.#flush();
    });
    this.on("restart", ({ topic, reason }) => topic === "requests" && reason !== "gap" && this.list?.load());
    this.on("events", (event) => this.detail?.happen(event));
  }

  moved() {
    if (this.search && document.activeElement !== this.search) this.search.value = param("q");
    this.outcomes?.forEach((button, place) => set(button, { "aria-pressed": String(param("outcome") === OUTCOMES[place]) }));
    this.#showChosen();
    this.split?.classList.toggle("closed", !param("id"));
    this.detail?.show(param("id"));
    this.list?.refresh();
    const filters = JSON.stringify(FILTERS.map(param));
    if (filters === this.#filters) return;
    this.#filters = filters;
    this.list?.load();
  }

  actions() {
    return [
      ...OUTCOMES.slice(1).map((outcome) => ({
        name: t("traffic.only", { what: t(`outcome.${outcome}`) }), run: () => change({ outcome }),
      })),
      ...(this.detail?.actions() ?? []),
      { name: t("traffic.clear"), run: () => this.#clear() },
    ];
  }

  /** Show what arrived: under load hundreds in a second, so not one by one. */
  #flush = atMost(() => {
    const fitting = this.#arrived.filter(fits).reverse();
    this.#arrived = [];
    if (fitting.length) this.list?.add(fitting);
  }, FLUSH_MS);

  #showChosen() {
    const shown = ["method", "operation", "problem", "member"].filter((name) => param(name));
    if (this.chosen) {
      fill(
        this.chosen,
        shown.map((name) =>
          h(
            "button", { type: "button", "aria-pressed": "true", title: t("traffic.drop_filter"), onclick: () => change({ [name]: null }) },
            name === "member" ? t("traffic.of_member") : param(name),
            icon("close"),
          ),
        ),
      );
    }
  }

  #pause() {
    if (!this.list) return;
    this.list.isPaused = !this.list.isPaused;
    this.#showPause();
  }

  #showPause() {
    if (!this.list || !this.pause) return;
    const paused = this.list.isPaused;
    set(this.pause, { "aria-pressed": String(paused) });
    fill(this.pause, icon(paused ? "play" : "pause"), h("span", { class: "label" }, t(paused ? "list.resume" : "list.pause")));
    set(this.pause, { "aria-label": t(paused ? "list.resume" : "list.pause") });
  }

  #clear() {
    void this.attempt(async () => {
      const words = {
        title: t("traffic.clear"), text: t("traffic.clear_text"), action: t("traffic.clear_action"), done: t("traffic.cleared"),
      };
      await discard(words, () => control("DELETE", "/requests"));
    });
  }
}

function wanted() {
  const [q, outcome, method, operation, problem, member] = FILTERS.map(param);
  return { q, outcome, method, operation_id: operation, problem, member_id: member };
}

/** @param {Line} line */
function fits(line) {
  const [q, outcome, method, operation, problem, member] = FILTERS.map(param);
  const text = plain(
    [line.id, line.method, line.path, line.operation_id, line.status, line.problem, line.member, line.fault].join(" "),
  );
  return (
    (!q || text.includes(plain(q))) &&
    (!outcome || outcome === outcomeOf(line) || (outcome === "struck" && line.fault !== null)) &&
    (!method || line.method === method) &&
    (!operation || line.operation_id === operation) &&
    (!problem || line.problem === problem) &&
    (!member || line.member_id === member)
  );
}

/** @param {{status: number}} line */
export function outcomeOf(line) {
  return line.status >= 500 || !line.status ? "failed" : line.status >= 400 ? "refused" : "ok";
}

/** @param {Line} line */
function row(line) {
  const link = h(
    "a", { class: "row traffic-row", "data-row": true, "data-copies": line.id },
    h("time", { class: "number soft", datetime: line.at }, time(line.at)),
    h("span", { class: "method" }, line.method),
    h("span", { class: `status ${outcomeOf(line)}` }, line.status || "—"),
    h("span", { class: "op", title: line.path }, line.operation_id ?? line.path),
    h("span", { class: "why" }, line.problem ?? "", line.fault ? h("span", { class: "tag warn" }, icon("faults"), t("traffic.fault")) : null),
    h("span", { class: "who soft" }, line.member ?? ""),
    h("span", { class: "ms number" }, duration(line.duration_ms)),
  );
  const item = h("li", {}, link);
  mark(item, line);
  return item;
}

/**
 * @param {HTMLElement} item
 * @param {Line} line
 */
function mark(item, line) {
  const link = item.firstElementChild;
  if (!link) return;
  const query = Object.fromEntries(FILTERS.map((name) => [name, param(name)]));
  set(link, { href: href("traffic", { ...query, tab: param("tab"), id: line.id }), "aria-current": param("id") === line.id ? "true" : null });
}

customElements.define("sb-traffic", Traffic);
