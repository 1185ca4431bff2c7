// Whether what reads a client's text grows with its length: an eighth of the largest size against the whole, in one run.
import assert from 'node:assert/strict';

/** Linear is 8, the square 64: what is the same for both sizes makes it less, and a busy machine hits both. */
const TIMES = 8;
const BOUND = 30;
const ROUNDS = 3;
/** A burst of others' work may fall on one size whole: then more of them, and a square is one each time. */
const MOST_ROUNDS = 30;

/** Milliseconds that one round of `calls` takes. */
function round<T>(input: T, act: (input: T) => unknown, calls: number): number {
  const from = performance.now();
  for (let call = 0; call < calls; call++) act(input);
  return performance.now() - from;
}

/** `make`: an input of a size; `act`: what reads it, at once. Fails where eight times the size costs thirty times as much or more. */
export function assertLinear<T>(
  name: string,
  largest: number,
  make: (size: number) => T,
  act: (input: T) => unknown,
): void {
  const [small, large] = [make(Math.floor(largest / TIMES)), make(largest)];
  // As many as fill half a millisecond; of the small one so many more that a round of either takes as long, so that who else runs on
  // the machine hits both.
  const calls = Math.max(1, Math.min(10_000, Math.ceil(0.5 / round(large, act, 1))));
  const least = { part: Number.POSITIVE_INFINITY, whole: Number.POSITIVE_INFINITY };
  let ratio = 0;
  for (let rounds = 1; rounds <= MOST_ROUNDS; rounds++) {
    least.part = Math.min(least.part, round(small, act, TIMES * calls) / TIMES);
    least.whole = Math.min(least.whole, round(large, act, calls));
    ratio = least.whole / least.part;
    if (rounds >= ROUNDS && ratio < BOUND) return;
  }
  assert.fail(`${name}: ${TIMES} times the size costs ${ratio.toFixed(0)} times as much`);
}
