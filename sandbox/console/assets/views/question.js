// A question to the rules: facts as a form that follows from the subject, decision and trace as the answer.

import { control } from "../api.js";
import { fieldOf } from "../dialogs.js";
import { fill, h, icon } from "../dom.js";
import { t } from "../i18n.js";

/** @typedef {{path: string, type: string, money: boolean}} Fact */
/** @typedef {{subject: string, rules: string[], facts: Fact[]}} Question */

export class QuestionForm {
  /** @type {Question[]} */
  #questions = [];
  #document = "";

  /**
   * @param {AbortSignal} signal
   * @param {(error: unknown) => void} fail
   */
  constructor(signal, fail) {
    this.signal = signal;
    this.fail = fail;
    this.element = h("section", { class: "stack" });
    this.subject = h("select", { "aria-label": t("rules.subject"), onchange: () => this.#drawFacts({}) });
    this.facts = h("div", { class: "fields" });
    this.answer = h("div", { role: "status" });
    this.form = h(
      "form", { class: "stack", onsubmit: (/** @type {Event} */ event) => this.#ask(event) },
      this.subject, this.facts,
      h("div", { class: "actions" }, h("button", { type: "submit" }, t("rules.ask_action"))),
      this.answer,
    );
  }

  /**
   * @param {string} name of a document
   * @param {AbortSignal} signal aborted when another document is shown
   */
  async show(name, signal) {
    const { items } = await control("GET", `/rules/${name}/questions`, { signal });
    this.#questions = items;
    this.#document = name;
    fill(this.answer);
    fill(this.element, h("h2", {}, t("rules.ask")), items.length ? this.form : h("p", { class: "soft" }, t("rules.no_questions")));
    fill(this.subject, this.#questions.map(({ subject }) => h("option", { value: subject }, subject)));
    this.#drawFacts({});
  }

  /**
   * Take up the facts of a case.
   *
   * @param {string} subject
   * @param {Record<string, any>} facts
   */
  fillIn(subject, facts) {
    if (!this.#questions.some((each) => each.subject === subject)) return;
    this.subject.value = subject;
    this.#drawFacts(facts);
  }

  get #question() {
    return this.#questions.find(({ subject }) => subject === this.subject.value);
  }

  /** @param {Record<string, any>} given */
  #drawFacts(given) {
    fill(this.facts, (this.#question?.facts ?? []).map((fact) => field(fact, valueAt(given, fact.path))));
  }

  /** @param {Event} event */
  #ask(event) {
    event.preventDefault();
    const question = this.#question;
    if (!question) return;
    const given = new FormData(this.form);
    /** @type {Record<string, any>} */
    const facts = {};
    for (const fact of question.facts) put(facts, fact.path.split("."), read(fact, String(given.get(fact.path) ?? "")));
    const body = { subject: question.subject, facts };
    control("POST", `/rules/${this.#document}/evaluate`, { body, signal: this.signal }).then((told) => {
      if (this.#question === question) this.#show(told);
    }, this.fail);
  }

  /** @param {any} decision */
  #show(decision) {
    const steps = decision.trace.filter((/** @type {any} */ step) => step.applied);
    fill(
      this.answer,
      h(
        "div", { class: `card ${decision.allowed ? "" : "refusing"}` },
        h("header", {}, h("strong", {}, t(decision.allowed ? "why.allows" : "why.refuses"))),
        h(
          "div", {},
          steps.length
            ? steps.map((/** @type {any} */ step) =>
                h(
                  "div", { class: `step ${step.passed ? "passed" : "failed"}` },
                  icon(step.passed ? "check" : "no"),
                  h("div", {}, step.rule, step.error ? h("p", { class: "soft" }, step.error) : null),
                ),
              )
            : h("p", { class: "soft" }, t("why.no_steps")),
        ),
      ),
    );
  }
}

/**
 * @param {Fact} fact
 * @param {unknown} value
 */
function field(fact, value) {
  if (fact.type === "bool") {
    const options = ["true", "false"].map((each) => ({ value: each, label: t(`rules.${each}`) }));
    const made = fieldOf({ name: fact.path, label: fact.path, options });
    const select = made.querySelector("select");
    if (select) select.value = String(value ?? true);
    return made;
  }
  const isMoney = fact.money;
  const text = value === undefined ? (fact.type === "int" ? (isMoney ? "0.00" : "0") : "") : String(value);
  const made = fieldOf({ name: fact.path, label: isMoney ? `${fact.path} ($)` : fact.path, value: text });
  if (fact.type === "int") made.querySelector("input")?.setAttribute("inputmode", "decimal");
  return made;
}

/**
 * @param {Fact} fact
 * @param {string} text
 */
function read(fact, text) {
  if (fact.type === "bool") return text === "true";
  if (fact.money) return Math.round(Number(text) * 100);
  if (fact.type === "int") return Number(text);
  if (fact.type === "list of string") return text.split(",").map((each) => each.trim()).filter(Boolean);
  return text;
}

/**
 * @param {Record<string, any>} facts
 * @param {string} path
 */
function valueAt(facts, path) {
  const found = path.split(".").reduce((/** @type {any} */ inner, part) => inner?.[part], facts);
  return found && typeof found === "object" && "money" in found ? found.money : found;
}

/**
 * @param {Record<string, any>} facts
 * @param {string[]} path
 * @param {unknown} value
 */
function put(facts, path, value) {
  const [first = "", ...rest] = path;
  if (rest.length) put((facts[first] ??= {}), rest, value);
  else facts[first] = value;
}
