// Lines of the settings that end by themselves.
import type { Data } from './settings.ts';

export interface EndingLine {
  /** `elevation.grants."release"`; of what has no name, its patterns. */
  line: string;
  /** UTC, `2027-01-31T00:00:00`. */
  until: string;
  owner: string | null;
  ticket: string | null;
}

const LISTS = [
  ['elevation', 'grants'],
  ['elevation', 'freezes'],
  ['acts_later', 'exceptions'],
  ['protected', 'relations'],
  ['protected_columns', 'columns'],
] as const;

/** Those that end within `ms` from `now`, and have not ended. */
export function endingLines(data: Data, now: Date, ms: number): EndingLine[] {
  const settings = (data.settings ?? {}) as Record<string, Record<string, unknown> | undefined>;
  const [from, to] = [now, new Date(now.getTime() + ms)].map((date) => date.toISOString().slice(0, 19)) as [
    string,
    string,
  ];
  return LISTS.flatMap(([section, list]) => {
    const found = settings[section]?.[list];
    const lines = Array.isArray(found) ? (found as Record<string, unknown>[]) : [];
    return lines.flatMap(({ name, patterns, until, owner, ticket }) =>
      typeof until === 'string' && until > from && until <= to
        ? [
            {
              line: `${section}.${list}.${JSON.stringify(name ?? patterns)}`,
              ...{ until, owner: text(owner), ticket: text(ticket) },
            },
          ]
        : [],
    );
  });
}

const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);
