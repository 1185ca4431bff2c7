// How many messages may be under way on each channel: one that hangs must not take the workers from the others.

const WELL = 3;
const AILING = 1;

export interface Turns {
  /** Null when the channel has no room now; otherwise what is called when the attempt has ended, with its success. */
  take(channel: string): ((ok: boolean) => void) | null;
  /** True once after a success that followed a failure. */
  recovered(channel: string): boolean;
}

export function makeTurns(): Turns {
  const states = new Map<string, { underWay: number; ailing: boolean; recovered: boolean }>();
  const stateOf = (channel: string) => {
    let state = states.get(channel);
    if (!state) {
      // At a start, what failed under an earlier process waits for its next attempt: the first success hastens it.
      state = { underWay: 0, ailing: false, recovered: true };
      states.set(channel, state);
    }
    return state;
  };
  return {
    take(channel) {
      const state = stateOf(channel);
      if (state.underWay >= (state.ailing ? AILING : WELL)) return null;
      state.underWay += 1;
      return (ok) => {
        state.underWay -= 1;
        if (ok && state.ailing) state.recovered = true;
        state.ailing = !ok;
      };
    },
    recovered(channel) {
      const state = stateOf(channel);
      const { recovered } = state;
      state.recovered = false;
      return recovered;
    },
  };
}
