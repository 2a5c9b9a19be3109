// What the browser remembers for the reader: theme, language, the control token of this tab.

const PREFIX = "console.";

/**
 * @param {string} name
 * @returns {string | null}
 */
export function remembered(name) {
  try {
    return localStorage.getItem(PREFIX + name);
  } catch (error) {
    if (error instanceof DOMException) return null; // storage is switched off: nothing is remembered
    throw error;
  }
}

/**
 * @param {string} name
 * @param {string} value
 */
export function remember(name, value) {
  try {
    localStorage.setItem(PREFIX + name, value);
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
  }
}

let token = sessionStorage.getItem(`${PREFIX}token`) ?? "";

/** @returns {string} */
export function controlToken() {
  return token;
}

/**
 * For this tab alone: it steers the bank.
 *
 * @param {string} value
 */
export function rememberToken(value) {
  token = value;
  sessionStorage.setItem(`${PREFIX}token`, value);
}
