// Load: what the calls of the bank do to this sandbox, measured while they come; and how a load is started. The page
// itself starts none.

import { control } from "../api.js";
import { fieldOf } from "../dialogs.js";
import { fill, h, icon } from "../dom.js";
import { duration, number } from "../format.js";
import { t } from "../i18n.js";
import { controlToken } from "../memory.js";
import { copyable, sparkline, table } from "../parts.js";
import { href, sandbox } from "../place.js";
import { atMost, View } from "../view.js";
import { figure } from "./charts.js";
import { between, quantile, together } from "./metrics.js";

/** @typedef {import("./metrics.js").Summary} Summary */

const EVERY_MS = 2000;
const KEPT = 60;
const WINDOW = 5; // measurements

class Load extends View {
  /** @type {{at: number, summary: Summary}[]} */
  #samples = [];
  /** @type {number[]} */
  #rates = [];
  /** @type {number[]} */
  #latencies = [];

  start() {
    this.figures = h("div", { class: "tiles figures" });
    this.span = h("h2", {}, t("load.operations"));
    this.operations = h("div", {});
    this.command = h("div", { class: "command" });
    this.users = fieldOf({ name: "users", label: t("load.users"), type: "number", value: "24" });
    this.time = fieldOf({ name: "time", label: t("load.time"), value: "30s" });
    fill(
      this,
      h(
        "div", { class: "page" },
        h("p", { class: "soft" }, t("load.text", { name: sandbox() })),
        this.figures,
        h("section", { class: "card" }, h("header", {}, this.span), this.operations),
        h(
          "section", { class: "card" },
          h("header", {}, h("h2", {}, t("load.start"))),
          h(
            "form", { class: "stack", oninput: () => this.#showCommand(), onsubmit: (/** @type {Event} */ event) => event.preventDefault() },
            h("p", {}, t("load.start_text"), controlToken() ? ` ${t("load.start_token")}` : ""),
            h("div", { class: "fields" }, this.users, this.time),
            this.command,
          ),
        ),
      ),
    );
    this.#showCommand();
    this.#measure();
    this.on("requests", this.#again);
    this.on("restart", ({ topic, reason }) => topic === "requests" && reason === "unknown" && this.#measure());
  }

  #showCommand() {
    const given = (/** @type {HTMLElement | undefined} */ field) => field?.querySelector("input")?.value.trim().replace(/[^\w.]/g, "");
    const [users, time] = [given(this.users) || "24", given(this.time) || "30s"];
    const command = `sandbox load --users ${users} --time ${time} --url ${location.origin} --sandbox ${sandbox()}`;
    if (this.command) fill(this.command, copyable(command, t("load.start")));
  }

  /** Measured while calls come and until the latest ones are out of view: nothing is asked while nothing happens. */
  #again = atMost(() => this.#measure(), EVERY_MS);

  #measure() {
    if (document.hidden) return;
    void this.read("summary", async (signal) => {
      this.#add(await control("GET", "/traffic/summary", { signal }));
    });
  }

  /** @param {Summary} summary */
  #add(summary) {
    const before = this.#samples.at(-1);
    const latest = { at: performance.now(), summary };
    this.#samples = [...this.#samples, latest].slice(-WINDOW - 1);
    if (before) {
      const calls = together(between(before.summary, summary));
      this.#rates = [...this.#rates, (calls.requests * 1000) / (latest.at - before.at)].slice(-KEPT);
      this.#latencies = [...this.#latencies, quantile(calls.histogram, summary.bounds_ms, 0.95) ?? 0].slice(-KEPT);
    }
    this.#show();
  }

  #show() {
    const [first, latest] = [this.#samples[0], this.#samples.at(-1)];
    if (!first || !latest || !this.figures || !this.operations || !this.span) return;
    const recent = first === latest ? [] : between(first.summary, latest.summary);
    const seconds = (latest.at - first.at) / 1000;
    const isBusy = recent.length > 0;
    if (isBusy) this.#again();
    const rows = isBusy ? recent : between(undefined, latest.summary);
    const bounds = latest.summary.bounds_ms;
    const all = together(rows);
    const time = (/** @type {number[]} */ histogram, /** @type {number} */ part) => {
      const found = quantile(histogram, bounds, part);
      return found === null ? "—" : duration(found);
    };
    const share = (/** @type {number} */ part) => (all.requests ? `${number((part / all.requests) * 100)} %` : "—");
    const of = t(isBusy ? "load.of_recent" : "load.of", { n: number(all.requests) });
    fill(
      this.figures,
      figure(t("load.throughput"), number(isBusy ? all.requests / seconds : 0), t("load.per_second"), this.#rates.length > 1 ? sparkline(this.#rates, t("load.throughput")) : null),
      figure("p95", time(all.histogram, 0.95), `p50 ${time(all.histogram, 0.5)} · p99 ${time(all.histogram, 0.99)}`, this.#latencies.length > 1 ? sparkline(this.#latencies, t("load.latency")) : null),
      figure(t("load.refused"), share(all.refused), of, problemList(all.problems)),
      figure(t("load.failed"), share(all.failed), of, null),
    );
    this.span.textContent = t(isBusy ? "load.recent" : "load.total", { n: number(Math.round(seconds)) });
    const heads = ["operation", "amount", "calls", "refused", "failed"].map((head) => (head === "amount" ? head : t(`load.${head}`)));
    fill(
      this.operations,
      rows.length
        ? table(
            t("load.operations"), [...heads, "p50", "p95", "p99"],
            rows.map((each) => [
              h("a", { href: href("traffic", each.operation_id ? { operation: each.operation_id } : { problem: "not_found" }) }, each.operation_id ?? t("load.nowhere")),
              null, number(each.requests), number(each.refused), number(each.failed), ...[0.5, 0.95, 0.99].map((part) => time(each.histogram, part)),
            ]),
          )
        : h("div", { class: "empty" }, icon("load"), h("h2", {}, t("load.quiet")), h("p", {}, t("load.quiet_hint"))),
    );
  }
}

/** The codes that were answered most. @param {Record<string, number>} problems */
function problemList(problems) {
  const most = Object.entries(problems).sort((one, other) => other[1] - one[1]).slice(0, 3);
  if (!most.length) return null;
  return h("ul", { class: "counts-of" }, most.map(([code, times]) => h("li", {}, h("a", { href: href("traffic", { problem: code }) }, code), h("span", { class: "number soft" }, number(times)))));
}

customElements.define("sb-load", Load);
