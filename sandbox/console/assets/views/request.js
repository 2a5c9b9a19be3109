// One request in full: what was sent, what was answered, why, and what it did.

import { bank, control, Refused } from "../api.js";
import { show as showDialog } from "../dialogs.js";
import { fill, h, icon } from "../dom.js";
import { dayAndTime, duration } from "../format.js";
import { t } from "../i18n.js";
import { entryCard, facts, json, shortId, tabList } from "../parts.js";
import { change, go, href, param } from "../place.js";
import { copy, fail, toast } from "../toasts.js";
import { asCurl, asFetch, asPytest, HIDDEN } from "./snippets.js";

/** @typedef {{subject: string, allowed: boolean, refused: string[], warned: string[], audited: string[], revision: string, facts: Record<string, unknown>, trace: {rule: string, revision: string, applied: boolean, passed: boolean | null, error: string | null}[]}} Decision */
/** @typedef {import("./snippets.js").Sent & {at: string, operation_id: string | null, status: number, problem: string | null, fault: string | null, duration_ms: number, member: string | null, member_id: string | null, response: {headers: Record<string, string>, body: unknown, body_bytes: number, truncated: boolean}, decisions: Decision[], events: {id: string, kind: string, subject_id: string | null, data: object}[], messages: {id: string, channel: string, to: string, text: string, code: string | null}[], entries: any[]}} Exchange */

const TABS = ["why", "request", "response", "effects"];

export class RequestDetail {
  /** @type {Exchange | null} */
  #exchange = null;
  #id = "";
  /** @type {Map<string, string>} */
  #documents = new Map();

  /** @param {import("../view.js").View} view that it is in */
  constructor(view) {
    this.view = view;
    this.element = h("section", { class: "detail", "aria-label": t("request.label") });
  }

