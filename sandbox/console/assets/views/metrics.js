// The server's metrics, as Prometheus reads them.

/** @typedef {{count: number, refused: number, buckets: [number, number][]}} Operation */
/** @typedef {{operations: Map<string, Operation>}} Sample */

const LINE = /^(\w+)\{([^}]*)\} (\S+)$/;
const LABEL = /(\w+)="([^"]*)"/g;

/**
 * @param {string} text
 * @returns {Sample}
 */
export function parse(text) {
  /** @type {Map<string, Operation>} */
  const operations = new Map();
  for (const line of text.split("\n")) {
    const found = LINE.exec(line);
    if (!found) continue;
    const labels = Object.fromEntries([...(found[2] ?? "").matchAll(LABEL)].map(([, name, value]) => [name, value]));
    const { operation } = labels;
    if (!operation) continue;
    const known = operations.get(operation) ?? { count: 0, refused: 0, buckets: [] };
    operations.set(operation, known);
    const value = Number(found[3]);
    if (found[1] === "sandbox_requests_total") {
      known.count += value;
      if (Number(labels.status) >= 400 || labels.status === "0") known.refused += value;
    }
    if (found[1] === "sandbox_request_seconds_bucket") {
      known.buckets.push([labels.le === "+Inf" ? Infinity : Number(labels.le), value]);
    }
  }
  return { operations };
}

/**
 * A quantile of a histogram whose buckets count all up to their edge: within a bucket, evenly.
 *
 * @param {[number, number][]} buckets
 * @param {number} part
 * @returns {number} in the unit of the edges; 0 where there is nothing
 */
export function quantile(buckets, part) {
  const sorted = [...buckets].sort(([one], [other]) => one - other);
  const all = sorted.at(-1)?.[1] ?? 0;
  if (!all) return 0;
  const wanted = all * part;
  let [below, counted] = [0, 0];
  for (const [edge, number] of sorted) {
    if (number >= wanted) {
      if (edge === Infinity) return below;
      return number === counted ? edge : below + ((edge - below) * (wanted - counted)) / (number - counted);
    }
    [below, counted] = [edge, number];
  }
  return below;
}
