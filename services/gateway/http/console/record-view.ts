// What of the record a person may read: `sudoql/admin/decision` says so of whose entry it is and of where, entry by entry.
import { setImmediate } from 'node:timers/promises';
import type { Principal } from '../../../contract/words.ts';
import { foundBy } from '../../../ledger/chain/seal.ts';
import type { StoredEntry } from '../../../ledger/chain/stored-entry.ts';
import type { EntryDraft } from '../../../ledger/entry/entry.ts';
import type { Pair } from '../../../ledger/read/elevation-records.ts';
import { type EntryPage, type EntrySearch, type FoundEntries, wordsIn } from '../../../ledger/read/find-entries.ts';
import type { ConsoleDeps } from './console.ts';
import { makeElevationView } from './elevation-view.ts';
import { oncePerPair } from './once-per-pair.ts';

/** An entry as a line shows it. */
export interface Line {
  at: Date;
  kind: string;
  principal: string | null;
  target: string | null;
  elevation: string | null;
  session: string | null;
  words: string;
  hash: string;
}

export function makeRecordView(deps: Pick<ConsoleDeps, 'permissions' | 'records' | 'targets' | 'data'>) {
  const { permissions, targets, data } = deps;
  const { targetOf } = makeElevationView(deps);
  const mayRead = (who: Principal, { principal, target }: { principal: string | null; target: string | null }) =>
    permissions.may(who, 'ledger.read', principal, target === null ? null : targetOf(target)).allowed;

  /** Null where everything is for them to read; else of whom and where something is. Asked first: a page cuts what they may see. */
  async function among(who: Principal, search: EntrySearch): Promise<Pair[] | null> {
    if (mayRead(who, { principal: null, target: null })) return null;
    // One's own, too, where there are more people than are looked up.
    const principals =
      search.principal === undefined ? new Set([...(await data.principals()), who.id]) : [search.principal];
    const places = [null, ...targets.map(({ name }) => name)];
    const pairs: Pair[] = [];
    for (const principal of principals) {
      for (const target of places)
        if (mayRead(who, { principal, target })) pairs.push({ principal, target: target ?? '' });
      // Many people on many targets are many decisions: sessions go on in between.
      await setImmediate();
    }
    return pairs;
  }

  return {
    async find(
      who: Principal,
      search: EntrySearch,
      page: EntryPage,
    ): Promise<{ lines: Line[]; next: FoundEntries['next'] }> {
      const pairs = await among(who, search);
      if (pairs?.length === 0) return { lines: [], next: null };
      const { entries, next } = await data.entries({ ...search, ...(pairs && { among: pairs }) }, page);
      return { lines: entries.map(lineOf).filter(oncePerPair((line: Line) => mayRead(who, line))), next };
    },
  };
}

/** By what its text says, not by its columns. */
function lineOf({ body, at, kind, hash }: StoredEntry): Line {
  const entry = JSON.parse(body) as EntryDraft;
  const { principal, target, elevation, session } = foundBy(entry);
  return { at: new Date(at), kind, principal, target, elevation, session, words: wordsIn(entry), hash };
}
