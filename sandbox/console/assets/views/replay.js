// A recording sent again, in a sandbox of its own that is made from what the recording was made from and recorded, too.
// The two recordings are compared: the first difference of status, body, headers or effects, as `sandbox replay` tells it.

import { control, reach, Unreachable } from "../api.js";

export const NAME = "replay-console";
const SHOWN = 60;
// What the browser makes of a request shows in these: its Origin, and how it reads bodies.
const BROWSERS = /^(vary|content-length|access-control-.*)$/;
const NOT_SENT_AGAIN = new Set(["host", "content-length", "connection", "transfer-encoding", "origin"]);

/** @typedef {string | {base64: string} | {shown?: any, bytes: number, sha256: string}} Carried */
/** @typedef {{request_id: string, operation_id: string | null, method: string, path: string, query: string, headers: [string, string][], body: string | {base64: string}, fault: string | null, answer: {status: number, headers: [string, string][], body: Carried}, effects?: string[]}} Recorded */
/** @typedef {"connection" | "status" | "body" | "headers" | "effects"} What */
/** @typedef {{number: number, exchange: Recorded, what: What, recorded: string, replayed: string}} Difference */
/** @typedef {{seed: string, members: number, clock_start: string, life?: string}} Head */

/**
 * A recording's lines, or null where the text is none.
 *
 * @param {string} text
 * @returns {{head: Head, exchanges: Recorded[]} | null}
 */
