// Before a target's first session it is proved that its logins are what they should be, and again from time to time. Between the
// proofs it is asked whether it answers at all, and sessions that cannot reach it say so.
import type { TargetSettings } from '../config/configuration.ts';
import type { Log } from '../log.ts';
import type { Proof } from './doctor/refusals.ts';

export interface TargetProofs {
  /** Why sessions to this target are refused now; null when they are not. One that was proved and is out of reach says so itself. */
  problem(target: string): string | null;
  /** Why sessions to it cannot be had now, refused or not: for /readyz and metrics. */
  trouble(target: string): string | null;
  /** A session could not reach it (`why`), or lost it (null: which proves nothing). It is looked at again at once. */
  doubt(target: string, why: string | null): void;
  /** The first look at each target. */
  readonly first: Promise<Record<string, Proof>>;
  close(): void;
}

export interface TargetProofDeps {
  targets: Record<string, TargetSettings>;
  /** Must not throw. */
  prove(target: TargetSettings): Promise<Proof>;
  /** Why it does not answer, or null. Must not throw. */
  reach(target: TargetSettings): Promise<string | null>;
  log: Pick<Log, 'warn' | 'error' | 'info'>;
  /** Milliseconds between proofs of a target that is proved, between asking it whether it answers, and between looks at one that is in trouble. */
  everyMs?: { proved: number; reach: number; otherwise: number };
}

const EVERY = { proved: 300_000, reach: 5_000, otherwise: 1_000 };

interface Watched {
  problem: string | null;
  away: string | null;
  provedAt: number;
  /** In what its logins differ, as it was last said. */
  unlike: string;
  /** Looks at once, or as soon as the look under way is over. */
  hasten(): void;
}

/** Starts looking at once. A target that was proved and is out of reach keeps its proof. */
export function makeTargetProofs({ targets, prove, reach, log, everyMs = EVERY }: TargetProofDeps): TargetProofs {
  const watched = new Map<string, Watched>();
  let closed = false;

  const note = (target: string, state: Watched, problem: string | null, away: string | null) => {
    const before = state.problem ?? state.away;
    const after = problem ?? away;
    state.problem = problem;
    state.away = away;
    if (after === before) return;
    if (after === null) log.info({ target }, 'the target is proved: sessions are let in');
    else if (problem === null) log.warn({ target, problem: away }, 'the target does not answer');
    else log.error({ target, problem }, 'sessions to the target are refused');
  };

  const look = async (target: TargetSettings, state: Watched): Promise<Proof> => {
    const proof = await prove(target);
    if (proof.outcome === 'unasked' && state.problem === null) {
      // Proved before, and it answers: what all replicas share is the ledger's trouble, not this target's.
      note(target.name, state, null, null);
    } else if (proof.outcome === 'unreachable' || proof.outcome === 'unasked') {
      note(target.name, state, state.problem === null ? null : proof.reason, proof.reason);
    } else {
      state.provedAt = performance.now();
      note(target.name, state, proof.outcome === 'refused' ? proof.reasons.join(' ') : null, null);
      const differ = proof.outcome === 'proved' ? (proof.unlike ?? []).join(' ') : state.unlike;
      if (differ !== state.unlike && differ !== '')
        log.warn({ target: target.name, differ }, "the target's logins differ");
      state.unlike = differ;
    }
    return proof;
  };
  const again = async (target: TargetSettings, state: Watched): Promise<void> => {
    while (!closed) {
      const troubled = state.problem !== null || state.away !== null;
      await rest(state, troubled ? everyMs.otherwise : everyMs.reach);
      if (closed) return;
      if (state.problem !== null || state.away !== null || performance.now() - state.provedAt >= everyMs.proved) {
        await look(target, state);
      } else {
        const away = await reach(target);
        if (away !== null) note(target.name, state, null, away);
      }
    }
  };
  /** Hurries at most once in `otherwise`: who makes many connections fail makes few looks. */
  const rest = (state: Watched, ms: number): Promise<void> =>
    new Promise((resolve) => {
      const began = performance.now();
      let timer = setTimeout(resolve, ms);
      state.hasten = () => {
        clearTimeout(timer);
        timer = setTimeout(resolve, Math.min(ms, Math.max(0, everyMs.otherwise - (performance.now() - began))));
      };
    });

  const first = Promise.all(
    Object.values(targets).map(async (target) => {
      const state: Watched = {
        problem: 'it was not looked at yet',
        away: null,
        provedAt: Number.NEGATIVE_INFINITY,
        unlike: '',
        hasten: () => {},
      };
      watched.set(target.name, state);
      const proof = await look(target, state);
      void again(target, state);
      return [target.name, proof] as const;
    }),
  );
  const unknown = 'it is not configured';
  return {
    problem: (target) => (watched.has(target) ? (watched.get(target)?.problem ?? null) : unknown),
    trouble(target) {
      const state = watched.get(target);
      return state ? (state.problem ?? state.away) : unknown;
    },
    doubt(target, why) {
      const state = watched.get(target);
      if (!state) return;
      if (why !== null && state.problem === null) note(target, state, null, why);
      state.hasten();
    },
    first: first.then((proofs) => Object.fromEntries(proofs)),
    close: () => {
      closed = true;
      for (const state of watched.values()) state.hasten();
    },
  };
}

/** A target's logins are not what they should be: the start stops. */
export class UnfitTarget extends Error {}

/** Throws when a target could be looked at and must not be used as it is. */
export async function refuseUnfitTargets(proofs: TargetProofs): Promise<void> {
  for (const [name, proof] of Object.entries(await proofs.first)) {
    if (proof.outcome === 'refused') throw new UnfitTarget(`The target ${name} is refused. ${proof.reasons.join(' ')}`);
  }
}
