// The policy that was activated in the ledger's database. All gateways see it, and go from one activation to the next only.
import type { FoundPolicy, PolicySource } from './policy-files.ts';
import { type Revisions, StoredWrongly } from './revisions.ts';

export interface DatabaseSourceParts {
  revisions: Revisions;
  /** Calls back when another revision is in force; the heartbeat's. */
  watch(onChange: () => void): () => void;
  /** Calls back a few times a second while the database answers; the heartbeat's. */
  onBeat?(listener: () => void): () => void;
  /** Until the database is asked again after it did not answer. */
  retryMs?: number;
}

export function makeDatabaseSource({ revisions, watch, onBeat, retryMs = 500 }: DatabaseSourceParts): PolicySource {
  let changed = () => {};
  let retry: NodeJS.Timeout | undefined;
  /** The newest activation that was seen. */
  let newest = 0;
  const found = async (): Promise<FoundPolicy> => {
    const latest = await revisions.latest();
    if (!latest) {
      const message = 'no policy was activated yet; on the host: sudoqld policy activate DIRECTORY';
      return { ok: false, problems: [{ code: 'none_activated', message }], passing: true };
    }
    const { now, before } = latest;
    const place = { seq: now.seq, before: before?.seq ?? null };
    const bad = (message: string): FoundPolicy => {
      return { ok: false, problems: [{ code: 'unusable', message }], revision: now.revision, place };
    };
    if (now.seq < newest) {
      return bad(
        `the database names activation ${now.seq}, and had one of number ${newest}: it was restored from a copy, which brings nothing back by itself; activate what is to hold, then restart this gateway`,
      );
    }
    newest = now.seq;
    try {
      const files = await revisions.files(now.content === null ? { revision: now.revision } : { content: now.content });
      if (!files) return bad(`the files of the activated revision ${now.revision} are not stored`);
      return { ok: true, files, tested: true, place };
    } catch (error) {
      if (!(error instanceof StoredWrongly)) throw error;
      return bad(error.message);
    }
  };

  return {
    async read() {
      clearTimeout(retry);
      try {
        return await found();
      } catch (error) {
        retry = setTimeout(() => changed(), retryMs).unref();
        const message = `the activated policy cannot be read: ${error instanceof Error ? error.message : error}`;
        return { ok: false, problems: [{ code: 'unreachable', message }], passing: true };
      }
    },
    candidates(onCandidate) {
      let asking = false;
      let last: string | null = null;
      const look = async () => {
        const content = await revisions.justStored();
        if (content === null || content === last) return;
        last = content;
        const files = await revisions.files({ content });
        if (files) onCandidate(files);
      };
      const stop = onBeat?.(() => {
        if (asking) return;
        asking = true;
        // Only haste is lost.
        void look()
          .catch(() => undefined)
          .finally(() => {
            asking = false;
          });
      });
      return () => stop?.();
    },
    watch(onChange) {
      changed = onChange;
      const stop = watch(onChange);
      return () => {
        clearTimeout(retry);
        changed = () => {};
        stop();
      };
    },
  };
}
