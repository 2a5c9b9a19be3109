// The ledger: whether every cent is there, accounts, their entries, and what the latest requests say of the bank.

import { control } from "../api.js";
import { fill, h, icon, set } from "../dom.js";
import { dayAndTime, money, number } from "../format.js";
import { t, word } from "../i18n.js";
import { copyable, entryCard, sparkline } from "../parts.js";
import { change, href, param } from "../place.js";
import { LiveList } from "../rows.js";
import { atMost, later, View } from "../view.js";
import { charts } from "./charts.js";

/** @typedef {{id: string, number: string, type: string, name: string, member_id: string | null, member: string | null, book_balance: string, available_balance: string}} Account */

const PAGE = 50;
const LINES = 200;

class Ledger extends View {
  #query = "\0";
  #account = "\0";

  start() {
    this.verdict = h("div", { class: "verdict checking", role: "status" }, icon("clock"), h("strong", {}, t("ledger.checking")));
    this.charts = h("div", { class: "tiles" });
    this.list = new LiveList(this, {
      label: t("ledger.accounts"),
      key: (/** @type {Account} */ account) => account.id,
      make: (account) => row(account),
      update: mark,
      page: (cursor, signal) => control("GET", "/ledger/accounts", { query: { q: param("q"), limit: PAGE, cursor }, signal }),
      empty: h("div", { class: "empty" }, icon("ledger"), h("h2", {}, t("ledger.no_accounts"))),
    });
    this.search = h("input", {
      type: "search", placeholder: t("ledger.search"), "aria-label": t("ledger.search"),
      oninput: later(() => change({ q: this.search?.value ?? "" }, { replace: true }), 200),
    });
    this.detail = h("section", { class: "detail", "aria-label": t("ledger.entries") });
    this.split = h("div", { class: "split closed" }, this.list.scroller, this.detail);
    fill(
      this,
      h(
        "div", { class: "ledger-head" },
        this.verdict,
        this.charts,
      ),
      h(
        "div", { class: "toolbar" },
        h("label", { class: "search" }, icon("search"), this.search),
        h("button", { type: "button", onclick: () => this.#audit() }, icon("rules"), t("ledger.audit")),
      ),
      this.split,
    );
    this.#audit();
    this.#measure();
    const again = atMost(() => this.#refresh(), 1500);
    this.on("events", again);
  }

  moved() {
    if (this.search && document.activeElement !== this.search) this.search.value = param("q");
    this.split?.classList.toggle("closed", !param("account"));
    this.list?.refresh();
    if (param("q") !== this.#query) {
      this.#query = param("q");
      this.list?.load();
    }
    if (param("account") !== this.#account) {
      this.#account = param("account");
      this.stop("entries");
      this.#readEntries();
    }
  }

  actions() {
    return [{ name: t("ledger.audit"), run: () => this.#audit() }];
  }

  /** Something has happened: balances, entries and charts may be others. */
  #refresh() {
    this.#measure();
    this.list?.load({ isOther: false });
    this.#readEntries();
  }

  #audit() {
    void this.read("audit", async (signal) => {
      const audit = await control("GET", "/ledger/audit", { signal });
      if (!this.verdict) return;
      this.verdict.classList.remove("checking");
      this.verdict.classList.toggle("bad", !audit.balanced);
      const counts = t("ledger.counts", { accounts: number(audit.accounts), entries: number(audit.entries), postings: number(audit.postings) });
      fill(
        this.verdict,
        icon(audit.balanced ? "check" : "no"),
        h("div", { class: "grow" }, h("strong", {}, t(audit.balanced ? "ledger.balanced" : "ledger.not_balanced")), h("p", {}, counts)),
        audit.violations.length
          ? h("ul", {}, audit.violations.map((/** @type {any} */ each) => h("li", {}, `${each.check}: `, each.subject.startsWith("acc_") ? h("a", { href: href("ledger", { account: each.subject }) }, each.subject) : each.subject, ` ${each.detail}`)))
          : null,
      );
    });
  }

  #measure() {
    void this.read("charts", async (signal) => {
      const { items } = await control("GET", "/traffic", { query: { limit: LINES }, signal });
      const { items: decisions } = await control("GET", "/decisions", { query: { limit: LINES }, signal });
      if (this.charts) fill(this.charts, charts(items, decisions));
    });
  }

  #readEntries() {
    const account = this.#account;
    if (!account || account === "\0") {
      if (this.detail) fill(this.detail);
      return;
    }
    void this.read("entries", async (signal) => {
      const { items } = await control("GET", "/ledger/entries", { query: { account_id: account, order: "newest", limit: PAGE }, signal });
      if (!this.detail) return;
      const balances = items.flatMap((/** @type {any} */ entry) => entry.postings.filter((/** @type {any} */ leg) => leg.account === account).map((/** @type {any} */ leg) => Number(leg.balance))).reverse();
      const shown = this.list?.items.find(({ id }) => id === account);
      const scroll = this.detail.scrollTop;
      fill(
        this.detail,
        h(
          "div", { class: "detail-head" },
          h(
            "div", { class: "detail-title" },
            h("button", { type: "button", class: "quiet only-icon", "aria-label": t("action.close"), onclick: () => change({ account: null }) }, icon("close")),
            h("h2", {}, shown?.name ?? account),
            shown?.member_id ? h("a", { href: href("members", { id: shown.member_id }) }, shown.member) : null,
          ),
          h("div", { class: "row-of" }, copyable(account), shown ? h("strong", { class: "number" }, money(shown.book_balance)) : null),
          balances.length > 1 ? sparkline(balances, t("ledger.balance_over_time", { n: balances.length, last: money(String(balances.at(-1))) })) : null,
        ),
        h(
          "div", { class: "detail-body" },
          items.length
            ? items.map((/** @type {any} */ entry) =>
                entryCard(entry, [
                  h("span", { class: "soft number" }, dayAndTime(entry.at)),
                  entry.request_id?.startsWith("req_") ? h("a", { href: href("traffic", { id: entry.request_id, tab: "effects" }) }, t("members.request")) : null,
                ]),
              )
            : h("p", { class: "soft" }, t("ledger.no_entries")),
        ),
      );
      this.detail.scrollTop = scroll;
    });
  }
}

/** @param {Account} account */
function row(account) {
  const item = h(
    "li", {},
    h(
      "a", { class: "row account-row", "data-row": true, "data-copies": account.number },
      h("span", { class: "two" }, h("span", {}, account.member ?? t("ledger.bank")), h("small", {}, account.name)),
      h("code", {}, account.number),
      h("span", { class: "tag" }, word("account_type", account.type)),
      h("span", { class: "number amount" }),
    ),
  );
  mark(item, account);
  return item;
}

/**
 * @param {HTMLElement} item
 * @param {Account} account
 */
function mark(item, account) {
  const link = item.firstElementChild;
  if (!link) return;
  set(link, { href: href("ledger", { q: param("q"), account: account.id }), "aria-current": param("account") === account.id ? "true" : null });
  const amount = link.querySelector(".amount");
  if (amount) amount.textContent = money(account.book_balance);
}

customElements.define("sb-ledger", Ledger);
