// Readiness of several processes as that of one: who is connected to may be any of them.
import type { PartState } from '../health/readiness.ts';
import type { HealthState } from './host.ts';

/** A process as its supervisor sees it. `state` is null while it answers nothing. */
export interface Seen {
  slot: number;
  state: HealthState | null;
  /** Why it serves nobody, or what became of the one before it; null when all is well. */
  trouble: string | null;
}

/** Ready when all that serve are, and one does. Who serves nobody is given no connection: that is said, and empties no balancer. */
export function mergedReadiness(all: readonly Seen[]): HealthState {
  const serving = all.flatMap(({ slot, state }) => (state ? [{ slot, state }] : []));
  const names = [...new Set(serving.flatMap(({ state }) => Object.keys(state.parts)))];
  const parts = Object.fromEntries(names.map((name) => [name, mergedPart(name, serving)]));
  const troubles = all.flatMap(({ slot, trouble }) => (trouble === null ? [] : [`process ${slot}: ${trouble}`]));
  const some = serving.length > 0;
  const missing = serving.length < all.length ? [`${serving.length} of ${all.length} processes serve`] : [];
  parts.processes = { ready: some, detail: [...missing, ...troubles].join('; ') || null };
  return { ready: some && serving.every(({ state }) => state.ready), parts };
}

function mergedPart(name: string, serving: readonly { slot: number; state: HealthState }[]): PartState {
  const states = serving.flatMap(({ slot, state }) => {
    const part = state.parts[name];
    return part ? [{ slot, ...part }] : [];
  });
  const [first] = states;
  const said = states.filter(({ detail }) => detail !== null);
  const alike = said.length === states.length && said.every(({ detail }) => detail === first?.detail);
  const words = alike ? first?.detail : said.map(({ slot, detail }) => `process ${slot}: ${detail}`).join('; ');
  return {
    ready: states.every(({ ready }) => ready),
    detail: words || null,
    ...(first && 'revision' in first ? { revision: revisionOf(states) } : {}),
  };
}

/** Where they differ, for a moment, none is in force on the whole host. */
function revisionOf(states: readonly PartState[]): string | null {
  const revisions = [...new Set(states.map(({ revision }) => revision ?? null))];
  return revisions.length === 1 ? (revisions[0] ?? null) : null;
}
