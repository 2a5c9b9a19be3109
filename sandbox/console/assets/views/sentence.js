// What a fault will do, in a sentence.

import { duration } from "../format.js";
import { t, word } from "../i18n.js";

/**
 * @param {{match: Record<string, any>, effect: Record<string, any>}} fault
 * @returns {string}
 */
export function sentence({ match, effect }) {
  if (effect.outage) return t("sentence.outage", { what: word("choice", effect.outage) });
  const whom = match.member ? t("sentence.of_member", { member: match.member }) : "";
  const where = match.operation_id ?? [match.method, match.path].filter(Boolean).join(" ");
  const calls = where ? t("sentence.calls_of", { what: where, whom }) : t("sentence.calls", { whom, n: match.times ?? 0 });
  const number = match.times ? t("sentence.next", { n: match.times, calls }) : t("sentence.every", { calls });
  const parts = [
    number,
    match.after ? t("sentence.after", { n: match.after }) : "",
    match.condition ? t("sentence.if", { condition: match.condition }) : "",
    match.probability !== undefined && match.probability < 1 ? t("sentence.likely", { percent: Math.round(match.probability * 100) }) : "",
  ];
  return `${parts.filter(Boolean).join(", ")}: ${what(effect)}.`;
}

/**
 * @param {Record<string, any>} effect
 * @returns {string}
 */
function what(effect) {
  if (effect.delay) {
    const { ms, uniform, lognormal } = effect.delay;
    const length = ms !== undefined ? duration(ms) : uniform ? `${duration(uniform.low)}–${duration(uniform.high)}` : `~${duration(lognormal.median)}`;
    const rest = { ...effect, delay: undefined };
    const later = Object.values(rest).some((each) => each !== undefined) ? `${t("sentence.and")} ${what(rest)}` : "";
    return `${t("sentence.wait", { length })}${later ? ` ${later}` : ""}`;
  }
  if (effect.problem) return t("sentence.problem", { code: effect.problem });
  if (effect.status) return t("sentence.status", { status: effect.status });
  if (effect.slow_body_ms) return t("sentence.slow", { length: duration(effect.slow_body_ms) });
  if (effect.profile) return t("sentence.profile", { profile: word("choice", effect.profile) });
  if (effect.connection) {
    const lost = effect.at !== "request" && ["reset", "empty"].includes(effect.connection);
    return lost ? t("sentence.lost") : t(`sentence.connection_${effect.connection}`);
  }
  return t("sentence.nothing");
}
