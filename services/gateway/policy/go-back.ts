// Back to a policy that was in force before, by somebody whom policy permits: an activation like any other, with all gates, and a request where
// others must approve. What goes past policy is the host's alone (`sudoqld policy rollback`).
import type { Principal } from '../../contract/words.ts';
import type { PolicyFiles } from '../../policy/source/policy-files.ts';
import { type Activation, filesIfWhole, type Revisions } from '../../policy/source/revisions.ts';
import type { Activate, ActivationResult } from './activation.ts';

/** How far back. */
const HISTORY = 1_000;

export interface Earlier {
  /** In force when it was looked at. */
  now: Activation;
  to: Activation;
  /** Lines: what differs from what is in force; null where that cannot be said, for its files are no longer stored whole. */
  difference: string[] | null;
}

export type GoneBack = ActivationResult | { kind: 'under_way' } | { kind: 'unknown' };

export interface GoBack {
  /** Null where that revision was never in force, is in force now, or its files are gone. */
  look(revision: string): Promise<Earlier | null>;
  /** `expected`: the revision that they saw in force. `opens`: so many refusals of the last days are meant to be permissions. */
  to(revision: string, seen: { expected: string; opens: number }, principal: Principal): Promise<GoneBack>;
}

export interface GoBackDeps {
  revisions: Pick<Revisions, 'history' | 'files'>;
  activate: Activate;
  difference(before: PolicyFiles, after: PolicyFiles): Promise<string[]>;
}

export function makeGoBack({ revisions, activate, difference }: GoBackDeps): GoBack {
  /** Each is compiled and tested: one at a time of each person. */
  const underWay = new Set<string>();
  const filesOf = ({ revision, content }: Activation) =>
    filesIfWhole(revisions, content === null ? { revision } : { content });
  const find = async (revision: string) => {
    const [now, ...before] = (await revisions.history(HISTORY)).filter(({ by }) => by !== null);
    const to = before.find((each) => each.revision === revision);
    if (!now || !to || now.revision === revision) return null;
    const files = await filesOf(to);
    return files && { now, to, files };
  };
  return {
    async look(revision) {
      const found = await find(revision);
      if (!found) return null;
      const { now, to, files } = found;
      const inForce = await filesOf(now);
      return { now, to, difference: inForce && (await difference(inForce, files)) };
    },
    async to(revision, seen, { id }) {
      if (underWay.has(id)) return { kind: 'under_way' };
      underWay.add(id);
      try {
        const found = await find(revision);
        if (!found) return { kind: 'unknown' };
        return await activate({ files: found.files, actor: { principal: id }, ...seen });
      } finally {
        underWay.delete(id);
      }
    },
  };
}
