// What a sandbox counted between two summaries of its traffic.

/** @typedef {{operation_id: string | null, requests: number, refused: number, failed: number, problems: Record<string, number>, histogram: number[]}} Operation */
/** @typedef {{requests: number, bounds_ms: number[], operations: Operation[]}} Summary */

/**
 * The calls that came after `before`, by operation, the most called first. Counters that went down began anew: the
 * server was started again.
 *
 * @param {Summary | undefined} before
 * @param {Summary} after
 * @returns {Operation[]}
 */
export function between(before, after) {
  const known = new Map((before?.operations ?? []).map((each) => [each.operation_id, each]));
  return after.operations
    .map((now) => {
      const then = known.get(now.operation_id);
      return then && then.requests <= now.requests ? less(now, then) : now;
    })
    .filter(({ requests }) => requests > 0)
    .sort((one, other) => other.requests - one.requests);
}

/**
 * @param {Operation} now
 * @param {Operation} then
 * @returns {Operation}
 */
function less(now, then) {
  const problems = Object.entries(now.problems).map(([code, number]) => [code, number - (then.problems[code] ?? 0)]);
  return {
    operation_id: now.operation_id,
    requests: now.requests - then.requests,
    refused: now.refused - then.refused,
    failed: now.failed - then.failed,
    problems: Object.fromEntries(problems.filter(([, number]) => number)),
    histogram: now.histogram.map((number, place) => number - (then.histogram[place] ?? 0)),
  };
}

/** @param {Operation[]} operations */
export function together(operations) {
  /** @type {Operation} */
  const all = { operation_id: null, requests: 0, refused: 0, failed: 0, problems: {}, histogram: [] };
  for (const { requests, refused, failed, problems, histogram } of operations) {
    all.requests += requests;
    all.refused += refused;
    all.failed += failed;
    for (const [code, number] of Object.entries(problems)) all.problems[code] = (all.problems[code] ?? 0) + number;
    histogram.forEach((number, place) => {
      all.histogram[place] = (all.histogram[place] ?? 0) + number;
    });
  }
  return all;
}

/**
 * A quantile of a histogram: within a bucket, evenly; beyond all bounds, the last one.
 *
 * @param {number[]} histogram
 * @param {number[]} bounds
 * @param {number} part
 * @returns {number | null} in the unit of the bounds; null without calls
 */
export function quantile(histogram, bounds, part) {
  const wanted = histogram.reduce((sum, number) => sum + number, 0) * part;
  if (!wanted) return null;
  let [below, counted] = [0, 0];
  for (const [place, bound] of bounds.entries()) {
    const number = histogram[place] ?? 0;
    if (counted + number >= wanted) return below + ((bound - below) * (wanted - counted)) / number;
    [below, counted] = [bound, counted + number];
  }
  return below;
}
