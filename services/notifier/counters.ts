// What this process has counted since it started, by channel; /metrics reads it.

export interface ChannelCounts {
  /** Notices that were delivered, and given up. */
  delivered: number;
  gaveUp: number;
  /** Attempts that failed. */
  failedAttempts: number;
}

export interface Counters {
  delivered(channel: string, notices: number): void;
  gaveUp(channel: string, notices: number): void;
  attemptFailed(channel: string): void;
  read(): Record<string, ChannelCounts>;
}

export function makeCounters(channels: Iterable<string>): Counters {
  const counts = new Map<string, ChannelCounts>();
  const of = (channel: string): ChannelCounts => {
    const found = counts.get(channel) ?? { delivered: 0, gaveUp: 0, failedAttempts: 0 };
    counts.set(channel, found);
    return found;
  };
  for (const channel of channels) of(channel);
  return {
    delivered(channel, notices) {
      of(channel).delivered += notices;
    },
    gaveUp(channel, notices) {
      of(channel).gaveUp += notices;
    },
    attemptFailed(channel) {
      of(channel).failedAttempts += 1;
    },
    read: () => Object.fromEntries([...counts].map(([channel, count]) => [channel, { ...count }])),
  };
}
