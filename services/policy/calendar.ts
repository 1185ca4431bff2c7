// OPA's calendar functions, which its WASM lacks. They see only their arguments.

import { timeZone } from './time-zones.ts';

const WEEKDAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const formats = new Map<string, Intl.DateTimeFormat>();

/** Nanoseconds since 1970 that OPA has a time for. */
const FIRST = -(2 ** 63);
const END = 2 ** 63;

/** `when`: nanoseconds since 1970, or [nanoseconds, time zone]. Undefined (so is the expression) for what is no time or no zone. */
function parts(when: unknown): Record<string, number> | undefined {
  const [given, zone = 'UTC']: unknown[] = Array.isArray(when) ? when : [when];
  const ns = typeof given === 'bigint' ? Number(given) : given;
  if (typeof ns !== 'number' || !Number.isInteger(ns) || ns < FIRST || ns >= END) return undefined;
  if (typeof zone !== 'string') return undefined;
  const name = timeZone(zone);
  if (name === null) return undefined;
  const found: Record<string, number> = {};
  for (const { type, value } of formatFor(name).formatToParts(Math.floor(ns / 1_000_000))) found[type] = Number(value);
  return found;
}

function formatFor(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      calendar: 'gregory',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    // There are 597 names, so this ends.
    formats.set(zone, format);
  }
  return format;
}

/** What a call must first make ready, under a name: dear when it is the first of its evaluation that needs it. Null for nothing. */
export const neededBy = (args: readonly unknown[]): string | null =>
  Array.isArray(args[0]) && typeof args[0][1] === 'string' ? timeZone(args[0][1]) : null;

export const CALENDAR: Record<string, (when: unknown) => unknown> = {
  'time.clock': (when) => {
    const { hour, minute, second } = parts(when) ?? {};
    return hour === undefined ? undefined : [hour, minute, second];
  },
  'time.date': (when) => {
    const { year, month, day } = parts(when) ?? {};
    return year === undefined ? undefined : [year, month, day];
  },
  'time.weekday': (when) => {
    const { year, month, day } = parts(when) ?? {};
    if (year === undefined || month === undefined || day === undefined) return undefined;
    return WEEKDAYS[new Date(Date.UTC(year, month - 1, day)).getUTCDay()];
  },
};
