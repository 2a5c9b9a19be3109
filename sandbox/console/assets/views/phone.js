// The phone: messages as their receivers see them, the newest on top, codes to read and to copy.

import { control } from "../api.js";
import { secondsUntil, ticking } from "../clock.js";
import { destroy } from "../dialogs.js";
import { fill, h, icon, set, write } from "../dom.js";
import { countdown, dayAndTime, time } from "../format.js";
import { t } from "../i18n.js";
import { initials } from "../parts.js";
import { change, href, param } from "../place.js";
import { LiveList, patch } from "../rows.js";
import { copy, fail, toast } from "../toasts.js";
import { atMost, later, View } from "../view.js";

/** @typedef {{id: string, channel: "sms" | "email", to: string, kind: string, text: string, code: string | null, challenge_id: string | null, code_state: "usable" | "used" | "dead" | "locked" | null, expires_at: string | null, member_id: string | null, request_id: string | null, sent_at: string}} Message */
/** @typedef {{to: string, channel: string, member_id: string | null, name: string | null, persona: string | null, messages: number, latest_at: string}} Contact */

const PAGE = 40;
const SYMBOLS = { usable: "check", used: "check", dead: "no", locked: "lock", expired: "no" };

class Phone extends View {
  /** @type {Contact[]} */
  #contacts = [];
  #filters = "";
  #arrived = 0;

