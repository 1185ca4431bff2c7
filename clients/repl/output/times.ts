const twoDigits = (value: number): string => String(value).padStart(2, '0');

/** `14:05`, on the person's own clock; with the date when it is not today's. */
export function clockTime(date: Date, now: Date = new Date()): string {
  const time = `${twoDigits(date.getHours())}:${twoDigits(date.getMinutes())}`;
  if (date.toDateString() === now.toDateString()) return time;
  return `${date.getFullYear()}-${twoDigits(date.getMonth() + 1)}-${twoDigits(date.getDate())} ${time}`;
}

/** `15 min`, `1 h`, `40 s`. */
export function inWords(seconds: number): string {
  if (seconds >= 3_600 && seconds % 3_600 === 0) return `${seconds / 3_600} h`;
  return seconds >= 60 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds)} s`;
}