export function read(text) {
  try {
    const [head, ...exchanges] = text.split("\n").filter((line) => line.trim()).map((line) => JSON.parse(line));
    return head?.recording === 1 && exchanges.every((each) => each?.answer && each.path) ? { head, exchanges } : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/**
 * Ask again. The sandbox stays where something differs, to look into; else it is removed.
 *
 * @param {{head: Head, exchanges: Recorded[]}} recording
 * @param {(number: number) => void} tell how many were sent
 * @returns {Promise<Difference | null>}
 */
export async function replay({ head, exchanges }, tell) {
  await remove();
  const clock = { now: head.clock_start, rate: 0 };
  await control("POST", "/sandboxes", { body: { name: NAME, seed: head.seed, members: head.members, clock, life: head.life ?? "off" } });
  await control("POST", "/recording", { sandbox: NAME });
  /** @type {Difference | null} */
  let found = null;
  for (const [place, exchange] of exchanges.entries()) {
    const status = await again(exchange);
    tell(place + 1);
    if (status === exchange.answer.status || (status === null && exchange.fault)) continue;
    const [recorded, replayed] = [String(exchange.answer.status), String(status ?? "—")];
    found = { number: place + 1, exchange, what: status === null ? "connection" : "status", recorded, replayed };
    break;
  }
  const replayed = read(await control("GET", "/recording", { sandbox: NAME }));
  found = compare(found ? exchanges.slice(0, found.number - 1) : exchanges, replayed?.exchanges ?? []) ?? found;
  if (!found) await remove();
  return found;
}

async function remove() {
  const { items } = await control("GET", "/sandboxes");
  if (items.some((/** @type {{name: string}} */ { name }) => name === NAME)) {
    await control("DELETE", `/sandboxes/${NAME}`, { query: { permanent: "true" } });
  }
}

/**
 * Send an exchange's request. Gives the status of the answer, or null where the connection broke.
 *
 * @param {Recorded} exchange
 */
async function again({ request_id, method, path, query, headers, body }) {
  const bytes = typeof body === "string" ? new TextEncoder().encode(body) : Uint8Array.from(atob(body.base64), (each) => each.charCodeAt(0));
  const sent = { "Accept-Language": "*", ...Object.fromEntries(headers.filter(([name]) => !NOT_SENT_AGAIN.has(name.toLowerCase()))), "X-Sandbox": NAME, "X-Request-Id": request_id };
  const hasBody = method !== "GET" && method !== "HEAD" && bytes.length > 0;
  try {
    const told = await reach(path + (query ? `?${query}` : ""), { method, headers: sent, body: hasBody ? bytes : null });
    await told.arrayBuffer();
    return told.status;
  } catch (error) {
    if (error instanceof Unreachable || error instanceof TypeError) return null; // also where a body ends too soon
    throw error;
  }
}

/**
 * The first difference between what was recorded and what the replay recorded.
 *
 * @param {Recorded[]} exchanges
 * @param {Recorded[]} replayed
 * @returns {Difference | null}
 */
export function compare(exchanges, replayed) {
  let place = 0;
  for (const [at, exchange] of exchanges.entries()) {
    const other = replayed[place];
    if (other?.request_id !== exchange.request_id) continue; // a fault cut it before it was noted
    place += 1;
    const apart = bodies(exchange.answer.body, other.answer.body) ?? fields(exchange.answer.headers, other.answer.headers) ?? effects(exchange.effects, other.effects);
    if (apart) return { number: at + 1, exchange, ...apart };
  }
  return null;
}

/** @typedef {{what: What, recorded: string, replayed: string}} Apart */

/**
 * @param {Carried} one
 * @param {Carried} other
 * @returns {Apart | null}
 */
function bodies(one, other) {
  if (JSON.stringify(one) === JSON.stringify(other)) return null;
  if (typeof one === "object" && typeof other === "object" && "sha256" in one && "sha256" in other) {
    if (one.sha256 === other.sha256) return null;
    const apart = values(one.shown, other.shown, "body");
    return apart ?? { what: "body", recorded: `${one.bytes} B, SHA-256 ${one.sha256}`, replayed: `${other.bytes} B, SHA-256 ${other.sha256}` };
  }
  const [left, right] = [one, other].map((each) => (typeof each === "string" ? each : JSON.stringify(each)));
  return { what: "body", ...around(left ?? "", right ?? "") };
}

/**
 * Where two values differ that are shown of two bodies.
 *
 * @param {any} one
 * @param {any} other
 * @param {string} place
 * @returns {Apart | null}
 */
function values(one, other, place) {
  if (JSON.stringify(one) === JSON.stringify(other)) return null;
  if (one && other && typeof one === "object" && typeof other === "object" && Array.isArray(one) === Array.isArray(other)) {
    for (const name of new Set([...Object.keys(one), ...Object.keys(other)])) {
      const apart = values(one[name], other[name], `${place}.${name}`);
      if (apart) return apart;
    }
  }
  const [recorded = "", replayed = ""] = [one, other].map((each) => `${place}: ${JSON.stringify(each) ?? "—"}`.slice(0, 3 * SHOWN));
  return { what: "body", recorded, replayed };
}

/**
 * @param {[string, string][]} one
 * @param {[string, string][]} other
 * @returns {Apart | null}
 */
function fields(one, other) {
  const [left, right] = [one, other].map((pairs) => {
    /** @type {Record<string, string>} */
    const values_ = {};
    for (const [name, value] of pairs) values_[name.toLowerCase()] = name.toLowerCase() in values_ ? `${values_[name.toLowerCase()]}, ${value}` : value;
    return values_;
  });
  if (!left || !right) return null;
  const names = [...new Set([...Object.keys(left), ...Object.keys(right)])].filter((name) => !BROWSERS.test(name)).sort();
  const differing = names.find((name) => left[name] !== right[name]);
  if (!differing) return null;
  const [recorded = "", replayed = ""] = [left, right].map((told) => `${differing}: ${told[differing] ?? "—"}`);
  return { what: "headers", recorded, replayed };
}

/**
 * @param {string[] | undefined} one undefined where the recording does not tell
 * @param {string[] | undefined} other
 * @returns {Apart | null}
 */
function effects(one, other) {
  if (!one || !other) return null;
  const place = Array.from({ length: Math.max(one.length, other.length) }, (_, at) => at).find((at) => one[at] !== other[at]);
  return place === undefined ? null : { what: "effects", recorded: one[place] ?? "—", replayed: other[place] ?? "—" };
}

/**
 * Both from a little before the first character that differs.
 *
 * @param {string} one
 * @param {string} other
 */
function around(one, other) {
  let place = 0;
  while (place < one.length && one[place] === other[place]) place += 1;
  const start = Math.max(0, place - SHOWN / 2);
  const cut = (/** @type {string} */ text) => `${start ? "…" : ""}${text.slice(start, start + 2 * SHOWN)}${text.length > start + 2 * SHOWN ? "…" : ""}`;
  return { recorded: cut(one), replayed: cut(other) };
}
