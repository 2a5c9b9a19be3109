// What happens in the selected sandbox, from one connection that all pages of the browser share.

import { language } from "./i18n.js";
import { controlToken } from "./memory.js";
import { lead } from "./leader.js";

/** @typedef {import("./hub.js").Told} Told */
/** @typedef {import("./hub.js").ConnectionTold} ConnectionTold */
/** @typedef {{post: (message: object) => void}} Line */

const page = Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(16)).join("");
const target = new EventTarget();
let sandbox = "";
/** @type {string | null} */
let followedWith = null;
let cursor = "";
/** @type {ConnectionTold} */
let connection = { kind: "connection", sandbox: "", state: "reconnecting", seconds: 0 };
/** @type {Map<string, any>} */
const standing = new Map();
/** @type {Line | null} */
let line = null;

/**
 * Follow a sandbox from now on.
 *
 * @param {string} name
 */
export function follow(name) {
  if (name === sandbox && followedWith === controlToken()) return;
  followedWith = controlToken();
  if (name !== sandbox) {
    cursor = "";
    standing.clear();
  }
  sandbox = name;
  line ??= open();
  line.post(wish());
}

function wish() {
  return { kind: "follow", page, wish: { sandbox, token: controlToken(), language: language(), cursor } };
}

/** Try to connect at once. */
export function retry() {
  line?.post({ kind: "retry" });
}

/**
 * Have `tell` called with each event of a topic (`messages`, `requests`, `events`, `state`, `sandboxes`, `restart`), and
 * `connection` with what the connection is like. What stands (state, sandboxes, connection) is told at once.
 *
 * @param {string} topic
 * @param {(data: any) => void} tell
 * @param {AbortSignal} [signal]
 */
export function on(topic, tell, signal) {
  const heard = (/** @type {Event} */ event) => tell(/** @type {CustomEvent} */ (event).detail);
  target.addEventListener(topic, heard, signal ? { signal } : {});
  if (topic === "connection") tell(connection);
  if (standing.has(topic)) tell(standing.get(topic));
}

/** @param {Told | ConnectionTold} told */
function take(told) {
  if (told.sandbox !== sandbox) return;
  if (told.kind === "connection") {
    connection = told;
    target.dispatchEvent(new CustomEvent("connection", { detail: told }));
    return;
  }
  cursor = told.cursor;
  if (told.event === "state" || told.event === "sandboxes") standing.set(told.event, told.data);
  target.dispatchEvent(new CustomEvent(told.event, { detail: told.data }));
}

/** @returns {Line} */
function open() {
  if (typeof SharedWorker === "undefined") return lead(page, take, wish);
  const worker = new SharedWorker(new URL("worker.js", import.meta.url), { type: "module", name: "console" });
  worker.port.onmessage = ({ data }) => take(data);
  // Held as long as this page lives: see worker.js.
  void navigator.locks?.request(`console-page-${page}`, () => {
    worker.port.postMessage({ kind: "held", page });
    return new Promise(() => undefined);
  });
  addEventListener("pagehide", () => worker.port.postMessage({ kind: "leave", page }));
  addEventListener("pageshow", ({ persisted }) => persisted && worker.port.postMessage(wish()));
  return { post: (message) => worker.port.postMessage(message) };
}
