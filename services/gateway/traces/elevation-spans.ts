// An elevation's spans: asking for it, and the whole of it. Its trace's id is its own, so that whichever replica tells people of it, or runs
// a statement in it, knows where that belongs.
import type { Clock } from '../../contract/clock.ts';
import type { Elevations, ElevationRequest, ElevationVerdict } from '../../elevation/elevations.ts';
import type { EntryDraft } from '../../ledger/entry/entry.ts';
import type { Tracer } from './tracer.ts';

export interface ElevationSpans {
  /** The same elevations, seen by it. */
  watch(elevations: Elevations): Elevations;
  /** An entry that the ledger has taken. */
  entry(draft: EntryDraft): void;
}

/** The span that is the whole of it. */
export function ofElevation(elevation: string): { trace: string; id: string } {
  const trace = elevation.replace(/^elv_/, '').replaceAll('-', '');
  return { trace, id: trace.slice(16) };
}

/** What ends without an entry of this process, in an outage of the ledger, stays among them. */
const MOST_LIVE = 10_000;

export function makeElevationSpans(tracer: Tracer, clock: Clock): ElevationSpans {
  const asked = new WeakMap<ElevationVerdict, number>();
  /** Those that began in this process. The record knows of the others, to the second. */
  const live = new Map<string, number>();
  const begin = (elevation: string) => {
    const [oldest] = live.size < MOST_LIVE ? [] : live.keys();
    if (oldest !== undefined) live.delete(oldest);
    live.set(elevation, clock.monotonic());
  };

  const ofRequest = ({ session, by }: ElevationRequest) => ({
    'sudoql.target': session.target.name,
    'sudoql.session': session.id,
    'sudoql.principal': session.principal.id,
    'sudoql.by': by,
  });

  return {
    watch: (elevations) => ({
      ...elevations,
      async judge(request, current) {
        const began = clock.monotonic();
        const verdict = await elevations.judge(request, current);
        asked.set(verdict, began);
        const trace = verdict.ok ? null : tracer.begin();
        if (!verdict.ok && trace !== null)
          tracer.tell({
            ...{ trace, parent: null, name: 'ask for write mode', kind: 'internal', failed: true },
            endedAt: clock.now().getTime(),
            milliseconds: clock.monotonic() - began,
            attributes: { ...ofRequest(request), 'sudoql.decision': 'deny', 'sudoql.code': verdict.error.code },
          });
        return verdict;
      },
      async start(request, verdict, ...rest) {
        const started = await elevations.start(request, verdict, ...rest);
        const { trace, id } = ofElevation(started.id);
        const began = asked.get(verdict);
        if (tracer.keeps(trace) && began !== undefined)
          tracer.tell({
            ...{ trace, parent: id, name: 'begin write mode', kind: 'internal', failed: false },
            endedAt: clock.now().getTime(),
            milliseconds: clock.monotonic() - began,
            attributes: { ...ofRequest(request), 'sudoql.decision': 'allow', 'sudoql.revision': verdict.revision },
          });
        return started;
      },
    }),
    entry(draft) {
      if (draft.kind === 'elevation_started') return begin(draft.elevation);
      if (draft.kind !== 'elevation_ended') return;
      const began = live.get(draft.elevation);
      live.delete(draft.elevation);
      const { trace, id } = ofElevation(draft.elevation);
      if (!tracer.keeps(trace)) return;
      tracer.tell({
        ...{ trace, id, parent: null, name: `elevation ${draft.target}`, kind: 'internal' },
        failed: draft.why === 'fault',
        endedAt: clock.now().getTime(),
        milliseconds: began === undefined ? draft.seconds * 1_000 : clock.monotonic() - began,
        attributes: {
          'sudoql.target': draft.target,
          'sudoql.session': draft.session,
          'sudoql.principal': draft.principal,
          'sudoql.elevation': draft.elevation,
          'sudoql.why': draft.why,
          'sudoql.backend': draft.summary?.backend ?? draft.backend ?? null,
        },
      });
    },
  };
}
