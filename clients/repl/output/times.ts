const twoDigits = (value: number): string => String(value).padStart(2, '0');

const zones = new Intl.DateTimeFormat('en', { timeZoneName: 'short' });

/** `UTC`, `CET`, `GMT+5:30`: of the person's own clock at that time. */
const zoneOf = (date: Date): string =>
  zones.formatToParts(date).find(({ type }) => type === 'timeZoneName')?.value ?? '';

/** `14:05 CET`, on the person's own clock; with the date when it is not today's. */
export function clockTime(date: Date, now: Date = new Date()): string {
  const time = `${twoDigits(date.getHours())}:${twoDigits(date.getMinutes())} ${zoneOf(date)}`;
  if (date.toDateString() === now.toDateString()) return time;
  return `${date.getFullYear()}-${twoDigits(date.getMonth() + 1)}-${twoDigits(date.getDate())} ${time}`;
}