  /** @param {string} id */
  show(id) {
    if (id === this.#id) {
      if (this.#exchange) this.#draw();
      return;
    }
    this.#id = id;
    this.#exchange = null;
    this.view.stop("request");
    if (id) this.#load();
    else fill(this.element);
  }

  /** What happens in this request after it was answered, such as a settlement. @param {{request_id: string}} event */
  happen(event) {
    if (this.#exchange && event.request_id === this.#id) this.#load();
  }

  #load() {
    const id = this.#id;
    void this.view.read("request", async (signal) => {
      try {
        this.#exchange = await control("GET", `/requests/${encodeURIComponent(id)}`, { signal });
      } catch (error) {
        if (!(error instanceof Refused) || error.status !== 404 || this.#exchange) throw error;
        this.#missing();
        return;
      }
      if (this.#exchange?.decisions.length && !this.#documents.size) {
        const { documents } = await control("GET", "/rules", { signal });
        for (const { name, rules } of documents) for (const rule of rules) this.#documents.set(rule, name);
      }
      this.#draw();
    });
  }

  #missing() {
    fill(
      this.element,
      h("div", { class: "detail-head" }, h("div", { class: "detail-title" }, back(), h("h2", {}, this.#id))),
      h("div", { class: "empty" }, icon("traffic"), h("h2", {}, t("request.gone")), h("p", {}, t("request.gone_hint"))),
    );
  }

  actions() {
    const exchange = this.#exchange;
    if (!exchange) return [];
    return [
      { name: t("request.curl"), run: () => copy(asCurl(exchange), "curl").catch(fail) },
      { name: t("request.fetch"), run: () => copy(asFetch(exchange), "fetch").catch(fail) },
      { name: t("request.pytest"), run: () => copy(asPytest(exchange), "pytest").catch(fail) },
      { name: t("request.again"), run: () => this.#again(exchange).catch(fail) },
      { name: t("request.fault"), run: () => makeFault(exchange) },
      { name: t("request.verify"), run: () => verify(exchange).catch(fail) },
    ];
  }

  #draw() {
    const exchange = this.#exchange;
    if (!exchange) return;
    const tab = TABS.includes(param("tab")) ? param("tab") : exchange.status >= 400 || !exchange.status ? "why" : "response";
    const panel = h("div", { class: "detail-body", id: "tab-panel", role: "tabpanel", tabindex: "-1", "aria-labelledby": `tab-${tab}` });
    if (tab === "why") fill(panel, this.#why(exchange));
    if (tab === "request") fill(panel, requestPanel(exchange));
    if (tab === "response") fill(panel, responsePanel(exchange));
    if (tab === "effects") fill(panel, effectsPanel(exchange));
    const tabs = TABS.map((id) => ({ id, label: t(`request.tab_${id}`) + countOf(exchange, id) }));
    const focused = document.activeElement?.id ?? "";
    fill(this.element, this.#head(exchange, tabList(tabs, tab, (id) => change({ tab: id }, { replace: true }))), panel);
    if (focused.startsWith("tab-")) document.getElementById(focused)?.focus();
  }

  /**
   * @param {Exchange} exchange
   * @param {HTMLElement} tabs
   */
  #head(exchange, tabs) {
    const status = exchange.status >= 500 || !exchange.status ? "failed" : exchange.status >= 400 ? "refused" : "ok";
    return h(
      "div", { class: "detail-head" },
      h(
        "div", { class: "detail-title" },
        back(),
        h("span", { class: `status ${status}` }, exchange.status || "—"),
        h("h2", { title: exchange.path }, exchange.operation_id ?? exchange.path),
        exchange.problem ? h("span", { class: "tag bad" }, exchange.problem) : null,
        exchange.fault ? h("a", { class: "tag warn", href: href("faults", { id: exchange.fault }) }, icon("faults"), t("traffic.fault")) : null,
      ),
      h(
        "div", { class: "row-of" },
        h("code", { class: "grow" }, `${exchange.method} ${exchange.path}${exchange.query ? `?${exchange.query}` : ""}`),
      ),
      h(
        "div", { class: "row-of soft" },
        h("span", { class: "number" }, dayAndTime(exchange.at)),
        h("span", { class: "number" }, duration(exchange.duration_ms)),
        exchange.member_id ? h("a", { href: href("members", { id: exchange.member_id }) }, exchange.member) : null,
      ),
      h(
        "div", { class: "row-of" },
        this.actions().map(({ name, run }) => h("button", { type: "button", onclick: run }, name)),
      ),
      tabs,
    );
  }

  /** @param {Exchange} exchange */
  #why(exchange) {
    const refusing = exchange.decisions.filter((decision) => !decision.allowed);
    const others = exchange.decisions.filter((decision) => decision.allowed);
    const body = /** @type {any} */ (exchange.response.body);
    const said = exchange.problem && body && typeof body === "object" ? body : null;
    return [
      said
        ? h(
            "section", {},
            h("h3", {}, t("why.answer")),
            h("p", {}, h("strong", {}, said.title), " ", said.detail),
            Array.isArray(said.errors) && said.errors.length
              ? facts(said.errors.map((/** @type {any} */ each) => [each.field || each.code, each.message]))
              : null,
          )
        : null,
      refusing.length || others.length
        ? null
        : h("p", { class: "soft" }, t(exchange.problem ? "why.no_rule" : "why.nothing")),
      refusing.length ? h("section", {}, h("h3", {}, t("why.refused_by")), refusing.map((each) => this.#decision(each))) : null,
      others.length ? h("section", {}, h("h3", {}, t("why.allowed")), others.map((each) => this.#decision(each))) : null,
    ];
  }

  /** @param {Decision} decision */
  #decision(decision) {
    const steps = decision.trace.filter((step) => step.applied || step.error);
    return h(
      "div", { class: `card ${decision.allowed ? "" : "refusing"}` },
      h(
        "header", {},
        h("strong", {}, decision.subject),
        h("span", { class: "grow" }),
        h("span", { class: `tag ${decision.allowed ? "ok" : "bad"}` }, t(decision.allowed ? "why.allows" : "why.refuses")),
      ),
      h(
        "div", {},
        steps.map((step) => this.#step(step, decision)),
        steps.length ? null : h("p", { class: "soft" }, t("why.no_steps")),
        h("details", {}, h("summary", {}, t("why.facts")), json(decision.facts)),
      ),
    );
  }

  /**
   * @param {Decision["trace"][number]} step
   * @param {Decision} decision
   */
  #step(step, decision) {
    const passed = step.passed === true;
    const document = this.#documents.get(step.rule);
    const role = decision.refused.includes(step.rule) ? "refused" : decision.warned.includes(step.rule) ? "warned" : decision.audited.includes(step.rule) ? "audited" : "";
    return h(
      "div", { class: `step ${passed ? "passed" : "failed"}` },
      icon(passed ? "check" : "no"),
      h(
        "div", {},
        document ? h("a", { href: href("rules", { id: document, rule: step.rule }) }, step.rule) : h("strong", {}, step.rule),
        role ? h("span", { class: "tag bad" }, t(`why.${role}`)) : null,
        step.error ? h("p", { class: "soft" }, step.error) : null,
      ),
    );
  }

  /** @param {Exchange} exchange */
  async #again(exchange) {
    if (JSON.stringify([exchange.request.body, exchange.path, exchange.query]).includes(HIDDEN)) {
      toast(t("request.again_hidden"), { kind: "wrong" });
      return;
    }
    /** @type {Record<string, string>} */
    const headers = {};
    for (const name of ["accept", "accept-language", "x-app-version", "prefer"]) {
      const value = exchange.request.headers[name];
      if (value && value !== HIDDEN) headers[name] = value;
    }
    if (exchange.member_id) {
      const session = await control("POST", `/members/${exchange.member_id}/session`);
      headers.Authorization = `Bearer ${session.access_token}`;
    }
    const query = exchange.query ? `?${exchange.query}` : "";
    const answer = await bank(exchange.method, exchange.path + query, headers, exchange.request.body);
    toast(t("request.sent_again", { status: answer.status }));
    change({ id: answer.headers.get("x-request-id") });
  }
}

function back() {
  return h(
    "button", { type: "button", class: "quiet only-icon", "aria-label": t("action.close"), onclick: () => change({ id: null }) },
    icon("close"),
  );
}

/**
 * @param {Exchange} exchange
 * @param {string} tab
 */
function countOf(exchange, tab) {
  const number = tab === "why" ? exchange.decisions.length : tab === "effects" ? exchange.events.length + exchange.entries.length + exchange.messages.length : 0;
  return number ? ` ${number}` : "";
}

/** @param {Record<string, string>} headers */
function headerFacts(headers) {
  return facts(Object.entries(headers).map(([name, value]) => [name, h("code", {}, value)]));
}

/** @param {Exchange} exchange */
function requestPanel(exchange) {
  return [
    h("section", {}, h("h3", {}, t("request.body")), exchange.request.body === null ? h("p", { class: "soft" }, t("request.no_body")) : json(exchange.request.body)),
    h("section", {}, h("h3", {}, t("request.headers")), headerFacts(exchange.request.headers)),
  ];
}

/** @param {Exchange} exchange */
function responsePanel(exchange) {
  const { body, headers, truncated, body_bytes } = exchange.response;
  return [
    h(
      "section", {},
      h("h3", {}, t("request.body")),
      body === null ? h("p", { class: "soft" }, t("request.no_body")) : json(body),
      truncated ? h("small", {}, t("request.truncated", { bytes: body_bytes })) : null,
    ),
    h("section", {}, h("h3", {}, t("request.headers")), headerFacts(headers)),
  ];
}

/** @param {Exchange} exchange */
function effectsPanel(exchange) {
  const { events, entries, messages } = exchange;
  if (!events.length && !entries.length && !messages.length) return [h("p", { class: "soft" }, t("effects.none"))];
  return [
    entries.length ? h("section", {}, h("h3", {}, t("effects.entries")), entries.map((entry) => entryCard(entry))) : null,
    messages.length
      ? h(
          "section", {},
          h("h3", {}, t("effects.messages")),
          messages.map((message) =>
            h(
              "a", { class: "card", href: href("phone", { to: message.to }) },
              h("header", {}, icon(message.channel), h("strong", {}, message.to), h("span", { class: "grow" }), message.code ? h("code", {}, message.code) : null),
              h("p", {}, message.text),
            ),
          ),
        )
      : null,
    events.length
      ? h(
          "section", {},
          h("h3", {}, t("effects.events")),
          events.map((event) =>
            h(
              "div", { class: "card" },
              h("header", {}, h("strong", {}, event.kind), h("code", { class: "soft", title: event.subject_id }, shortId(event.subject_id ?? ""))),
              Object.keys(event.data).length ? json(event.data) : h("p", { class: "soft" }, t("effects.no_data")),
            ),
          ),
        )
      : null,
  ];
}

/** @param {Exchange} exchange */
function makeFault(exchange) {
  go("faults", { operation: exchange.operation_id, method: exchange.method, path: exchange.operation_id ? null : exchange.path });
}

/** @param {Exchange} exchange */
async function verify(exchange) {
  const match = exchange.operation_id ? { operation_id: exchange.operation_id, status: exchange.status } : { path: exchange.path, status: exchange.status };
  const body = { match, count: { at_least: 1 } };
  const told = await control("POST", "/requests/verify", { body });
  const command = `sandbox verify '${JSON.stringify(match)}' --at-least 1`;
  showDialog(
    t("verify.title"),
    h(
      "div", { class: "stack" },
      h("p", {}, h("span", { class: `tag ${told.verified ? "ok" : "bad"}` }, t(told.verified ? "verify.yes" : "verify.no")), " ", t("verify.matched", { n: told.matched?.length ?? 0 })),
      json(body),
      h("div", { class: "actions" }, h("button", { type: "button", onclick: () => copy(command, "sandbox verify").catch(fail) }, icon("copy"), t("verify.command"))),
    ),
  );
}
