// Which functions of a module may come to themselves again by calls that name what they call.

/** Of functions by their index; those without an entry call nothing. */
export function recursiveFunctions(calls: ReadonlyMap<number, readonly number[]>): Set<number> {
  // Tarjan's strongly connected components, without recursion of our own.
  const order = new Map<number, number>();
  const low = new Map<number, number>();
  const path: number[] = [];
  const onPath = new Set<number>();
  const recursive = new Set<number>();
  const enter = (index: number) => {
    order.set(index, order.size);
    low.set(index, order.size - 1);
    path.push(index);
    onPath.add(index);
    return { index, left: [...(calls.get(index) ?? [])] };
  };
  const lower = (index: number, to = 0) => low.set(index, Math.min(low.get(index) ?? 0, to));
  const leave = (index: number) => {
    if (low.get(index) !== order.get(index)) return;
    const circle = path.splice(path.indexOf(index));
    for (const each of circle) onPath.delete(each);
    if (circle.length > 1 || calls.get(index)?.includes(index)) for (const each of circle) recursive.add(each);
  };
  for (const start of calls.keys()) {
    if (order.has(start)) continue;
    const work = [enter(start)];
    for (let top = work.at(-1); top; top = work.at(-1)) {
      const to = top.left.pop();
      if (to === undefined) {
        work.pop();
        leave(top.index);
        const above = work.at(-1);
        if (above) lower(above.index, low.get(top.index));
      } else if (!order.has(to)) work.push(enter(to));
      else if (onPath.has(to)) lower(top.index, order.get(to));
    }
  }
  return recursive;
}
