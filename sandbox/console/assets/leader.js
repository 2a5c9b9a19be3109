// Where there is no shared worker, one page holds the connections for all: the one that has the lock. When it goes, the
// next one takes over, and every page says anew what it wants, with the position that it had reached.

import { Hub } from "./hub.js";

/** @typedef {import("./hub.js").Told} Told */
/** @typedef {import("./hub.js").ConnectionTold} ConnectionTold */

/**
 * @param {string} page
 * @param {(told: Told | ConnectionTold) => void} take
 * @param {() => object} wish
 * @returns {{post: (message: object) => void}}
 */
export function lead(page, take, wish) {
  if (!navigator.locks || typeof BroadcastChannel === "undefined") return alone(page, take);
  const channel = new BroadcastChannel("console-stream");
  /** @type {Hub | null} */
  let hub = null;

  /** @param {any} message */
  const serve = (message) => {
    if (!hub) return;
    if (message.kind === "leave") hub.leave(message.page);
    if (message.kind === "retry") hub.retry();
    if (message.kind !== "follow") return;
    const { page: from } = message;
    hub.follow(from, message.wish, (told) => (from === page ? take(told) : channel.postMessage({ to: from, told })));
  };
  channel.onmessage = ({ data }) => {
    if (data.kind === "who") channel.postMessage(wish());
    else if (data.to === page) take(data.told);
    else serve(data);
  };
  void navigator.locks.request("console-stream", () => {
    hub = new Hub();
    serve(wish());
    channel.postMessage({ kind: "who" });
    return new Promise(() => undefined);
  });
  addEventListener("pagehide", () => channel.postMessage({ kind: "leave", page }));
  return { post: (message) => (hub ? serve(message) : channel.postMessage(message)) };
}

/**
 * A connection of this page's own, where pages cannot agree on one.
 *
 * @param {string} page
 * @param {(told: Told | ConnectionTold) => void} take
 */
function alone(page, take) {
  const hub = new Hub();
  return {
    /** @param {any} message */
    post(message) {
      if (message.kind === "retry") hub.retry();
      if (message.kind === "follow") hub.follow(page, message.wish, take);
    },
  };
}
