// Load: what a running load does to the server, from its metrics; and how one is started. The page itself starts none.

import { reach } from "../api.js";
import { fill, h } from "../dom.js";
import { duration, number } from "../format.js";
import { t } from "../i18n.js";
import { controlToken } from "../memory.js";
import { copyable, sparkline } from "../parts.js";
import { sandbox } from "../place.js";
import { atMost, View } from "../view.js";
import { figure } from "./charts.js";
import { table } from "./members.js";
import { parse, quantile } from "./metrics.js";

/** @typedef {import("./metrics.js").Sample} Sample */

const EVERY_MS = 2000;
const KEPT = 60;

class Load extends View {
  /** @type {{at: number, sample: Sample}[]} */
  #samples = [];
  /** @type {number[]} */
  #rates = [];
  #isBusy = false;

  start() {
    this.figures = h("div", { class: "tiles" });
    this.operations = h("div", {});
    const command = `sandbox load --users 24 --url ${location.origin} --sandbox ${sandbox()}`;
    fill(
      this,
      h(
        "div", { class: "page" },
        h("p", { class: "soft", role: "status" }, t("load.text")),
        this.figures,
        h("section", { class: "card" }, h("header", {}, h("h2", {}, t("load.operations"))), this.operations),
        h("section", { class: "card" }, h("header", {}, h("h2", {}, t("load.start"))), h("div", { class: "stack" }, h("p", {}, t("load.start_text")), copyable(command))),
      ),
    );
    this.#measure();
    // Nothing is measured while nothing happens: a request that arrives on the stream says that there is something.
    this.on("requests", atMost(() => this.#measure(), EVERY_MS));
  }

  #measure() {
    if (this.#isBusy || document.hidden) return;
    this.#isBusy = true;
    void this.read(async () => {
      try {
        const answer = await reach("/metrics", { signal: this.signal, headers: headers() });
        if (answer.ok) this.#add(parse(await answer.text()));
      } finally {
        this.#isBusy = false;
      }
    });
  }

  /** @param {Sample} sample */
  #add(sample) {
    this.#samples.push({ at: performance.now(), sample });
    this.#samples = this.#samples.slice(-KEPT);
    const [latest, before] = [this.#samples.at(-1), this.#samples.at(-2)];
    if (latest && before) {
      const seconds = (latest.at - before.at) / 1000;
      this.#rates = [...this.#rates, (total(latest.sample) - total(before.sample)) / seconds].slice(-KEPT);
    }
    this.#show();
  }

  #show() {
    const [first, latest] = [this.#samples.at(-6) ?? this.#samples[0], this.#samples.at(-1)];
    if (!first || !latest || !this.figures || !this.operations) return;
    const rows = [...latest.sample.operations].map(([name, now]) => {
      const then = first.sample.operations.get(name);
      const count = now.count - (then?.count ?? 0);
      const refused = now.refused - (then?.refused ?? 0);
      const buckets = now.buckets.map(([edge, number_]) => /** @type {[number, number]} */ ([edge, number_ - (then?.buckets.find(([other]) => other === edge)?.[1] ?? 0)]));
      return { name, count, refused, p50: quantile(buckets, 0.5), p95: quantile(buckets, 0.95), p99: quantile(buckets, 0.99) };
    });
    const busy = rows.filter(({ count }) => count > 0).sort((one, other) => other.count - one.count);
    const seconds = Math.max(1, (latest.at - first.at) / 1000);
    const count = busy.reduce((sum, each) => sum + each.count, 0);
    const refused = busy.reduce((sum, each) => sum + each.refused, 0);
    fill(
      this.figures,
      figure(t("load.throughput"), number(this.#samples.length > 1 ? count / seconds : 0), t("load.per_second"), this.#rates.length > 1 ? sparkline(this.#rates, t("load.throughput")) : null),
      figure(t("load.refused"), count ? `${number((refused / count) * 100)} %` : "—", t("load.of", { n: number(count) }), null),
      figure(t("load.served"), number(total(latest.sample)), t("load.since_start"), null),
    );
    const time = (/** @type {number} */ value) => (value ? duration(value * 1000) : "—");
    fill(
      this.operations,
      busy.length
        ? table(
            t("load.operations"),
            [t("load.operation"), "amount", t("load.calls"), t("load.refused"), "p50", "p95", "p99"],
            busy.map((each) => [each.name, null, number(each.count), number(each.refused), time(each.p50), time(each.p95), time(each.p99)]),
          )
        : h("p", { class: "soft" }, t("load.quiet")),
    );
  }
}

/** @param {Sample} sample */
function total(sample) {
  return [...sample.operations.values()].reduce((sum, { count }) => sum + count, 0);
}

/** @returns {Record<string, string>} */
function headers() {
  return controlToken() ? { Authorization: `Bearer ${controlToken()}` } : {};
}

customElements.define("sb-load", Load);
