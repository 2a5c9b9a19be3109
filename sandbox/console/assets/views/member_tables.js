// The tables of a member's page: accounts, holds, cards, limits, and what happened.

import { h, icon } from "../dom.js";
import { dayAndTime, money } from "../format.js";
import { t, word } from "../i18n.js";
import { copyable, shortId, table } from "../parts.js";
import { href } from "../place.js";

/** @typedef {import("./members.js").Account} Account */

/**
 * @param {Account[]} accounts
 * @param {(account: Account) => void} deposit
 * @param {(account: Account) => void} hold
 */
export function accountsTable(accounts, deposit, hold) {
  return table(
    t("members.accounts"),
    [t("account.name"), t("account.number"), "amount", t("account.book"), t("account.available"), ""],
    accounts.map((account) => [
      h("span", { class: "two" }, h("span", {}, account.name), account.holds.length ? h("small", {}, t("account.holds", { n: account.holds.length, amount: money(sum(account.holds.map(({ amount }) => amount))) })) : null),
      copyable(account.number, account.name),
      null,
      h("a", { href: href("ledger", { account: account.id }) }, money(account.book_balance)),
      money(account.available_balance),
      h(
        "span", { class: "row-of" },
        h("button", { type: "button", class: "quiet only-icon", title: t("members.deposit"), "aria-label": t("members.deposit_to", { account: account.number }), onclick: () => deposit(account) }, icon("plus")),
        h("button", { type: "button", class: "quiet only-icon", title: t("members.hold"), "aria-label": t("members.hold_on", { account: account.number }), onclick: () => hold(account) }, icon("lock")),
      ),
    ]),
  );
}

/**
 * @param {Account[]} accounts
 * @param {(account: Account, hold: Account["holds"][number]) => void} release
 */
export function holdsTable(accounts, release) {
  const holds = accounts.flatMap((account) => account.holds.map((hold) => /** @type {const} */ ([account, hold])));
  return table(
    t("members.holds"),
    [t("hold.reason"), t("account.number"), "amount", t("entry.amount"), ""],
    holds.map(([account, hold]) => [
      word("hold", hold.reason), account.number, null, money(hold.amount),
      hold.reason === "operation" ? null : h("button", { type: "button", class: "quiet", "aria-label": t("hold.release_of", { amount: money(hold.amount), account: account.number }), onclick: () => release(account, hold) }, t("hold.release")),
    ]),
  );
}

/** @param {any[]} cards */
export function cardsTable(cards) {
  return table(
    t("members.cards"),
    [t("card.name"), t("card.number"), "amount", t("card.limit"), t("card.owed"), t("card.due")],
    cards.map((card) => [
      h("span", { class: "row-of" }, card.name, card.overdue ? h("span", { class: "tag bad" }, t("card.overdue")) : null, card.status === "active" ? null : h("span", { class: "tag warn" }, word("status", card.status))),
      h("code", {}, card.number),
      null,
      money(card.limit),
      money(card.owed),
      card.due_date ?? "—",
    ]),
  );
}

/** @param {any[]} limits */
export function limitsTable(limits) {
  return table(
    t("members.limits"),
    [t("limit.kind"), "amount", t("limit.per_transaction"), t("limit.per_day"), t("limit.left")],
    limits.map((limit) => [
      word("kind", limit.kind),
      null,
      money(limit.own_per_transaction ?? limit.per_transaction),
      money(limit.own_per_day ?? limit.per_day),
      money(limit.left_today),
    ]),
  );
}

/** @param {{id: string, at: string, kind: string, subject_id: string | null, request_id: string}[]} events */
export function timeline(events) {
  if (!events.length) return h("p", { class: "soft" }, t("members.nothing_happened"));
  return h(
    "ol", { class: "timeline" },
    events.map((event) =>
      h(
        "li", {},
        h("time", { datetime: event.at }, dayAndTime(event.at)),
        h("span", {}, h("strong", {}, event.kind), " ", h("code", { class: "soft", title: event.subject_id }, shortId(event.subject_id ?? ""))),
        event.request_id.startsWith("req_") ? h("a", { href: href("traffic", { id: event.request_id }) }, t("members.request")) : h("span", { class: "soft" }, event.request_id),
      ),
    ),
  );
}

/** @param {string[]} amounts */
function sum(amounts) {
  return (amounts.reduce((cents, amount) => cents + Math.round(Number(amount) * 100), 0) / 100).toFixed(2);
}
