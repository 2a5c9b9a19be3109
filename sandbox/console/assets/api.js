// Calls of the control plane and of the bank, in the selected sandbox.

import { language } from "./i18n.js";
import { controlToken, rememberToken } from "./memory.js";
import { sandbox } from "./place.js";

/** A refusal, as the server tells it (RFC 9457). */
export class Refused extends Error {
  /**
   * @param {number} status
   * @param {any} problem
   */
  constructor(status, problem) {
    super(problem.detail ?? problem.title ?? `HTTP ${status}`);
    this.status = status;
    /** @type {string} */
    this.code = problem.code ?? "";
    /** @type {{field: string, code: string, message: string}[]} */
    this.errors = problem.errors ?? [];
    this.problem = problem;
  }

  /** Everything that was wrong, in one text. */
  get text() {
    const fields = this.errors.map((each) => (each.field ? `${each.field}: ${each.message}` : each.message));
    return [this.message, ...fields.filter((each) => each !== this.message)].join(" · ");
  }
}

/** The server cannot be reached. */
export class Unreachable extends Error {}

/**
 * As `fetch`, but what it raises where there is no answer is told from mistakes of the page itself.
 *
 * @param {string} address
 * @param {RequestInit} [init]
 */
export async function reach(address, init) {
  try {
    return await fetch(address, init);
  } catch (error) {
    if (error instanceof TypeError) throw new Unreachable(error.message, { cause: error });
    throw error;
  }
}

/** @type {(() => Promise<string>) | null} */
let askForToken = null;

/** @param {() => Promise<string>} ask gives the control token, or "" */
export function onTokenWanted(ask) {
  askForToken = ask;
}

/** @typedef {{body?: unknown, text?: string, type?: string, query?: Record<string, string | number | null | undefined>, signal?: AbortSignal, sandbox?: string, whole?: boolean}} Options */

/**
 * A call of the control plane; gives its JSON, its text where it is none, or null. Raises Refused.
 *
 * @param {string} method
 * @param {string} path below /_sandbox
 * @param {Options} [options]
 * @returns {Promise<any>}
 */
export async function control(method, path, options = {}) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(options.query ?? {})) {
    if (value !== null && value !== undefined && value !== "") query.set(name, String(value));
  }
  /** @type {Record<string, string>} */
  const headers = { "X-Sandbox": options.sandbox ?? sandbox(), "Accept-Language": language() };
  if (controlToken()) headers.Authorization = `Bearer ${controlToken()}`;
  const body = options.text ?? (options.body === undefined ? undefined : JSON.stringify(options.body));
  if (body !== undefined) headers["Content-Type"] = options.type ?? "application/json";
  const asked = query.size ? `?${query}` : "";
  const init = { method, headers, body: body ?? null, signal: options.signal ?? null };
  const answer = await reach(`/_sandbox${path}${asked}`, init);
  if (answer.status === 401 && askForToken) {
    const given = await askForToken();
    if (given) {
      rememberToken(given);
      return control(method, path, options);
    }
  }
  return told(answer);
}

/** @typedef {typeof control} Control */

/**
 * Calls of the control plane that stay with the sandbox that is selected now, as the way back from a deed has to.
 *
 * @returns {Control}
 */
export function controlHere() {
  const here = sandbox();
  return (method, path, options = {}) => control(method, path, { sandbox: here, ...options });
}

/**
 * A file of the control plane: what is sent is one, or what is answered. Raises Refused.
 *
 * @param {string} method
 * @param {string} path below /_sandbox
 * @param {Blob | null} [file]
 */
export async function transfer(method, path, file = null) {
  /** @type {Record<string, string>} */
  const headers = { "X-Sandbox": sandbox(), "Accept-Language": language() };
  if (controlToken()) headers.Authorization = `Bearer ${controlToken()}`;
  if (file) headers["Content-Type"] = "application/vnd.sqlite3";
  const answer = await reach(`/_sandbox${path}`, { method, headers, body: file });
  if (!answer.ok) throw new Refused(answer.status, await answer.json());
  return answer.blob();
}

/**
 * A call of the bank, as an app makes it. Gives the answer, whatever its status.
 *
 * @param {string} method
 * @param {string} path
 * @param {Record<string, string>} headers
 * @param {unknown} [body]
 */
export async function bank(method, path, headers, body) {
  const all = { "X-Sandbox": sandbox(), "Accept-Language": language(), ...headers };
  const sent = body === undefined || body === null ? null : JSON.stringify(body);
  return reach(path, {
    method,
    headers: sent === null ? all : { "Content-Type": "application/json", ...all },
    body: sent,
  });
}

/** @param {Response} answer */
async function told(answer) {
  const type = answer.headers.get("content-type") ?? "";
  const content = /json(;|$)/.test(type) ? await answer.json() : answer.status === 204 ? null : await answer.text();
  if (!answer.ok) throw new Refused(answer.status, typeof content === "object" && content ? content : {});
  return content;
}
