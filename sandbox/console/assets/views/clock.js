// The clock: what time it is in the sandbox, how fast it runs, and what happens when it moves.

import { control } from "../api.js";
import { latestState, rateText, sandboxNow, ticking } from "../clock.js";
import { ask } from "../dialogs.js";
import { fill, h, write } from "../dom.js";
import { countdown, dayAndTime, longDay, sandboxMoment, time } from "../format.js";
import { t, word } from "../i18n.js";
import { shortId } from "../parts.js";
import { href } from "../place.js";
import { patch } from "../rows.js";
import { toast } from "../toasts.js";
import { atMost, View } from "../view.js";

/** @typedef {{id: string, at: string, kind: string, member_id: string | null, subject_id: string | null, request_id: string}} Event */

const RATES = [0, 1, 60, 3600];
const LEVELS = ["off", "quiet", "typical", "busy"];
const STEPS = ["PT2M", "PT1H", "P1D", "P7D", "P1M"];
const MOST = 200;

class ClockView extends View {
  /** @type {{kind: string, due_at: string}[]} */
  #jobs = [];
  /** @type {Event[]} */
  #ran = [];

  start() {
    this.moment = h("p", { class: "big-clock" });
    this.date = h("p", { class: "soft" });
    this.rates = RATES.map((rate) => h("button", { type: "button", onclick: () => this.#set({ rate }) }, rateText(rate)));
    this.levels = LEVELS.map((level) => h("button", { type: "button", onclick: () => this.#live(level) }, word("life", level)));
    this.jobs = h("ol", { class: "timeline" });
    this.ran = h("ol", { class: "timeline", "aria-live": "polite" });
    this.noJobs = h("p", { class: "soft" }, t("clock.no_jobs"));
    this.nothing = h("p", { class: "soft" }, t("clock.nothing_ran"));
    fill(
      this,
      h(
        "div", { class: "page" },
        h(
          "section", { class: "hero" },
          h("div", {}, this.moment, this.date),
          h("div", { class: "chips", role: "group", "aria-label": t("clock.rate") }, this.rates),
          h("div", { class: "row-of" }, h("span", { class: "soft" }, t("clock.life")), h("div", { class: "chips", role: "group", "aria-label": t("clock.life") }, this.levels)),
          h(
            "div", { class: "row-of", role: "group", "aria-label": t("clock.advance") },
            STEPS.map((by) => h("button", { type: "button", onclick: () => this.#advance({ by }) }, `+ ${t(`clock.by.${by}`)}`)),
            h("button", { type: "button", class: "primary", onclick: () => this.#toNext() }, t("clock.to_next")),
            h("button", { type: "button", onclick: () => this.#toDate() }, t("clock.to_date")),
          ),
        ),
        h(
          "div", { class: "columns" },
          h("section", { class: "card" }, h("header", {}, h("h2", {}, t("clock.jobs"))), h("div", {}, this.noJobs, this.jobs)),
          h("section", { class: "card" }, h("header", {}, h("h2", {}, t("clock.ran"))), h("div", {}, this.nothing, this.ran)),
        ),
      ),
    );
    this.on("state", () => this.#readJobs());
    this.on("events", (event) => this.#note(event));
    ticking(() => this.#tick(), this.signal);
  }

  actions() {
    return [
      { name: t("clock.to_next"), run: () => this.#toNext() },
      { name: t("clock.to_date"), run: () => this.#toDate() },
      ...LEVELS.map((level) => ({ name: t("clock.live", { level: word("life", level) }), run: () => this.#live(level) })),
      ...STEPS.map((by) => ({ name: t("palette.advance", { by: t(`clock.by.${by}`) }), run: () => this.#advance({ by }) })),
    ];
  }

  #tick() {
    const state = latestState();
    if (!state || !this.moment || !this.date) return;
    const now = sandboxMoment(sandboxNow());
    write(this.moment, time(now));
    write(this.date, longDay(now));
    this.rates?.forEach((button, place) => button.setAttribute("aria-pressed", String(RATES[place] === state.rate)));
    this.levels?.forEach((button, place) => button.setAttribute("aria-pressed", String(LEVELS[place] === state.life)));
    this.#jobs.forEach((job, place) => {
      const left = this.jobs?.children[place]?.lastElementChild;
      if (left) write(left, t("clock.in", { left: countdown((Date.parse(job.due_at) - sandboxNow()) / 1000) }));
    });
  }

  #readJobs = atMost(() => {
    void this.read("jobs", async (signal) => {
      this.#jobs = (await control("GET", "/jobs", { signal })).items;
      if (!this.jobs || !this.noJobs) return;
      this.noJobs.hidden = this.#jobs.length > 0;
      patch(
        this.jobs, this.#jobs, (job) => `${job.kind} ${job.due_at}`,
        (job) => h("li", {}, h("time", { datetime: job.due_at }, dayAndTime(job.due_at)), h("strong", {}, job.kind), h("span", { class: "soft number" })),
      );
    });
  }, 150);

  /** What happens while the clock moves has `clock` in place of a request. @param {Event} event */
  #note(event) {
    this.#readJobs();
    if (event.request_id !== "clock") return;
    this.#ran = [event, ...this.#ran].slice(0, MOST);
    if (!this.ran || !this.nothing) return;
    this.nothing.hidden = true;
    patch(
      this.ran, this.#ran, (each) => each.id,
      (each) =>
        h(
          "li", {},
          h("time", { datetime: each.at }, dayAndTime(each.at)),
          h("span", {}, h("strong", {}, each.kind), " ", h("code", { class: "soft", title: each.subject_id }, shortId(each.subject_id ?? ""))),
          each.member_id ? h("a", { href: href("members", { id: each.member_id }) }, t("phone.member")) : h("span", {}),
        ),
    );
  }

  /** @param {object} body */
  #set(body) {
    void this.attempt(async () => this.#moved(await control("PUT", "/clock", { body })));
  }

  /** @param {object} body */
  #advance(body) {
    void this.attempt(async () => this.#moved(await control("POST", "/clock/advance", { body })));
  }

  /** @param {{now: string, jobs: {kind: string}[]}} told */
  #moved({ now, jobs }) {
    toast(t("clock.moved", { now: dayAndTime(now), n: jobs.length }));
    this.#readJobs();
  }

  /** @param {string} level */
  #live(level) {
    void this.attempt(async () => {
      await control("PUT", "/life", { body: { level } });
      toast(t("clock.lives", { level: word("life", level) }));
    });
  }

  #toNext() {
    const [next] = this.#jobs;
    if (next) this.#advance({ to: next.due_at });
    else toast(t("clock.no_jobs"));
  }

  async #toDate() {
    const here = sandboxMoment(sandboxNow());
    const answer = await ask({
      title: t("clock.to_date"), text: t("clock.forward"), action: t("clock.go"),
      fields: [{ name: "moment", label: t("clock.moment"), type: "datetime-local", value: here.slice(0, 16), required: true }],
    });
    if (answer?.moment) this.#set({ now: `${answer.moment}:00-05:00` });
  }
}

customElements.define("sb-clock", ClockView);
