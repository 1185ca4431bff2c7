const STEPS = 5;

/**
 * Calls `act` after `ms` in which this process had its turns, at most twice as many turns as that takes. While it was held up (stopped,
 * starved of a processor) answers that came in time could not be read, so a plain timer would declare lost who has answered.
 * Returns what stops it.
 */
export function awakeTimeout(ms: number, act: () => void): () => void {
  const each = ms / STEPS;
  let left = STEPS;
  let forgiven = STEPS;
  let began = performance.now();
  let timer: NodeJS.Timeout;
  const step = () => {
    const now = performance.now();
    if (now - began > 2 * each && forgiven > 0) forgiven--;
    else left--;
    began = now;
    if (left === 0) act();
    else timer = setTimeout(step, each);
  };
  timer = setTimeout(step, each);
  return () => clearTimeout(timer);
}
