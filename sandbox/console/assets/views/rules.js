// Rules: the documents in force, an editor that checks while one types, their cases, and questions to ask them.

import { control, controlHere, Refused } from "../api.js";
import { show as showDialog } from "../dialogs.js";
import { fill, h, icon } from "../dom.js";
import { t } from "../i18n.js";
import { json } from "../parts.js";
import { change, go, href, param, sandbox } from "../place.js";
import { fail, toast } from "../toasts.js";
import { later, View } from "../view.js";
import { difference } from "./difference.js";
import { QuestionForm } from "./question.js";

/** @typedef {{name: string, revision: string, overridden: boolean, rules: string[]}} Summary */
/** @typedef {{line: number, column: number, message: string}} Mistake */

/**
 * What was typed and not yet taken over, by sandbox and document, with the text that it began from: it is there again
 * when its document is.
 *
 * @type {Map<string, {base: string, text: string}>}
 */
const drafts = new Map();

const SCROLLBAR = 16; // beneath the text: its long lines are scrolled, not cut

class Rules extends View {
  /** @type {Summary[]} */
  #documents = [];
  #shown = "";
  /** The document whose text is in the editor: that of `#shown` may still be on its way. */
  #edits = "";
  #text = "";
  #revision = "";
  /** @type {Mistake[]} */
  #mistakes = [];

