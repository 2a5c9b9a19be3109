// Faults that are taken away, and the way back.

import { controlHere } from "./api.js";
import { t } from "./i18n.js";
import { toast } from "./toasts.js";

/** @typedef {{match: object, effect: object, enabled: boolean}} Ordered */

/**
 * Order a fault again as it was: switched off if it was, and in its place. It gets a new id, and counts from zero.
 *
 * @param {import("./api.js").Control} here
 * @param {Ordered} fault
 * @param {number} position
 */
export async function order(here, { match, effect, enabled }, position) {
  const { id } = await here("POST", "/faults", { body: { match, effect } });
  await here("PATCH", `/faults/${id}`, { body: { enabled, position } });
}

/** Take all faults away, with the way back. */
export async function clearFaults() {
  const here = controlHere();
  /** @type {Ordered[]} */
  const before = (await here("GET", "/faults")).items;
  await here("DELETE", "/faults");
  const undo = async () => {
    for (const [position, fault] of before.entries()) await order(here, fault, position);
  };
  toast(t("faults.cleared"), before.length ? { undo } : {});
}
