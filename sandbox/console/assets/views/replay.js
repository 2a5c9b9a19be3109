// A recording sent again, in a sandbox of its own that is made from what the recording was made from, until an answer
// differs. The command line does the same, and compares headers, too.

import { control, reach } from "../api.js";

const NAME = "replay-console";

/** @typedef {{operation_id: string | null, method: string, path: string, query: string, headers: [string, string][], body: string | {base64: string}, answer: {status: number, body: any}}} Recorded */

/**
 * @param {string} text a recording: JSON lines
 * @returns {Promise<{count: number, difference: {operation: string, expected: string, found: string} | null}>}
 */
export async function replay(text) {
  const [first = "{}", ...lines] = text.split("\n").filter(Boolean);
  const made = JSON.parse(first);
  const { items } = await control("GET", "/sandboxes");
  if (items.some((/** @type {{name: string}} */ { name }) => name === NAME)) await control("DELETE", `/sandboxes/${NAME}`);
  await control("POST", "/sandboxes", {
    body: { name: NAME, seed: made.seed, members: made.members, clock: { now: made.clock_start, rate: 0 } },
  });
  let count = 0;
  for (const line of lines) {
    /** @type {Recorded} */
    const exchange = JSON.parse(line);
    count += 1;
    const difference = await again(exchange);
    if (difference) return { count, difference };
  }
  return { count, difference: null };
}

/** @param {Recorded} exchange */
async function again(exchange) {
  const { method, path, query, headers, body, answer } = exchange;
  const bytes = typeof body === "string" ? body : Uint8Array.from(atob(body.base64), (each) => each.charCodeAt(0));
  const sent = { ...Object.fromEntries(headers), "X-Sandbox": NAME, "X-Request-Id": /** @type {any} */ (exchange).request_id };
  const told = await reach(path + (query ? `?${query}` : ""), {
    method, headers: sent, body: method === "GET" || method === "HEAD" || !body ? null : bytes,
  });
  const operation = exchange.operation_id ?? `${method} ${path}`;
  if (told.status !== answer.status) return { operation, expected: String(answer.status), found: String(told.status) };
  if (!path.startsWith("/v1/") || typeof answer.body !== "string" || !answer.body) return null;
  const found = await told.text();
  return found === answer.body ? null : { operation, expected: answer.body.slice(0, 200), found: found.slice(0, 200) };
}
