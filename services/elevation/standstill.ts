// Whether the main thread's event loop stands still, as another thread sees it.

/** How often the main thread says that it is there, and the other looks, in ms. */
export const BEAT_MS = 1_000;

/**
 * For the thread that looks: called about every `BEAT_MS` with how often the main thread said that it is there, and a monotonic clock's
 * ms; true when it has not for `limitMs` of looking. A process that was suspended looks as little as it beats: between two looks no
 * more than two beats' time counts.
 */
export function makeStandstill(limitMs: number): (beats: number, now: number) => boolean {
  let last: { beats: number; now: number } | null = null;
  let stood = 0;
  return (beats, now) => {
    const moved = last === null || last.beats !== beats;
    stood = moved ? 0 : stood + Math.min(now - (last?.now ?? now), 2 * BEAT_MS);
    last = { beats, now };
    return stood >= limitMs;
  };
}
