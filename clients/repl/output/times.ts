const twoDigits = (value: number): string => String(value).padStart(2, '0');

/** `14:05`, on the person's own clock; with the date when it is not today's. */
export function clockTime(date: Date, now: Date = new Date()): string {
  const time = `${twoDigits(date.getHours())}:${twoDigits(date.getMinutes())}`;
  if (date.toDateString() === now.toDateString()) return time;
  return `${date.getFullYear()}-${twoDigits(date.getMonth() + 1)}-${twoDigits(date.getDate())} ${time}`;
}
