// Who waits for an answer hears of it, whichever gateway took it: NOTIFY hastens what each heartbeat would find.
import type { Heartbeat } from '../../ledger/heartbeat/heartbeat.ts';
import type { RequestState } from './requests.ts';
import { CHANGED, type Query } from './store.ts';

export interface RequestWatch {
  watch(id: string, changed: (state: RequestState) => void): () => void;
  close(): void;
}

interface Watcher {
  told: Set<RequestState>;
  changed(state: RequestState): void;
}

export function watchRequests(
  heartbeat: Pick<Heartbeat, 'hear' | 'onLease'>,
  query: Query,
  onTrouble: (error: unknown) => void,
): RequestWatch {
  const watchers = new Map<string, Set<Watcher>>();
  let looking = false;
  let again = false;

  async function lookOnce(): Promise<void> {
    const rows = await query<{ request: string; state: RequestState }>(
      'SELECT request, state FROM request_state WHERE request = ANY ($1) ORDER BY at',
      [[...watchers.keys()]],
    );
    for (const { request, state } of rows) {
      for (const watcher of [...(watchers.get(request) ?? [])]) {
        if (watcher.told.has(state)) continue;
        watcher.told.add(state);
        watcher.changed(state);
      }
    }
  }

  async function look(): Promise<void> {
    if (watchers.size === 0) return;
    again = true;
    if (looking) return;
    looking = true;
    try {
      while (again) {
        again = false;
        await lookOnce();
      }
    } catch (error) {
      // The next beat looks again.
      onTrouble(error);
    } finally {
      looking = false;
    }
  }

  // A payload may be anybody's word: it only says when to look.
  heartbeat.hear(CHANGED, () => void look());
  const stop = heartbeat.onLease(() => void look());
  return {
    watch(id, changed) {
      const watcher: Watcher = { told: new Set(), changed };
      const all = watchers.get(id) ?? new Set();
      watchers.set(id, all.add(watcher));
      // What was answered before it was watched is found now.
      void look();
      return () => {
        all.delete(watcher);
        if (all.size === 0 && watchers.get(id) === all) watchers.delete(id);
      };
    },
    close: stop,
  };
}
