// A way that is walked at once as long as nothing must be waited for. Written as an async function is, with `function*` for `async
// function`, `yield*` for calls of other such ways, and `yield* wait(promise)` for `await`; but what is at hand costs no turn of the queue.

export type Steps<T> = Generator<Promise<unknown>, T, unknown>;

/** The promise's value; throws what it was rejected with. */
export function* wait<T>(promise: Promise<T>): Steps<T> {
  return (yield promise) as T;
}

/** Walks until the first promise; only if there is one, the rest follows later, and a promise of the result is what is returned. */
export function walk<T>(steps: Steps<T>): T | Promise<T> {
  const first = steps.next();
  return first.done ? first.value : goOn(steps, first.value);
}

async function goOn<T>(steps: Steps<T>, waitedFor: Promise<unknown>): Promise<T> {
  let promise = waitedFor;
  for (;;) {
    const next = await promise.then(
      (value) => steps.next(value),
      (error: unknown) => steps.throw(error),
    );
    if (next.done) return next.value;
    promise = next.value;
  }
}
