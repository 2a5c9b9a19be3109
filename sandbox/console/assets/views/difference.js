// Two texts line by line: what was taken away and what was added, with a few lines around.

/** @typedef {{kind: "same" | "added" | "removed", text: string}} Line */

const AROUND = 3;

/**
 * @param {string[]} before
 * @param {string[]} after
 * @returns {Line[]} none where they are equal
 */
export function difference(before, after) {
  let head = 0;
  while (head < before.length && head < after.length && before[head] === after[head]) head += 1;
  let tail = 0;
  const shorter = Math.min(before.length, after.length) - head;
  while (tail < shorter && before.at(-1 - tail) === after.at(-1 - tail)) tail += 1;
  const changed = longest(before.slice(head, before.length - tail), after.slice(head, after.length - tail));
  if (!changed.length) return [];
  const same = (/** @type {string} */ text) => /** @type {Line} */ ({ kind: "same", text });
  return [
    ...before.slice(Math.max(0, head - AROUND), head).map(same),
    ...changed,
    ...before.slice(before.length - tail, before.length - tail + AROUND).map(same),
  ];
}

/**
 * The shortest way from one to the other, by the longest lines that both have.
 *
 * @param {string[]} before
 * @param {string[]} after
 * @returns {Line[]}
 */
function longest(before, after) {
  const width = after.length + 1;
  const lengths = new Uint16Array((before.length + 1) * width);
  const at = (/** @type {number} */ row, /** @type {number} */ column) => lengths[row * width + column] ?? 0;
  for (let row = before.length - 1; row >= 0; row -= 1) {
    for (let column = after.length - 1; column >= 0; column -= 1) {
      lengths[row * width + column] =
        before[row] === after[column] ? at(row + 1, column + 1) + 1 : Math.max(at(row + 1, column), at(row, column + 1));
    }
  }
  /** @type {Line[]} */
  const lines = [];
  let [row, column] = [0, 0];
  while (row < before.length || column < after.length) {
    if (row < before.length && column < after.length && before[row] === after[column]) {
      lines.push({ kind: "same", text: before[row] ?? "" });
      row += 1;
      column += 1;
    } else if (column < after.length && (row === before.length || at(row, column + 1) > at(row + 1, column))) {
      lines.push({ kind: "added", text: after[column] ?? "" });
      column += 1;
    } else {
      lines.push({ kind: "removed", text: before[row] ?? "" });
      row += 1;
    }
  }
  return lines;
}
