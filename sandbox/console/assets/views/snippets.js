// A request as code: what was hidden in the journal stands there as a name to fill in.

import { sandbox } from "../place.js";

/** @typedef {{id: string, method: string, path: string, query: string, status: number, request: {headers: Record<string, string>, body: unknown}}} Sent */

export const HIDDEN = "[redacted]";
const CARRIED = ["accept", "accept-language", "content-type", "idempotency-key", "prefer", "x-app-version"];

/** @param {Sent} sent */
function parts(sent) {
  /** @type {Record<string, string>} */
  const headers = { "X-Sandbox": sandbox() };
  for (const name of CARRIED) {
    const value = sent.request.headers[name];
    if (value !== undefined && value !== "*/*") headers[name] = value;
  }
  const url = `${location.origin}${sent.path}${sent.query ? `?${sent.query}` : ""}`;
  return { headers, url, body: sent.request.body, isMembers: "authorization" in sent.request.headers };
}

/** @param {Sent} sent */
export function asCurl(sent) {
  const { headers, url, body, isMembers } = parts(sent);
  const lines = [`curl -X ${sent.method} ${quoted(url)}`];
  for (const [name, value] of Object.entries(headers)) lines.push(`-H ${quoted(`${name}: ${value}`)}`);
  if (isMembers) lines.push(`-H "Authorization: Bearer $TOKEN"`);
  if (body !== null) lines.push(`-d ${quoted(JSON.stringify(body))}`);
  return lines.join(" \\\n  ");
}

/** @param {Sent} sent */
export function asFetch(sent) {
  const { headers, url, body, isMembers } = parts(sent);
  const all = Object.entries(headers).map(([name, value]) => `    ${JSON.stringify(name)}: ${JSON.stringify(value)},`);
  // eslint-disable-next-line no-template-curly-in-string -- the gap is for the one who pastes it
  if (isMembers) all.push("    Authorization: `Bearer ${token}`,");
  const sends = body === null ? [] : [`  body: JSON.stringify(${JSON.stringify(body, null, 2).replaceAll("\n", "\n  ")}),`];
  return [
    `const answer = await fetch(${JSON.stringify(url)}, {`,
    `  method: ${JSON.stringify(sent.method)},`, "  headers: {", ...all, "  },", ...sends, "});",
  ].join("\n");
}

/** @param {Sent} sent */
export function asPytest(sent) {
  const { headers, url, body, isMembers } = parts(sent);
  const all = Object.entries(headers).map(([name, value]) => `        ${JSON.stringify(name)}: ${JSON.stringify(value)},`);
  if (isMembers) all.push('        "Authorization": f"Bearer {token}",');
  const sends = body === null ? [] : [`        json=${python(body, "        ")},`];
  return [
    "import httpx", "", "",
    `def test_${sent.method.toLowerCase()}_answers_${sent.status}(${isMembers ? "token" : ""}):`,
    "    answer = httpx.request(", `        ${JSON.stringify(sent.method)},`, `        ${JSON.stringify(url)},`,
    "        headers={", ...all.map((line) => `    ${line}`), "        },", ...sends, "    )",
    `    assert answer.status_code == ${sent.status}`, "",
  ].join("\n");
}

/**
 * A value as Python writes it.
 *
 * @param {unknown} value
 * @param {string} indent
 * @returns {string}
 */
function python(value, indent) {
  if (value === null) return "None";
  if (value === true) return "True";
  if (value === false) return "False";
  if (Array.isArray(value)) return `[${value.map((each) => python(each, indent)).join(", ")}]`;
  if (typeof value !== "object") return JSON.stringify(value);
  const inner = `${indent}    `;
  const lines = Object.entries(value).map(([name, each]) => `${inner}${JSON.stringify(name)}: ${python(each, inner)},\n`);
  return lines.length ? `{\n${lines.join("")}${indent}}` : "{}";
}

/** @param {string} text */
function quoted(text) {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