  start() {
    this.list = new LiveList(this, {
      label: t("phone.messages"),
      key: (/** @type {Message} */ message) => message.id,
      make: (message) => this.#bubble(message),
      update: (row, message) => this.#update(row, message),
      page: (cursor, signal) => {
        const query = { order: "newest", to: param("to"), channel: param("channel"), q: param("q"), limit: PAGE, cursor };
        return control("GET", "/messages", { query, signal });
      },
      empty: h("div", { class: "empty" }, icon("phone"), h("h2", {}, t("phone.empty")), h("p", {}, t("phone.empty_hint"))),
    });
    this.people = h("ol", { "aria-label": t("phone.contacts") });
    this.head = h("div", { class: "screen-title" });
    this.moment = h("span", {});
    this.search = h("input", {
      type: "search", placeholder: t("phone.search"), "aria-label": t("phone.search"),
      oninput: later(() => change({ q: this.search?.value ?? "" }, { replace: true }), 200),
    });
    this.channels = ["", "sms", "email"].map((channel) =>
      h("button", { type: "button", onclick: () => change({ channel }, { replace: true }) }, t(`phone.channel_${channel || "all"}`)),
    );
    this.pause = h("button", { type: "button", class: "quiet", "aria-pressed": "false", onclick: () => this.#pause() });
    this.bell = h("button", { type: "button", class: "quiet only-icon", "aria-label": t("phone.notify"), title: t("phone.notify"), onclick: () => this.#askToNotify() }, icon("bell"));
    fill(
      this,
      h(
        "div", { class: "phone-view" },
        h("aside", { class: "contacts", "aria-label": t("phone.contacts") }, this.people),
        h(
          "div", { class: "stage" },
          h(
            "div", { class: "toolbar" },
            h("div", { class: "chips", role: "group", "aria-label": t("phone.channels") }, this.channels),
            h("label", { class: "search" }, icon("search"), this.search),
            this.pause,
            this.bell,
            h("button", { type: "button", class: "quiet only-icon", "aria-label": t("phone.clear"), title: t("phone.clear"), onclick: () => this.#clear() }, icon("trash")),
          ),
          h(
            "div", { class: "desk" },
            h(
              "section", { class: "handset", "aria-label": t("view.phone") },
              h(
                "div", { class: "screen" },
                h("div", { class: "screen-bar", "aria-hidden": "true" }, this.moment, h("i", {}), h("span", {}, "5G")),
                this.head,
                this.list.scroller,
              ),
            ),
          ),
        ),
      ),
    );
    this.#showPause();
    this.on("messages", (message) => this.#arrive(message));
    this.on("events", ({ kind }) => kind.startsWith("message.") || this.#refreshStates());
    this.on("restart", ({ topic }) => topic === "messages" && this.#load());
    ticking(() => this.#tick(), this.signal);
  }

  moved() {
    const filters = JSON.stringify([param("to"), param("channel"), param("q")]);
    if (this.search && document.activeElement !== this.search) this.search.value = param("q");
    this.channels?.forEach((button, place) =>
      button.setAttribute("aria-pressed", String(param("channel") === ["", "sms", "email"][place])),
    );
    this.#showContacts();
    if (filters === this.#filters) return;
    this.#filters = filters;
    this.#load();
  }

  actions() {
    return [
      { name: t("phone.copy_latest"), keys: "c", run: () => this.#copyLatest() },
      { name: t("phone.clear"), run: () => this.#clear() },
    ];
  }

  #load() {
    this.list?.load();
    this.#readContacts();
  }

  #readContacts() {
    void this.read("contacts", async (signal) => {
      const before = this.#arrived;
      this.#contacts = (await control("GET", "/messages/contacts", { signal })).items;
      this.#showContacts();
      this.list?.refresh();
      if (this.#arrived !== before) this.#meet(); // who counted it is not known
    });
  }

  /** @param {Message} message */
  #arrive(message) {
    this.#arrived += 1;
    for (const other of this.list?.items ?? []) {
      const isReplaced = message.challenge_id && other.challenge_id === message.challenge_id && other.id !== message.id;
      if (isReplaced && other.code_state === "usable") other.code_state = "dead";
    }
    const known = this.#contacts.find((each) => each.to === message.to && each.channel === message.channel);
    if (known) {
      known.messages += 1;
      known.latest_at = message.sent_at;
      this.#contacts = [known, ...this.#contacts.filter((each) => each !== known)];
      this.#showContacts();
    } else {
      this.#meet();
    }
    this.#notify(message);
    if (!this.#fits(message)) return;
    this.list?.add([message]);
  }

  #meet = later(() => this.#readContacts(), 300);

  /** @param {Message} message */
  #fits(message) {
    const q = param("q").toLowerCase();
    return (
      (!param("to") || param("to") === message.to) &&
      (!param("channel") || param("channel") === message.channel) &&
      (!q || `${message.text} ${message.to}`.toLowerCase().includes(q))
    );
  }

  /** Codes are used, locked and dropped in many ways: their states are read anew when something has happened. */
  #refreshStates = atMost(() => {
    if (!this.list?.items.some((message) => message.code_state === "usable")) return;
    this.list.catchUp();
  }, 250);

  #showContacts() {
    if (!this.people || !this.head) return;
    const chosen = this.#contacts.find((each) => each.to === param("to"));
    const everyone = { to: "", channel: "", member_id: null, name: t("phone.everyone"), persona: null, messages: 0, latest_at: "" };
    patch(
      this.people,
      [everyone, ...this.#contacts],
      (contact) => `${contact.to} ${contact.channel}`,
      () => h("li", {}, h("a", { class: "contact" })),
      undefined,
    );
    [everyone, ...this.#contacts].forEach((contact, place) => {
      const link = this.people?.children[place]?.firstElementChild;
      if (link) showContact(link, contact);
    });
    const name = chosen ? (chosen.name ?? chosen.to) : param("to") || t("phone.everyone");
    fill(
      this.head,
      h("span", { class: "avatar", "aria-hidden": "true" }, param("to") ? initials(name) : icon("members")),
      h("div", { class: "two grow" }, h("h2", {}, name), chosen ? h("small", {}, chosen.to) : null),
      chosen?.member_id ? h("a", { href: href("members", { id: chosen.member_id }) }, t("phone.member")) : null,
    );
  }

  /** @param {Message} message */
  #bubble(message) {
    const code = message.code ?? "";
    const button = h(
      "button", { type: "button", class: "code", onclick: () => copy(code).catch(fail) },
      h("strong", {}, grouped(code)),
      icon("copy"),
    );
    const state = h("span", { class: "state tag" });
    const row = h(
      "li", {},
      h(
        "article", { class: "bubble", tabindex: "0", "data-row": true, "data-copies": code || message.text },
        h(
          "header", {},
          icon(message.channel),
          h("b", {}, this.#nameOf(message)),
          h("time", { datetime: message.sent_at, title: dayAndTime(message.sent_at) }, time(message.sent_at)),
        ),
        h("p", {}, message.text),
        code ? button : null,
        h(
          "footer", {},
          code ? state : h("span", {}, message.to),
          message.request_id?.startsWith("req_")
            ? h("a", { href: href("traffic", { id: message.request_id }) }, t("phone.request"), icon("link"))
            : null,
        ),
      ),
    );
    row.dataset.state = "";
    this.#update(row, message);
    return row;
  }

  /** @param {Message} message */
  #nameOf(message) {
    return this.#contacts.find((each) => each.to === message.to)?.name ?? message.to;
  }

  /**
   * @param {HTMLElement} row
   * @param {Message} message
   */
  #update(row, message) {
    const name = row.querySelector("b");
    if (name) write(name, this.#nameOf(message));
    const tag = row.querySelector(".state");
    if (!tag) return;
    const left = message.expires_at ? secondsUntil(message.expires_at) : 0;
    const state = message.code_state === "usable" && left <= 0 ? "expired" : (message.code_state ?? "dead");
    if (row.dataset.state !== state) {
      row.dataset.state = state;
      const button = /** @type {Element} */ (row.querySelector(".code"));
      button.classList.toggle("usable", state === "usable");
      set(button, { "aria-label": t("phone.copy_code", { code: [...(message.code ?? "")].join(" "), state: t(`code.${state}`) }) });
      tag.className = `state tag ${state === "usable" ? "ok" : state === "locked" ? "bad" : ""}`;
      fill(tag, icon(SYMBOLS[state]), h("span", { class: "countdown" }));
    }
    const text = state === "usable" ? t("code.usable_for", { left: countdown(left) }) : t(`code.${state}`);
    write(/** @type {Element} */ (tag.querySelector(".countdown")), text);
  }

  #tick() {
    const now = document.querySelector("sb-time .moment")?.textContent ?? "";
    if (this.moment) write(this.moment, now.slice(0, 5));
    const rows = this.list?.list.children ?? [];
    this.list?.items.forEach((message, place) => {
      const row = rows[place];
      if (message.code_state === "usable" && row instanceof HTMLElement) this.#update(row, message);
    });
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

  #copyLatest() {
    const latest = this.list?.items.find((message) => message.code);
    if (latest?.code) copy(latest.code).catch(fail);
  }

  async #askToNotify() {
    if (!("Notification" in window)) return;
    const answer = await Notification.requestPermission();
    toast(t(answer === "granted" ? "phone.notify_on" : "phone.notify_off"));
    this.bell?.setAttribute("aria-pressed", String(answer === "granted"));
  }

  /** @param {Message} message */
  #notify(message) {
    if (!document.hidden || !("Notification" in window) || Notification.permission !== "granted") return;
    new Notification(message.code ?? t("phone.notification"), { body: message.text, tag: message.id });
  }

  #clear() {
    void this.attempt(async () => {
      const words = {
        title: t("phone.clear"), text: t("phone.clear_text"), action: t("phone.clear_action"), done: t("phone.cleared"),
      };
      if (await destroy(words, () => control("DELETE", "/messages"))) this.#load();
    });
  }
}

/**
 * @param {Element} link
 * @param {Contact} contact
 */
function showContact(link, contact) {
  const name = contact.name ?? contact.to;
  set(link, {
    href: href("phone", { to: contact.to, channel: param("channel"), q: param("q") }),
    "aria-current": param("to") === contact.to ? "true" : null,
  });
  const signature = `${name} ${contact.messages}`;
  if (link instanceof HTMLElement && link.dataset.shown !== signature) {
    link.dataset.shown = signature;
    fill(
      link,
      h("span", { class: "avatar", "aria-hidden": "true" }, contact.to ? initials(name) : icon("members")),
      h("span", { class: "two" }, h("span", {}, name), contact.to && contact.name ? h("small", {}, contact.to) : null),
      contact.messages ? h("small", { class: "count" }, contact.messages) : null,
    );
  }
}

/** @param {string} code */
function grouped(code) {
  const half = code.length > 4 ? Math.ceil(code.length / 2) : code.length;
  return `${code.slice(0, half)} ${code.slice(half)}`.trim();
}

customElements.define("sb-phone", Phone);
