// The shared worker: holds the connections for all pages of this browser.

import { Hub } from "./hub.js";

const hub = new Hub();

/** @type {any} */ (globalThis).onconnect = (/** @type {MessageEvent} */ event) => {
  const port = event.ports[0];
  if (!port) return;
  port.onmessage = ({ data }) => {
    if (data.kind === "leave") hub.leave(data.page);
    if (data.kind === "retry") hub.retry();
    // A page holds the lock of its name as long as it lives: when it is granted here, the page has gone.
    if (data.kind === "held") void navigator.locks.request(`console-page-${data.page}`, () => hub.leave(data.page));
    if (data.kind === "follow") hub.follow(data.page, data.wish, (told) => port.postMessage(told));
  };
};
