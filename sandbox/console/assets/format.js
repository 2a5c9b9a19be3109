// Numbers, money and moments as the reader writes them. Moments are the sandbox's: they come with its offset, and are
// shown as they come, not in the browser's zone.

import { language, t } from "./i18n.js";

const LOCALES = { es: "es-EC", en: "en-US" };

/** @param {string} amount a decimal text, as the API has it */
export function money(amount) {
  const shown = new Intl.NumberFormat(LOCALES[language()], { style: "currency", currency: "USD" });
  const value = Number(amount);
  return value < 0 ? `-${shown.format(-value)}` : shown.format(value); // as banks write it: es-EC would have $-5,00
}

/** @param {number} value */
export function number(value) {
  return new Intl.NumberFormat(LOCALES[language()], { maximumFractionDigits: 1 }).format(value);
}

/** @param {string} moment */
export function time(moment) {
  return moment.slice(11, 19);
}

/** @param {string} moment */
export function day(moment) {
  const [year, month, date] = moment.slice(0, 10).split("-").map(Number);
  const here = new Date(Date.UTC(year ?? 0, (month ?? 1) - 1, date));
  const options = /** @type {const} */ ({ weekday: "short", day: "numeric", month: "short", timeZone: "UTC" });
  return new Intl.DateTimeFormat(LOCALES[language()], options).format(here);
}

/** @param {string} moment */
export function longDay(moment) {
  const [year, month, date] = moment.slice(0, 10).split("-").map(Number);
  const here = new Date(Date.UTC(year ?? 0, (month ?? 1) - 1, date));
  return new Intl.DateTimeFormat(LOCALES[language()], { dateStyle: "full", timeZone: "UTC" }).format(here);
}

/** @param {string} moment */
export function dayAndTime(moment) {
  return `${day(moment)} ${time(moment)}`;
}

/** A moment of the machine's clock, not of a sandbox's: in the reader's own zone. @param {string} moment */
export function realTime(moment) {
  return new Intl.DateTimeFormat(LOCALES[language()], { timeStyle: "short" }).format(new Date(moment));
}

/** @param {number} milliseconds */
export function duration(milliseconds) {
  if (milliseconds < 10) return `${number(Math.round(milliseconds * 10) / 10)} ms`;
  return milliseconds < 10_000 ? `${number(Math.round(milliseconds))} ms` : `${number(milliseconds / 1000)} s`;
}

/** @param {number} bytes */
export function size(bytes) {
  return bytes >= 1_048_576 ? `${number(bytes / 1_048_576)} MB` : `${number(bytes / 1024)} kB`;
}

/** @param {number} seconds */
export function countdown(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole >= 86_400) return t("time.days", { n: Math.floor(whole / 86_400) });
  const hours = Math.floor(whole / 3600);
  const [minutes, rest] = [Math.floor((whole % 3600) / 60), whole % 60].map((part) => String(part).padStart(2, "0"));
  return hours ? `${hours}:${minutes}:${rest}` : `${Number(minutes)}:${rest}`;
}

/**
 * A moment of the sandbox, as it writes them.
 *
 * @param {number} milliseconds since the epoch
 */
export function sandboxMoment(milliseconds) {
  return `${new Date(milliseconds - 5 * 3_600_000).toISOString().slice(0, 19)}-05:00`;
}