  start() {
    this.documents = h("nav", { class: "documents", "aria-label": t("rules.documents") });
    this.gutter = h("div", { class: "gutter", "aria-hidden": "true" });
    this.area = h("textarea", {
      spellcheck: "false", "aria-label": t("rules.editor"), "aria-describedby": "rule-verdict", wrap: "off",
      oninput: () => this.#edited(),
    });
    this.verdict = h("span", { class: "soft grow", id: "rule-verdict", role: "status" });
    this.save = h("button", { type: "button", class: "primary", disabled: true, onclick: () => this.#save() }, t("rules.save"));
    this.revert = h("button", { type: "button", hidden: true, onclick: () => this.#revert() }, t("rules.revert"));
    this.drop = h("button", { type: "button", onclick: () => this.#drop() }, t("rules.drop"));
    this.diff = h("button", { type: "button", onclick: () => this.#diff() }, t("rules.diff"));
    this.mistakes = h("ul", { class: "mistakes" });
    this.cases = h("section", { class: "stack" });
    this.question = new QuestionForm(this.signal, fail);
    fill(
      this,
      h(
        "div", { class: "rules-view" },
        this.documents,
        h(
          "div", { class: "editor-box" },
          h("div", { class: "toolbar" }, this.verdict, this.diff, this.drop, this.revert, this.save),
          h("div", { class: "editor" }, this.gutter, this.area),
          this.mistakes,
        ),
        h("aside", { class: "asking", "aria-label": t("rules.ask") }, this.question.element, this.cases),
      ),
    );
    this.on("state", ({ rules_revision, overrides }) => {
      const revision = `${rules_revision} ${overrides}`;
      if (revision !== this.#revision) this.#load();
      this.#revision = revision;
    });
  }

  moved() {
    if (this.#documents.length) this.#choose();
  }

  actions() {
    const shown = this.#document;
    const deeds = [
      ...(this.#isDirty ? [{ name: t("rules.save"), run: () => this.#save() }, { name: t("rules.revert"), run: () => this.#revert() }] : []),
      ...(shown?.overridden ? [{ name: t("rules.diff"), run: () => this.#diff() }, { name: t("rules.drop"), run: () => this.#drop() }] : []),
    ];
    const others = this.#documents.filter((each) => each !== shown);
    return [...deeds, ...others.map(({ name }) => ({ name: t("rules.open", { name }), run: () => go("rules", { id: name }) }))];
  }

  /** @param {string} [name] */
  #key(name = this.#shown) {
    return `${sandbox()} ${name}`;
  }

  get #isDirty() {
    return this.area !== undefined && this.#shown !== "" && this.#edits === this.#shown && this.area.value !== this.#text;
  }

  get #document() {
    const name = param("id") || (this.#documents.find(({ rules }) => rules.length)?.name ?? "");
    return this.#documents.find((each) => each.name === name);
  }

  #load() {
    void this.read("documents", async (signal) => {
      const { documents, problems } = await control("GET", "/rules", { signal });
      this.#documents = documents;
      if (problems.length) toast(problems.join("\n"), { kind: "wrong" });
      if (this.#isDirty) this.#showDocuments();
      else {
        this.#shown = "";
        this.#choose();
      }
    });
  }

  #showDocuments() {
    const chosen = this.#document?.name;
    if (!this.documents) return;
    fill(
      this.documents,
      this.#documents.map(({ name, rules, overridden }) =>
        h(
          "a", { href: href("rules", { id: name }), "aria-current": name === chosen ? "page" : null, "data-row": true },
          h("span", {}, name),
          drafts.has(this.#key(name)) ? h("span", { class: "tag warn" }, t("rules.draft")) : null,
          overridden ? h("span", { class: "tag info" }, t("rules.own")) : null,
          rules.length ? h("small", { class: "number" }, rules.length) : null,
        ),
      ),
    );
  }

  #choose() {
    this.#showDocuments();
    const document = this.#document;
    if (!document) return;
    if (document.name === this.#shown) {
      this.#mark();
      return;
    }
    this.#shown = document.name;
    if (document.name !== this.#edits) this.#leave();
    this.stop("text");
    void this.read("text", async (signal) => {
      const text = await control("GET", `/rules/${document.name}`, { signal });
      if (!this.area || !this.drop || !this.diff) return;
      this.#edits = document.name;
      const draft = drafts.get(this.#key());
      if (draft && draft.base !== text) toast(t("rules.draft_of_older", { name: document.name }));
      this.#text = text;
      this.area.value = draft?.text ?? text;
      this.area.readOnly = false;
      this.#mistakes = [];
      if (this.save) this.save.disabled = true;
      if (this.revert) this.revert.hidden = !draft;
      if (this.mistakes) fill(this.mistakes);
      this.drop.hidden = !document.overridden;
      this.diff.hidden = !document.overridden;
      this.#lines();
      this.#say(t("rules.revision", { revision: document.revision }));
      if (draft) this.#edited();
      this.#mark();
      this.#readCases(document.name);
      this.#readQuestions(document.name);
    });
  }

  /** Another document is on its way: nothing can be done with the text of this one under the name of that one. */
  #leave() {
    for (const about of ["check", "cases", "questions"]) this.stop(about);
    if (this.area) this.area.readOnly = true;
    if (this.save) this.save.disabled = true;
    for (const each of [this.revert, this.drop, this.diff]) if (each) each.hidden = true;
  }

  /** @param {string} name */
  #readQuestions(name) {
    void this.read("questions", async (signal) => this.question?.show(name, signal));
  }

  /** @param {string} name */
  #readCases(name) {
    void this.read("cases", async (signal) => {
      const { items } = await control("GET", `/rules/${name}/cases`, { signal });
      if (!this.cases) return;
      const broken = items.filter((/** @type {any} */ each) => !each.passed);
      const line = (/** @type {any} */ each) =>
        h(
          "div", { class: `step ${each.passed ? "passed" : "failed"}` },
          icon(each.passed ? "check" : "no"),
          h("div", {}, h("button", { type: "button", class: "link", onclick: () => this.question?.fillIn(each.subject, each.facts) }, each.name), each.problem ? h("p", { class: "soft" }, each.problem) : null),
        );
      fill(
        this.cases,
        h("h2", {}, t("rules.cases")),
        items.length ? h("p", {}, h("span", { class: `tag ${broken.length ? "bad" : "ok"}` }, t("rules.cases_hold", { ok: items.length - broken.length, all: items.length }))) : h("p", { class: "soft" }, t("rules.no_cases")),
        h("div", {}, broken.map(line)),
        items.length ? h("details", {}, h("summary", {}, t("rules.all_cases")), items.map(line)) : null,
      );
    });
  }

  /** Line numbers, those of mistakes marked, and the rule that the address names. */
  #lines() {
    if (!this.area || !this.gutter) return;
    const lines = this.area.value.split("\n");
    const wrong = new Set(this.#mistakes.map(({ line }) => line));
    const marked = this.#lineOf(param("rule"));
    fill(
      this.gutter,
      lines.flatMap((_, place) => {
        const number = place + 1;
        const kind = wrong.has(number) ? "wrong" : number === marked ? "marked" : "";
        return [kind ? h("span", { class: kind }, number) : String(number), "\n"];
      }),
    );
    this.area.style.height = `${lines.length * 20 + 24 + SCROLLBAR}px`;
  }

  /** @param {string} rule */
  #lineOf(rule) {
    if (!rule || !this.area) return 0;
    return this.area.value.split("\n").findIndex((line) => line.includes(`id: ${rule}`)) + 1;
  }

  #mark() {
    this.#lines();
    const line = this.#lineOf(param("rule"));
    if (line) this.area?.parentElement?.scrollTo({ top: Math.max(0, (line - 4) * 20) });
  }

  #edited() {
    const isNew = this.#isDirty !== drafts.has(this.#key());
    if (this.#isDirty) drafts.set(this.#key(), { base: this.#text, text: this.area?.value ?? "" });
    else drafts.delete(this.#key());
    if (isNew) this.#showDocuments();
    if (this.revert) this.revert.hidden = !this.#isDirty;
    this.#lines();
    this.#say(t("rules.checking"));
    if (this.save) this.save.disabled = true;
    this.#check();
  }

  #check = later(() => {
    if (this.#edits !== this.#shown) return;
    const text = this.area?.value ?? "";
    this.stop("check");
    void this.read("check", async (signal) => {
      try {
        const told = await control("PUT", `/rules/${this.#shown}`, { text, type: "application/yaml", query: { dry_run: "true" }, signal });
        this.#show([], text);
        this.#say(t("rules.holds", { n: told.would_change.length }));
        this.#showChanges(told.would_change);
      } catch (error) {
        if (!(error instanceof Refused) || error.code !== "rules_invalid") throw error;
        this.#show(mistakesOf(error), text);
        this.#say(t("rules.broken", { n: this.#mistakes.length }));
      }
    });
  }, 300);

  /**
   * @param {Mistake[]} mistakes
   * @param {string} text
   */
  #show(mistakes, text) {
    this.#mistakes = mistakes;
    this.#lines();
    if (this.save) this.save.disabled = mistakes.length > 0 || text === this.#text;
    if (!this.mistakes) return;
    fill(
      this.mistakes,
      mistakes.map((mistake) =>
        h("li", {}, h("button", { type: "button", onclick: () => this.#goTo(mistake) }, `${mistake.line}:${mistake.column} ${mistake.message}`)),
      ),
    );
  }

  /** @param {{request_id: string, subject: string, before: string[], after: string[]}[]} changes */
  #showChanges(changes) {
    if (!this.mistakes) return;
    fill(
      this.mistakes,
      changes.slice(0, 20).map((each) =>
        h(
          "li", {},
          h("a", { href: href("traffic", { id: each.request_id, tab: "why" }) }, each.request_id),
          ` ${each.subject}: ${each.before.join(", ") || t("rules.allowed")} → ${each.after.join(", ") || t("rules.allowed")}`,
        ),
      ),
    );
  }

  /** @param {Mistake} mistake */
  #goTo(mistake) {
    if (!this.area) return;
    const start = this.area.value.split("\n").slice(0, mistake.line - 1).join("\n").length + (mistake.line > 1 ? 1 : 0);
    const place = start + Math.max(0, mistake.column - 1);
    this.area.focus();
    this.area.setSelectionRange(place, place + 1);
    this.area.parentElement?.scrollTo({ top: Math.max(0, (mistake.line - 6) * 20) });
  }

  /** Throw away what was typed; the way back puts it there again. */
  #revert() {
    if (!this.area || !this.#isDirty) return;
    const [key, name, draft] = [this.#key(), this.#shown, { base: this.#text, text: this.area.value }];
    this.area.value = this.#text;
    this.#edited();
    const undo = async () => {
      drafts.set(key, draft);
      this.#shown = "";
      go("rules", { id: name });
      this.#choose();
    };
    toast(t("rules.reverted", { name }), { undo });
  }

  #save() {
    if (!this.area || !this.#isDirty) return;
    const text = this.area.value;
    const name = this.#shown;
    const before = this.#text;
    const wasOwn = this.#document?.overridden ?? false;
    const key = this.#key();
    const here = controlHere();
    void this.attempt(async () => {
      await here("PUT", `/rules/${name}`, { text, type: "application/yaml" });
      const draft = drafts.get(key); // who has typed on meanwhile has another one
      if (draft && draft.text !== text) drafts.set(key, { base: text, text: draft.text });
      else drafts.delete(key);
      if (this.#edits === name) this.#taken(text);
      const undo = () => (wasOwn ? here("PUT", `/rules/${name}`, { text: before, type: "application/yaml" }) : here("DELETE", `/rules/${name}`));
      toast(t("rules.saved", { name }), { undo });
    });
  }

  /** What is in the editor has become the document. @param {string} text */
  #taken(text) {
    this.#text = text;
    if (this.revert) this.revert.hidden = !this.#isDirty;
    if (this.save && !this.#isDirty) this.save.disabled = true;
    if (this.#shown === this.#edits) change({ id: this.#edits }, { replace: true });
  }

  #drop() {
    const name = this.#shown;
    const before = this.#text;
    const here = controlHere();
    void this.attempt(async () => {
      await here("DELETE", `/rules/${name}`);
      toast(t("rules.dropped", { name }), { undo: () => here("PUT", `/rules/${name}`, { text: before, type: "application/yaml" }) });
    });
  }

  #diff() {
    const [name, mine] = [this.#shown, this.area?.value ?? ""];
    void this.attempt(async () => {
      const base = await control("GET", `/rules/${name}`, { query: { base: "true" } });
      const lines = difference(base.split("\n"), mine.split("\n"));
      const shown = lines.map(({ kind, text }) => h("div", { class: kind }, `${{ same: " ", added: "+", removed: "-" }[kind]} ${text}`));
      showDialog(t("rules.diff_of", { name }), h("div", { class: "diff mono", tabindex: "0" }, shown.length ? shown : json(t("rules.no_difference"))));
    });
  }

  /** @param {string} text */
  #say(text) {
    if (this.verdict) this.verdict.textContent = text;
  }
}

/** @param {Refused} error */
function mistakesOf(error) {
  return error.errors.map(({ field, message }) => {
    const [column, line] = field.split(":").reverse().map(Number);
    return { line: line || 1, column: column || 1, message };
  });
}

addEventListener("beforeunload", (event) => drafts.size && event.preventDefault());
customElements.define("sb-rules", Rules);
