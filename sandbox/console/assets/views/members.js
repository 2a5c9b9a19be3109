// Members: who there is and how to log in; everything about one of them, and what can be done to them.

import { control, controlHere } from "../api.js";
import { ask } from "../dialogs.js";
import { fill, h, icon, set } from "../dom.js";
import { money } from "../format.js";
import { t, word } from "../i18n.js";
import { copyable, facts, initials } from "../parts.js";
import { change, go, href, param } from "../place.js";
import { LiveList } from "../rows.js";
import { copy, toast } from "../toasts.js";
import { later, View } from "../view.js";
import { accountsTable, cardsTable, holdsTable, limitsTable, timeline } from "./member_tables.js";

/** @typedef {{id: string, name: string, persona: string | null, description: string, username: string | null, document_number: string, status: string, segment: string, enrolled: boolean, locked: boolean}} Person */
/** @typedef {{id: string, number: string, type: string, name: string, status: string, book_balance: string, available_balance: string, holds: {id: string, amount: string, reason: string}[]}} Account */

const PAGE = 50;

class Members extends View {
  #query = "\0";
  /** @type {{member: any, overview: any} | null} */
  #shown = null;
  #id = "";

  start() {
    this.list = new LiveList(this, {
      label: t("members.list"),
      key: (/** @type {Person} */ person) => person.id,
      make: (person) => row(person),
      update: mark,
      page: (cursor, signal) => control("GET", "/members/search", { query: { q: param("q"), limit: PAGE, cursor }, signal }),
      empty: h("div", { class: "empty" }, icon("members"), h("h2", {}, t("members.empty")), h("p", {}, t("members.empty_hint"))),
    });
    this.search = h("input", {
      type: "search", placeholder: t("members.search"), "aria-label": t("members.search"),
      oninput: later(() => change({ q: this.search?.value ?? "" }, { replace: true }), 200),
    });
    this.detail = h("section", { class: "detail", "aria-label": t("members.detail") });
    this.split = h("div", { class: "split closed" }, this.list.scroller, this.detail);
    fill(
      this,
      h(
        "div", { class: "toolbar" },
        h("label", { class: "search" }, icon("search"), this.search),
        h("button", { type: "button", onclick: () => this.#make() }, icon("plus"), t("members.new")),
      ),
      this.split,
    );
    const again = later(() => this.#reload(), 250);
    this.on("events", (event) => event.member_id === this.#id && again());
    this.on("restart", ({ topic, reason }) => topic === "events" && reason !== "gap" && this.list?.load());
  }

  moved() {
    if (this.search && document.activeElement !== this.search) this.search.value = param("q");
    this.split?.classList.toggle("closed", !param("id"));
    this.list?.refresh();
    if (param("q") !== this.#query) {
      this.#query = param("q");
      this.list?.load();
    }
    if (param("id") !== this.#id) {
      this.#id = param("id");
      this.#shown = null;
      if (this.detail) fill(this.detail);
      this.stop("member");
      this.#reload();
    }
  }

  actions() {
    const own = this.#shown ? this.#deeds(this.#shown.member, this.#shown.overview) : [];
    return [...own, { name: t("members.new"), run: () => this.#make() }];
  }

  #reload() {
    const id = this.#id;
    if (!id) return;
    void this.read("member", async (signal) => {
      const [member, overview] = await Promise.all([
        control("GET", `/members/${id}`, { signal }),
        control("GET", `/members/${id}/overview`, { signal }),
      ]);
      this.#shown = { member, overview };
      this.#draw(member, overview);
    });
  }

  /**
   * @param {any} member
   * @param {any} overview
   */
  #draw(member, overview) {
    if (!this.detail) return;
    const head = h(
      "div", { class: "detail-head" },
      h(
        "div", { class: "detail-title" },
        h("button", { type: "button", class: "quiet only-icon", "aria-label": t("action.close"), onclick: () => change({ id: null }) }, icon("close")),
        h("span", { class: "avatar", "aria-hidden": "true" }, initials(member.name)),
        h("h2", {}, member.name),
        tags(overview.member),
      ),
      h("p", { class: "soft" }, member.description),
      h(
        "div", { class: "row-of" },
        this.#deeds(member, overview).map(({ name, run }) => h("button", { type: "button", onclick: run }, name)),
        h("a", { class: "button", href: href("traffic", { member: member.id }) }, icon("traffic"), t("members.traffic")),
        member.phone ? h("a", { class: "button", href: href("phone", { to: member.phone }) }, icon("phone"), t("members.messages")) : null,
      ),
    );
    const scroll = this.detail.scrollTop;
    fill(
      this.detail,
      head,
      h(
        "div", { class: "detail-body" },
        section(t("members.credentials"), credentials(member)),
        section(t("members.life"), this.#life(member)),
        section(t("members.accounts"), accountsTable(overview.accounts, (account) => this.#deposit(account), (account) => this.#hold(account))),
        overview.accounts.some((/** @type {Account} */ each) => each.holds.length) ? section(t("members.holds"), holdsTable(overview.accounts, (account, hold) => this.#release(account, hold))) : null,
        overview.cards.length ? section(t("members.cards"), cardsTable(overview.cards)) : null,
        section(t("members.limits"), limitsTable(overview.limits)),
        section(t("members.timeline"), timeline(overview.events)),
      ),
    );
    this.detail.scrollTop = scroll;
  }

  /**
   * What can be done to a member.
   *
   * @param {any} member
   * @param {any} overview
   * @returns {import("../palette.js").Action[]}
   */
  #deeds(member, overview) {
    const { locked } = overview.member;
    const accounts = overview.accounts.filter((/** @type {Account} */ each) => each.status === "active");
    const here = controlHere();
    const set_ = async (/** @type {object} */ body) => {
      await here("PATCH", `/members/${member.id}`, { body });
      this.#reload();
    };
    const patch = (/** @type {object} */ body, /** @type {string} */ done, /** @type {object | null} */ before) => () =>
      this.attempt(async () => {
        await set_(body);
        toast(done, before ? { undo: () => set_(before) } : {});
      });
    return [
      { name: t("members.session"), run: () => this.#openSession(member) },
      ...(accounts.length ? [{ name: t("members.deposit"), run: () => this.#deposit(accounts[0]) }, { name: t("members.hold"), run: () => this.#hold(accounts[0]) }] : []),
      locked
        ? { name: t("members.unlock"), run: patch({ locked_minutes: 0 }, t("members.unlocked"), null) }
        : { name: t("members.lock"), run: patch({ locked_minutes: 30 }, t("members.locked_now"), { locked_minutes: 0 }) },
      member.status === "active"
        ? { name: t("members.deactivate"), run: patch({ status: "inactive" }, t("members.deactivated"), { status: "active" }) }
        : { name: t("members.activate"), run: patch({ status: "active" }, t("members.activated"), { status: "inactive" }) },
    ];
  }

  /** How lively a member is: as the sandbox, or at a level of its own. @param {any} member */
  #life(member) {
    const levels = ["", "off", "quiet", "typical", "busy"];
    const select = h(
      "select", { "aria-label": t("members.life") },
      levels.map((level) => h("option", { value: level }, level ? word("life", level) : t("members.life_of_sandbox"))),
    );
    select.value = member.life ?? "";
    select.addEventListener("change", () => {
      void this.attempt(async () => {
        await control("PATCH", `/members/${member.id}`, { body: { life: select.value || null } });
        toast(t("members.lives", { level: select.selectedOptions[0]?.textContent }));
      });
    });
    return select;
  }

  /** @param {any} member */
  #openSession(member) {
    void this.attempt(async () => {
      const session = await control("POST", `/members/${member.id}/session`);
      await copy(session.access_token, t("members.token"));
    });
  }

  /** @param {Account} account */
  async #deposit(account) {
    const answer = await this.#askAmount(t("members.deposit"), account);
    if (!answer) return;
    void this.attempt(async () => {
      await control("POST", `/accounts/${account.id}/deposits`, { body: { amount: answer } });
      toast(t("members.deposited", { amount: money(answer) }));
      this.#reload();
    });
  }

  /** @param {Account} account */
  async #hold(account) {
    const answer = await this.#askAmount(t("members.hold"), account);
    if (!answer) return;
    const here = controlHere();
    void this.attempt(async () => {
      const hold = await here("POST", `/accounts/${account.id}/holds`, { body: { amount: answer } });
      const undo = async () => {
        await here("DELETE", `/holds/${hold.id}`);
        this.#reload();
      };
      toast(t("members.held", { amount: money(answer) }), { undo });
      this.#reload();
    });
  }

  /**
   * @param {Account} account
   * @param {Account["holds"][number]} hold
   */
  #release(account, hold) {
    const here = controlHere();
    void this.attempt(async () => {
      await here("DELETE", `/holds/${hold.id}`);
      const undo = async () => {
        await here("POST", `/accounts/${account.id}/holds`, { body: { amount: hold.amount, reason: hold.reason } });
        this.#reload();
      };
      toast(t("members.released", { amount: money(hold.amount) }), { undo });
      this.#reload();
    });
  }

  /**
   * @param {string} title
   * @param {Account} account
   */
  async #askAmount(title, account) {
    const answer = await ask({
      title, text: `${account.name} ${account.number} · ${money(account.available_balance)}`, action: title,
      fields: [{ name: "amount", label: t("members.amount"), required: true, pattern: "[0-9]+([.,][0-9]{1,2})?", value: "100.00" }],
    });
    return answer ? Number(answer.amount?.replace(",", ".")).toFixed(2) : null;
  }

  async #make() {
    const answer = await ask({
      title: t("members.new"), text: t("members.new_text"), action: t("members.new_action"),
      fields: [
        { name: "balance", label: t("members.balance"), value: "850.00", pattern: "[0-9]+(\\.[0-9]{2})", required: true },
        { name: "accounts", label: t("members.how_many_accounts"), type: "number", value: "2", required: true },
        { name: "credit", label: t("members.credit"), value: "", pattern: "[0-9]+(\\.[0-9]{2})", hint: t("members.credit_hint") },
        { name: "movements", label: t("members.movements"), type: "number", value: "0" },
        { name: "segment", label: t("members.segment"), options: ["standard", "premium"].map((value) => ({ value, label: word("segment", value) })) },
      ],
    });
    if (!answer) return;
    void this.attempt(async () => {
      const number = Math.max(1, Math.min(10, Number(answer.accounts)));
      const body = {
        accounts: Array.from({ length: number }, () => ({ balance: answer.balance })),
        cards: answer.credit ? [{ credit: answer.credit }] : [],
        movements: Number(answer.movements) || 0,
        segment: answer.segment,
      };
      const member = await control("POST", "/members", { body });
      toast(t("members.made", { name: member.name }));
      this.list?.load();
      go("members", { id: member.id });
    });
  }
}

/**
 * @param {string} title
 * @param {import("../dom.js").Child} content
 */
function section(title, content) {
  return h("section", {}, h("h3", {}, title), content);
}

/** @param {Person} person */
function tags(person) {
  return [
    person.status === "active" ? null : h("span", { class: "tag warn" }, word("status", person.status)),
    person.locked ? h("span", { class: "tag bad" }, icon("lock"), t("members.locked")) : null,
    person.enrolled ? null : h("span", { class: "tag" }, t("members.not_enrolled")),
    person.segment === "premium" ? h("span", { class: "tag info" }, word("segment", "premium")) : null,
  ];
}

/** @param {Person} person */
function row(person) {
  const item = h("li", {}, h("a", { class: "row member-row", "data-row": true, "data-copies": person.username ?? person.document_number }));
  fill(
    /** @type {Element} */ (item.firstElementChild),
    h("span", { class: "avatar", "aria-hidden": "true" }, initials(person.name)),
    h("span", { class: "two" }, h("span", {}, person.name), h("small", {}, person.username ?? person.document_number)),
    h("span", { class: "two why" }, h("span", {}, person.persona ?? ""), h("small", {}, person.persona ? person.description : "")),
    h("span", { class: "row-of" }, tags(person)),
  );
  mark(item, person);
  return item;
}

/**
 * @param {HTMLElement} item
 * @param {Person} person
 */
function mark(item, person) {
  const link = item.firstElementChild;
  if (link) {
    set(link, {
      href: href("members", { q: param("q"), id: person.id }), "aria-current": param("id") === person.id ? "true" : null,
    });
  }
}

/** @param {any} member */
function credentials(member) {
  const line = (/** @type {string} */ name, /** @type {string | null} */ value) =>
    value ? /** @type {const} */ ([name, copyable(value, name)]) : null;
  return facts([
    line(t("members.username"), member.username),
    line(t("members.password"), member.password),
    line(t("members.device"), member.device?.id ?? null),
    line(t("members.document"), member.document_number),
    line(t("members.phone"), member.phone),
    line(t("members.email"), member.email),
    line(t("members.id"), member.id),
  ]);
}

customElements.define("sb-members", Members);
