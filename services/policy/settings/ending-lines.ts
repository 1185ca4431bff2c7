// Lines of the settings that end by themselves.
import type { Data } from './settings.ts';

export interface EndingLine {
  /** `elevation.grants."release"`. */
  line: string;
  /** UTC, `2027-01-31T00:00:00`. */
  until: string;
  owner: string | null;
  ticket: string | null;
}

const LISTS = ['grants', 'freezes'] as const;

/** Those that end within `ms` from `now`, and have not ended. */
export function endingLines(data: Data, now: Date, ms: number): EndingLine[] {
  const { elevation = {} } = (data.settings ?? {}) as { elevation?: Record<string, unknown> };
  const [from, to] = [now, new Date(now.getTime() + ms)].map((date) => date.toISOString().slice(0, 19)) as [
    string,
    string,
  ];
  return LISTS.flatMap((list) => {
    const lines = Array.isArray(elevation[list]) ? (elevation[list] as Record<string, unknown>[]) : [];
    return lines.flatMap(({ name, until, owner, ticket }) =>
      typeof until === 'string' && until > from && until <= to
        ? [{ line: `elevation.${list}.${JSON.stringify(name)}`, until, owner: text(owner), ticket: text(ticket) }]
        : [],
    );
  });
}

const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);
