// What the latest requests say of the bank, as small pictures of our own.

import { h } from "../dom.js";
import { duration, number } from "../format.js";
import { t } from "../i18n.js";
import { sparkline } from "../parts.js";
import { href } from "../place.js";

const BUCKETS = 20;

/**
 * @param {{at: string, operation_id: string | null, duration_ms: number, problem: string | null, status: number}[]} lines newest first
 * @param {{refused: string[]}[]} decisions
 */
export function charts(lines, decisions) {
  const transfers = lines.filter(({ operation_id }) => operation_id === "createTransfer");
  const times = lines.map(({ duration_ms }) => duration_ms);
  /** @type {Map<string, number>} */
  const refusals = new Map();
  for (const { refused } of decisions) for (const rule of refused) refusals.set(rule, (refusals.get(rule) ?? 0) + 1);
  const most = [...refusals].sort((one, other) => other[1] - one[1]).slice(0, 4);
  const perMinute = rate(transfers);
  return [
    figure(t("chart.transfers"), number(perMinute), t("chart.per_minute"), sparkline(spread(transfers), t("chart.transfers_label", { n: transfers.length }))),
    figure("p50", times.length ? duration(percentile(times, 0.5)) : "—", t("chart.of_requests", { n: lines.length }), sparkline([...times].reverse(), t("chart.times_label"))),
    figure("p95", times.length ? duration(percentile(times, 0.95)) : "—", t("chart.of_requests", { n: lines.length }), null),
    h(
      "div", { class: "card" },
      h("header", {}, h("h2", {}, t("chart.refusals"))),
      h(
        "div", { class: "bars" },
        most.length
          ? most.map(([rule, times_]) =>
              h(
                "div", { class: "bar" },
                h("a", { href: href("traffic", { outcome: "refused" }) }, rule),
                h("progress", { max: most[0]?.[1], value: times_, "aria-label": rule }),
                h("span", { class: "number" }, times_),
              ),
            )
          : h("p", { class: "soft" }, t("chart.no_refusals")),
      ),
    ),
  ];
}

/**
 * @param {string} name
 * @param {string} value
 * @param {string} unit
 * @param {Element | null} picture
 */
export function figure(name, value, unit, picture) {
  return h("div", { class: "card" }, h("header", {}, h("h2", {}, name)), h("div", {}, h("p", {}, h("span", { class: "figure" }, value), " ", h("span", { class: "soft" }, unit)), picture));
}

/**
 * @param {number[]} values
 * @param {number} part
 */
export function percentile(values, part) {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? 0;
}

/** @param {{at: string}[]} lines newest first */
function rate(lines) {
  const [latest, first] = [lines[0], lines.at(-1)];
  if (!latest || !first) return 0;
  const minutes = (Date.parse(latest.at) - Date.parse(first.at)) / 60_000;
  return lines.length / Math.max(1, minutes);
}

/** How many there were in each part of their time. @param {{at: string}[]} lines newest first */
function spread(lines) {
  const counts = Array.from({ length: BUCKETS }, () => 0);
  const [latest, first] = [lines[0], lines.at(-1)];
  if (!latest || !first) return counts;
  const begin = Date.parse(first.at);
  const length = Math.max(1, Date.parse(latest.at) - begin);
  for (const { at } of lines) {
    const place = Math.min(BUCKETS - 1, Math.floor(((Date.parse(at) - begin) / length) * BUCKETS));
    counts[place] = (counts[place] ?? 0) + 1;
  }
  return counts;
}
