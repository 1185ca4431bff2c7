import type { EntryKind } from '../entry/entry.ts';

/** Which entries `ledger show` shows; all conditions hold together. */
export interface EntryFilter {
  since?: Date;
  until?: Date;
  principal?: string;
  target?: string;
  session?: string;
  elevation?: string;
  kinds?: EntryKind[];
}

/** SQL conditions and their values, `$1` on. */
export function conditionsOf(filter: EntryFilter): { where: string; values: unknown[] } {
  const values: unknown[] = [];
  const conditions = ['true'];
  const add = (condition: string, value: unknown) => {
    if (value === undefined) return;
    values.push(value);
    conditions.push(condition.replace('?', `$${values.length}`));
  };
  add('at >= ?', filter.since);
  add('at < ?', filter.until);
  add('principal = ?', filter.principal);
  add('target = ?', filter.target);
  add('session = ?', filter.session);
  add('elevation = ?', filter.elevation);
  add('kind = ANY (?)', filter.kinds);
  return { where: conditions.join(' AND '), values };
}

const UNITS: Record<string, number> = { s: 1, m: 60, min: 60, h: 3_600, d: 86_400, w: 604_800 };

/** `2h`, `30 min`, `7d` (ago), or a date or time in ISO 8601 (UTC where it names no zone). Null for anything else. */
export function parseWhen(text: string, now: Date): Date | null {
  const ago = /^(\d{1,6}) ?(s|m|min|h|d|w)$/.exec(text.trim());
  if (ago) return new Date(now.getTime() - Number(ago[1]) * (UNITS[ago[2] ?? ''] ?? 0) * 1_000);
  const iso = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)(Z|[+-]\d{2}:?\d{2})?)?$/.exec(
    text.trim(),
  );
  if (!iso) return null;
  const date = new Date(`${iso[1]}T${iso[2] ?? '00:00'}${iso[3] ?? 'Z'}`);
  return Number.isNaN(date.getTime()) ? null : date;
}
