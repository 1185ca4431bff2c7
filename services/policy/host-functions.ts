// What the decisions' runtime asks of us: OPA's calendar functions, which its WASM lacks. Deterministic: they see only their arguments.

const WEEKDAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const formats = new Map<string, Intl.DateTimeFormat>();

/** `when`: nanoseconds since 1970, or [nanoseconds, time zone]. Undefined (so is the expression) for what is no time or no zone. */
function parts(when: unknown): Record<string, number> | undefined {
  const [ns, zone] = Array.isArray(when) ? when : [when, 'UTC'];
  if (typeof ns !== 'number' || typeof zone !== 'string') return undefined;
  const date = new Date(Math.floor(ns / 1_000_000));
  if (Number.isNaN(date.getTime())) return undefined;
  const found: Record<string, number> = {};
  try {
    for (const { type, value } of formatFor(zone || 'UTC').formatToParts(date)) found[type] = Number(value);
  } catch {
    return undefined;
  }
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
    // Zones come from settings, of which there are few; a policy that makes them up must not fill memory.
    if (formats.size < 100) formats.set(zone, format);
  }
  return format;
}

/** Of JSON's values; undefined makes the call undefined. */
export type HostFunction = (...args: unknown[]) => unknown;

export const HOST_FUNCTIONS: Record<string, HostFunction> = {
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
