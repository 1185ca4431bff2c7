const UNITS: Record<string, number> = Object.fromEntries(
  [
    [1, 's sec secs second seconds'],
    [60, 'm min mins minute minutes'],
    [3_600, 'h hr hrs hour hours'],
    [86_400, 'd day days'],
  ].flatMap(([seconds, names]) =>
    String(names)
      .split(' ')
      .map((name) => [name, Number(seconds)]),
  ),
);

const WHOLE = /^\d{1,9}$/;
const PARTS = /^(\d{1,9}\s*[a-z]+\s*)+$/;
const PART = /(\d{1,9})\s*([a-z]+)/g;

export const DURATION_EXAMPLES = "'10 min', '90 s', '1h30m' or '900' (seconds)";

/** Seconds of `10 min`, `900`, `1h`, `90 s`, `1h30m`; null for anything else, and for none at all. */
export function parseDuration(typed: string): number | null {
  const text = typed.trim().toLowerCase();
  if (text.length > 40) return null;
  if (WHOLE.test(text)) return Number(text) || null;
  if (!PARTS.test(text)) return null;
  let seconds = 0;
  let last = Number.POSITIVE_INFINITY;
  for (const [, count, unit] of text.matchAll(PART)) {
    const size = UNITS[unit ?? ''];
    // Each unit once, the largest first: '10m 1h' is more likely a slip than a wish.
    if (size === undefined || size >= last) return null;
    last = size;
    seconds += Number(count) * size;
  }
  return seconds || null;
}
