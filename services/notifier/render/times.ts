// Times as messages say them, with the date only when it is not the day of writing.

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const two = (n: number): string => String(n).padStart(2, '0');

/** `14:32 UTC`, `25 Nov 14:32 UTC`, `25 Nov 2027 14:32 UTC`; in a zone that is given, `16:32 CEST`. */
export function clockTime(at: Date, now: Date, zone: string | null = null): string {
  return zone === null ? utcTime(at, now) : zonedTime(at, now, zone);
}

/** As `clockTime`, and where a zone is given with UTC beside it: `16:32 CEST (14:32 UTC)`. */
export function clockTimes(at: Date, now: Date, zone: string | null): string {
  const utc = utcTime(at, now);
  if (zone === null) return utc;
  const zoned = zonedTime(at, now, zone);
  return zoned === utc ? utc : `${zoned} (${utc})`;
}

/** Whether this runtime knows the zone: `Europe/Berlin`, `UTC`. */
export function isTimeZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return /^[A-Za-z]/.test(zone);
  } catch {
    return false;
  }
}

function utcTime(at: Date, now: Date): string {
  const day = dayIn(at.toISOString(), now.toISOString(), at.getUTCDate(), at.getUTCMonth(), at.getUTCFullYear());
  return `${day}${two(at.getUTCHours())}:${two(at.getUTCMinutes())} UTC`;
}

function zonedTime(at: Date, now: Date, zone: string): string {
  const [then, today] = [partsIn(zone, at), partsIn(zone, now)];
  const iso = (of: typeof then) => `${of.year}-${two(of.month)}-${two(of.day)}`;
  const day = dayIn(iso(then), iso(today), then.day, then.month - 1, then.year);
  return `${day}${two(then.hour)}:${two(then.minute)} ${abbreviation(zone, at)}`;
}

/** Empty on the same day; ISO texts begin with their day. */
function dayIn(at: string, now: string, day: number, month: number, year: number): string {
  if (at.slice(0, 10) === now.slice(0, 10)) return '';
  return `${day} ${MONTHS[month]}${at.slice(0, 4) === now.slice(0, 4) ? '' : ` ${year}`} `;
}

function partsIn(zone: string, at: Date) {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  });
  const of = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0 } = of;
  return { year, month, day, hour, minute };
}

/** Each English knows the abbreviations of its own side of the ocean: CEST, EDT. */
function abbreviation(zone: string, at: Date): string {
  const names = ['en-GB', 'en-US', 'en-AU'].map(
    (locale) =>
      new Intl.DateTimeFormat(locale, { timeZone: zone, timeZoneName: 'short' })
        .formatToParts(at)
        .find(({ type }) => type === 'timeZoneName')?.value ?? zone,
  );
  return names.find((name) => !/^GMT[+-]/.test(name)) ?? names[0] ?? zone;
}

/** `1 statement`, `2,000 rows`. */
export function count(n: number, one: string, many = `${one}s`): string {
  return `${n.toLocaleString('en-US')} ${n === 1 ? one : many}`;
}
