import { awakeTimeout } from './awake-timeout.ts';

/**
 * Waits for `act`, at most so many milliseconds of this process's turns; `late` when it did not come by then. What comes later is dropped, a
 * rejection too.
 */
export async function within<T, L>(act: Promise<T>, ms: number, late: () => L): Promise<T | L> {
  let stop = () => {};
  const end = new Promise<L>((resolve) => {
    stop = awakeTimeout(ms, () => resolve(late()));
  });
  act.catch(() => {});
  try {
    return await Promise.race([act, end]);
  } finally {
    stop();
  }
}
