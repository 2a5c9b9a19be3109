// Where the reader is: the view, the sandbox, and every filter and selection are in the URL.

/** @typedef {Record<string, string | null | undefined>} Params */

const BASE = "/_sandbox/console";
const target = new EventTarget();

/** @returns {string} */
export function view() {
  return location.pathname.slice(location.pathname.indexOf(BASE) + BASE.length + 1) || "phone";
}

/**
 * The sandbox that the address names, by its query or by the prefix `/s/NAME`.
 *
 * @returns {string}
 */
export function sandbox() {
  return param("sandbox") || (/^\/s\/([^/]+)\//.exec(location.pathname)?.[1] ?? "default");
}

/**
 * @param {string} name
 * @returns {string}
 */
export function param(name) {
  return new URLSearchParams(location.search).get(name) ?? "";
}

/**
 * The address of a view in the selected sandbox, or in the one that `params` name.
 *
 * @param {string} name
 * @param {Params} [params]
 */
export function href(name, params = {}) {
  const query = new URLSearchParams();
  if (sandbox() !== "default") query.set("sandbox", sandbox());
  put(query, params);
  return `${BASE}/${name}${query.size ? `?${query}` : ""}`;
}

/**
 * @param {string} name
 * @param {Params} [params]
 */
export function go(name, params = {}) {
  history.pushState(null, "", href(name, params));
  moved();
}

/**
 * Change parameters of the view that is shown; null takes one away.
 *
 * @param {Params} params
 * @param {{replace?: boolean}} [how] `replace` leaves no step to go back to
 */
export function change(params, how = {}) {
  const query = new URLSearchParams(location.search);
  put(query, params);
  const url = `${location.pathname}${query.size ? `?${query}` : ""}`;
  if (url === location.pathname + location.search) return;
  if (how.replace) history.replaceState(null, "", url);
  else history.pushState(null, "", url);
  moved();
}

/** @param {() => void} tell */
export function onMove(tell) {
  target.addEventListener("move", tell);
  addEventListener("popstate", tell);
}

function moved() {
  target.dispatchEvent(new Event("move"));
}

/**
 * @param {URLSearchParams} query
 * @param {Params} params
 */
function put(query, params) {
  for (const [name, value] of Object.entries(params)) {
    if (value === null || value === undefined || value === "") query.delete(name);
    else query.set(name, value);
  }
}
