// Of a large collection of cases `npm test` plays one in so many, spread over all of it, another part each day: none stays out for
// long. CI plays the whole (`npm test -- --all`), and so does who picks a case by its name.

const DAY_MS = 86_400_000;

/** Set by test/run.ts for the files that it runs. */
export const WHOLE = 'SUDOQL_TEST_ALL';

/** How much of what chance or a generator makes. */
export const amount = (usual: number, whole: number): number => (process.env[WHOLE] === undefined ? usual : whole);

/** One in `every` of `all`, which is in an order that keeps like cases together. */
export function sampled<T>(all: readonly T[], every: number, today = Math.floor(Date.now() / DAY_MS)): readonly T[] {
  return process.env[WHOLE] === undefined ? all.filter((_, n) => n % every === today % every) : all;
}
