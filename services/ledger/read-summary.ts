import type { Clock } from '../contract/clock.ts';
import type { EntryDraft } from './entry.ts';

type Intent = EntryDraft & { kind: 'statement_intent' };
type Reads = EntryDraft & { kind: 'reads' };

/** `reads: summarised`: reads of one fingerprint in one session in one second become one entry. */
export interface ReadSummary {
  /** True when the draft went into a summary; false when it is to be recorded as it is. */
  take(draft: EntryDraft): boolean;
  /** Hands over what was gathered. */
  flush(): void;
}

/** So that a read is durable within a second, a summary may be given out before its second is over; the rest makes another. */
const HOLD_MS = 600;
const MAX_OPEN = 100_000;

/**
 * A read counts when it begins; its rows, or its failure, are added to the summary of the second in which it ends,
 * whose count is then 0 if none began in it.
 */
export function makeReadSummary(clock: Clock, emit: (draft: EntryDraft) => void): ReadSummary {
  const gathered = new Map<string, Reads>();
  const open = new Map<string, Intent>();
  let timer: NodeJS.Timeout | undefined;

  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    const drafts = [...gathered.values()];
    gathered.clear();
    for (const draft of drafts) emit(draft);
  };

  function summaryOf(intent: Intent): Reads {
    const second = `${clock.now().toISOString().slice(0, 19)}Z`;
    // What was decided by another revision, or on other facts, is another decision.
    const { context, facts, said } = intent.decided ?? {};
    const key = JSON.stringify([intent.session, intent.fingerprint, second, intent.revision, context, facts, said]);
    let found = gathered.get(key);
    if (!found) {
      const { session, principal, target, fingerprint, normalized, revision, decided } = intent;
      found = {
        kind: 'reads',
        session,
        principal,
        target,
        second,
        fingerprint,
        normalized,
        count: 0,
        failed: 0,
        rows: 0,
        revision,
        decided,
      };
      gathered.set(key, found);
      timer ??= setTimeout(flush, HOLD_MS);
    }
    return found;
  }

  return {
    take(draft) {
      if (draft.kind === 'statement_intent' && draft.mode === 'read') {
        if (open.size >= MAX_OPEN) return false;
        open.set(draft.statement, draft);
        summaryOf(draft).count++;
        return true;
      }
      if (draft.kind === 'statement_outcome') {
        const intent = open.get(draft.statement);
        if (!intent) return false;
        open.delete(draft.statement);
        const summary = summaryOf(intent);
        if (draft.result !== 'ok') summary.failed++;
        summary.rows += draft.rows ?? 0;
        return true;
      }
      return false;
    },
    flush,
  };
}
