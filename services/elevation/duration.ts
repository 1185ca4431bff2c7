const NONE_OF = 0;

const UNITS: Record<string, number> = Object.fromEntries(
  [
    [1, 's sec secs second seconds'],
    [60, 'm min mins minute minutes'],
    [3_600, 'h hr hrs hour hours'],
    [86_400, 'd day days'],
    // As drivers write intervals: nothing of these may be asked for.
    [NONE_OF, 'y yr yrs year years mon mons month months w week weeks ms us'],
  ].flatMap(([seconds, names]) =>
    String(names)
      .split(' ')
      .map((name) => [name, Number(seconds)]),
  ),
);

const WHOLE = /^\d{1,9}$/;
const NUMBER = '\\d{1,9}(?:\\.0{1,9})?';
const PARTS = new RegExp(`^(?:${NUMBER}\\s*[a-z]+\\s*)+$`);
const PART = new RegExp(`(${NUMBER})\\s*([a-z]+)`, 'g');
/** As PostgreSQL prints an interval: `00:05:00`, `1 day 02:00:00`. */
const CLOCK = /^(?:(\d{1,9}) days? )?(\d{1,9}):(\d\d):(\d\d)(?:\.0{1,9})?$/;
/** ISO 8601: `PT5M`, `P1DT2H`. */
const ISO = /^p(?=\d|t\d)(?:(\d{1,9})d)?(?:t(?=\d)(?:(\d{1,9})h)?(?:(\d{1,9})m)?(?:(\d{1,9})(?:\.0{1,9})?s)?)?$/;

export const DURATION_EXAMPLES = "'10 min', '90 s', '1h30m', '00:10:00', 'PT10M' or '900' (seconds)";

/**
 * Seconds of `10 min`, `900`, `1h`, `90 s`, `1h30m`, of an interval as PostgreSQL and drivers print one (`00:10:00`), and of ISO 8601
 * (`PT10M`); null for anything else, and for none at all.
 */
export function parseDuration(typed: string): number | null {
  const text = typed.trim().toLowerCase();
  if (text.length > 80) return null;
  if (WHOLE.test(text)) return Number(text) || null;
  const fields = CLOCK.exec(text) ?? ISO.exec(text);
  if (fields) {
    const [days, hours, minutes, seconds] = fields.slice(1).map((field) => Number(field ?? 0));
    return (days ?? 0) * 86_400 + (hours ?? 0) * 3_600 + (minutes ?? 0) * 60 + (seconds ?? 0) || null;
  }
  if (!PARTS.test(text)) return null;
  let seconds = 0;
  let last = Number.POSITIVE_INFINITY;
  for (const [, count, unit] of text.matchAll(PART)) {
    const size = UNITS[unit ?? ''];
    if (size === undefined) return null;
    if (size === NONE_OF) {
      if (Number(count) !== 0) return null;
      continue;
    }
    // Each unit once, the largest first: '10m 1h' is more likely a slip than a wish.
    if (size >= last) return null;
    last = size;
    seconds += Number(count) * size;
  }
  return seconds || null;
}
