// Whether what reads a client's text grows with its length: an eighth of the largest size against the whole, in one run.
import assert from 'node:assert/strict';

/** Linear is 8, the square 64: what is the same for both sizes makes it less, and a busy machine hits both. */
const TIMES = 8;
const BOUND = 30;
const ROUNDS = 9;

/** Milliseconds: the least of several rounds, of as many calls each as fill half a millisecond. */
function least<T>(input: T, act: (input: T) => unknown): number {
  let calls = 1;
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    const from = performance.now();
    for (let call = 0; call < calls; call++) act(input);
    const each = (performance.now() - from) / calls;
    best = Math.min(best, each);
    calls = Math.max(1, Math.min(10_000, Math.ceil(0.5 / each)));
  }
  return best;
}

/** `make`: an input of a size; `act`: what reads it, at once. Fails where eight times the size costs thirty times as much or more. */
export function assertLinear<T>(
  name: string,
  largest: number,
  make: (size: number) => T,
  act: (input: T) => unknown,
): void {
  const [small, large] = [make(Math.floor(largest / TIMES)), make(largest)];
  let ratio = 0;
  // A burst of others' work may fall on one size whole: then once more, and a square is one each time.
  for (let attempt = 0; attempt < 3; attempt++) {
    const part = least(small, act);
    ratio = least(large, act) / part;
    if (ratio < BOUND) return;
  }
  assert.fail(`${name}: ${TIMES} times the size costs ${ratio.toFixed(0)} times as much`);
}
