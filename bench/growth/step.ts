// One thing that grows, and what it costs at each size.

export interface Grown {
  what: string;
  /** Of the costs. */
  unit: string;
  /** Of the sizes. */
  of: string;
  /** Size and cost, smallest first. */
  points: [size: number, cost: number][];
}

/** Microseconds of the processor that this process takes for one of `act`: the least of several, for others only make it more. */
export async function processorOf(act: () => unknown, each = 20, rounds = 7): Promise<number> {
  const costs: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const from = process.cpuUsage();
    for (let n = 0; n < each; n++) await act();
    const { user, system } = process.cpuUsage(from);
    costs.push((user + system) / each);
  }
  return Math.min(...costs);
}
