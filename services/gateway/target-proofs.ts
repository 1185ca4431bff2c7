// Before a target's first session it is proved that its logins are what they should be, and again from time to time.
import type { TargetSettings } from './configuration/configuration.ts';
import type { Log } from './log.ts';
import type { Proof } from './roles/refusals.ts';

export interface TargetProofs {
  /** Why sessions to this target are refused now; null when they are not. */
  problem(target: string): string | null;
  /** The first look at each target. */
  readonly first: Promise<Record<string, Proof>>;
  close(): void;
}

export interface TargetProofDeps {
  targets: Record<string, TargetSettings>;
  /** Must not throw. */
  prove(target: TargetSettings): Promise<Proof>;
  log: Pick<Log, 'warn' | 'error' | 'info'>;
  /** Milliseconds between looks at a target that is proved, and at one that is not. */
  everyMs?: { proved: number; otherwise: number };
}

/** Starts looking at once. A target that was proved and is out of reach keeps its proof: its sessions say so themselves. */
export function makeTargetProofs({ targets, prove, log, everyMs }: TargetProofDeps): TargetProofs {
  const every = everyMs ?? { proved: 300_000, otherwise: 1_000 };
  const problems = new Map(
    Object.keys(targets).map((name): [string, string | null] => [name, 'it was not looked at yet']),
  );
  const timers = new Map<string, NodeJS.Timeout>();
  let closed = false;

  const look = async (target: TargetSettings): Promise<Proof> => {
    const proof = await prove(target);
    const before = problems.get(target.name) ?? null;
    const after = problemOf(proof, before);
    problems.set(target.name, after);
    if (after !== before) {
      if (after === null) log.info({ target: target.name }, 'the target is proved: sessions are let in');
      else log.error({ target: target.name, problem: after }, 'sessions to the target are refused');
    }
    if (!closed) {
      const timer = setTimeout(() => void look(target), after === null ? every.proved : every.otherwise);
      timers.set(target.name, timer);
    }
    return proof;
  };
  const first = Promise.all(Object.values(targets).map(async (target) => [target.name, await look(target)] as const));
  return {
    problem: (target) => (problems.has(target) ? (problems.get(target) ?? null) : 'it is not configured'),
    first: first.then((proofs) => Object.fromEntries(proofs)),
    close: () => {
      closed = true;
      for (const timer of timers.values()) clearTimeout(timer);
    },
  };
}

function problemOf(proof: Proof, before: string | null): string | null {
  switch (proof.outcome) {
    case 'proved':
      return null;
    case 'refused':
      return proof.reasons.join(' ');
    case 'unreachable':
      return before === null ? null : proof.reason;
  }
}

/** A target's logins are not what they should be: the start stops. */
export class UnfitTarget extends Error {}

/** Throws when a target could be looked at and must not be used as it is. */
export async function refuseUnfitTargets(proofs: TargetProofs): Promise<void> {
  for (const [name, proof] of Object.entries(await proofs.first)) {
    if (proof.outcome === 'refused') throw new UnfitTarget(`The target ${name} is refused. ${proof.reasons.join(' ')}`);
  }
}
