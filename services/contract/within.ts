/** Waits for `act`, at most so many milliseconds; `late` when it did not come by then. What comes later is dropped, a rejection too. */
export async function within<T, L>(act: Promise<T>, ms: number, late: () => L): Promise<T | L> {
  let timer: NodeJS.Timeout | undefined;
  const end = new Promise<L>((resolve) => {
    timer = setTimeout(() => resolve(late()), ms);
  });
  act.catch(() => {});
  try {
    return await Promise.race([act, end]);
  } finally {
    clearTimeout(timer);
  }
}
