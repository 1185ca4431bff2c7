import { randomUUID } from 'node:crypto';
import { groupingOf, waitAlone } from './grouping.ts';
import { ADD_JOB } from './jobs.ts';
import type { NoticeEvent, Outbox } from './notice.ts';
import type { ChannelSettings } from './channels/channel.ts';
import { wants } from './subscription.ts';

export interface OutboxDeps {
  /** Those that the configuration defines, by name. */
  channels: Readonly<Record<string, Pick<ChannelSettings, 'events'>>>;
  /** Told, before the commit, in how many milliseconds the new notices fall due: the notifier of this process then looks at once. */
  onQueued?: (dueInMs: number) => void;
}

/** Nobody would be told: the elevation must not start, or go on. */
export class NobodyToTell extends Error {}

const BEGINS: ReadonlySet<NoticeEvent['event']> = new Set(['elevation.started', 'elevation.extended']);

/**
 * A channel that is not configured (policy named it) gets its notice all the same: it fails visibly, rather than silently not being there.
 * One that subscribed to other events only gets none.
 * Throws NobodyToTell when a start or an extension has no channel that is configured. What follows them must be recorded all the same.
 */
export function makeOutbox({ channels, onQueued }: OutboxDeps): Outbox {
  const known = new Map(Object.entries(channels));
  return {
    async enqueue(client, event, wanted, head) {
      const names = [...new Set(wanted)].filter((name) => wants(known.get(name)?.events, event)).sort();
      if (BEGINS.has(event.event) && !names.some((name) => known.has(name))) {
        throw new NobodyToTell(
          `No configured channel among ${names.length ? names.join(', ') : 'none'}: nobody would be told of ${event.event}.`,
        );
      }
      if (names.length === 0) return [];
      const wait = waitAlone(event);
      const rows = names.map((channel) => ({ id: `ntc_${randomUUID()}`, channel }));
      await client.query(INSERT, [
        JSON.stringify(rows),
        groupingOf(event),
        'elevation' in event ? event.elevation : null,
        JSON.stringify(bounded(withoutLiterals(event))),
        JSON.stringify(head),
        wait,
      ]);
      onQueued?.(wait);
      return rows.map((row) => row.id);
    },
  };
}

/** One statement, for it is on the way of every `sudo`. */
const INSERT = `
  WITH fresh AS (
    INSERT INTO notice (id, channel, grouping, elevation, body, head)
    SELECT id, channel, $2, $3, $4::jsonb, $5::jsonb
    FROM jsonb_to_recordset($1::jsonb) AS row (id text, channel text)
    RETURNING id
  )
  SELECT ${ADD_JOB('id', "clock_timestamp() + $6::int * interval '1 millisecond'")} FROM fresh`;

/** Statements come normalized, with their values left out; what still looks like a quoted value is left out here (docs/design.md, promise 10). */
function withoutLiterals(event: NoticeEvent): NoticeEvent {
  if (event.event !== 'elevation.ended' || event.summary === null) return event;
  const { summary } = event;
  const leftBehind = summary.leftBehind.map((left) => ({ ...left, statement: left.statement.replace(QUOTED, "'…'") }));
  const refused = summary.refused && {
    ...summary.refused,
    forms: summary.refused.forms.map((form) => ({
      ...form,
      statement: form.statement?.replace(QUOTED, "'…'") ?? null,
    })),
  };
  return { ...event, summary: { ...summary, leftBehind, ...(refused ? { refused } : {}) } };
}

/** '…', $tag$…$tag$; also when the end is missing. */
const QUOTED = /'(?:[^']|'')*(?:'|$)|\$([A-Za-z_]\w*|)\$[\s\S]*?(?:\$\1\$|$)/g;

/** PostgreSQL's jsonb takes neither NUL nor lone surrogates, and no text here may grow without limit. */
function bounded(event: NoticeEvent): unknown {
  return JSON.parse(JSON.stringify(event), (_key, value: unknown) =>
    typeof value === 'string' ? value.slice(0, 8_000).toWellFormed().replaceAll('\0', '\u2400') : value,
  );
}
