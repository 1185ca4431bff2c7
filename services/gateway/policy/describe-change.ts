// What an activation changes, in words: for its entry, its notices and the history.
import type { Target } from '../../contract/words.ts';
import type { LedgerPool } from '../../ledger/ledger-pool.ts';
import type { Compiler } from '../../policy/compiler/compiler.ts';
import { summarise } from '../../policy/differences/summary.ts';
import type { Gated } from '../../policy/gate/gate.ts';
import { type Answering, readDataApart, rightsThatChange } from '../../policy/gate/judge.ts';
import { makeCandidate } from '../../policy/replay/candidate.ts';
import type { Data } from '../../policy/settings/settings.ts';
import { contentHashOf, type PolicyFiles } from '../../policy/source/policy-files.ts';
import { knownPeople } from './known-people.ts';

export interface PolicyChange {
  summary: string;
  /** Sentences: who can do what by the one and not by the other. */
  rights: string[];
}

/** Never rejects: what could not be compared is said. `before`: as files or compiled; null for the first policy. */
export type DescribeChange = (before: PolicyFiles | Gated | null, after: Gated) => Promise<PolicyChange>;

/** Of the processor. */
const READING_MS = 10_000;
const ASKING_MS = 20_000;

export interface DescribeChangeParts {
  pool: LedgerPool;
  targets: readonly Target[];
  compiler: Compiler;
  /** What this gateway decides by, which need not be compiled again. */
  inForce?: () => Gated | null;
}

/** A policy that was in force, ready to be asked; null when this version cannot compile it. */
export type Compiled = (before: PolicyFiles | Gated) => Promise<Answering | null>;

export function makeCompiled({ compiler, inForce }: Pick<DescribeChangeParts, 'compiler' | 'inForce'>): Compiled {
  return async (before) => {
    if ('module' in before) return { wasm: before.module, data: before.data };
    const active = inForce?.() ?? null;
    if (active && contentHashOf(active.files) === contentHashOf(before))
      return { wasm: active.module, data: active.data };
    const made = await makeCandidate(before, compiler);
    return made.ok ? made.candidate : null;
  };
}

export function makeDescribeChange(parts: DescribeChangeParts): DescribeChange {
  const { pool, targets } = parts;
  const compiled = makeCompiled(parts);
  const rightsOf = async (before: PolicyFiles | Gated, after: Gated): Promise<string[]> => {
    const [was, people] = [await compiled(before), await knownPeople(pool)];
    if (!was) throw new Error('this version cannot compile the policy before');
    const is = { wasm: after.module, data: after.data };
    return rightsThatChange(was, is, { people, targets: [...targets], now: new Date() }, ASKING_MS);
  };
  return async (before, after) => {
    if (!before) return { summary: summarise(null, after.files), rights: [] };
    const data = await dataOf(before);
    const documents = data ? { before: data, after: after.data } : undefined;
    const files = 'module' in before ? before.files : before;
    const rights = await rightsOf(before, after).catch((error: unknown) => [
      `what everybody can do was not compared: ${error instanceof Error ? error.message : String(error)}`,
    ]);
    return { summary: summarise(files, after.files, documents), rights };
  };
}

async function dataOf(policy: PolicyFiles | Gated): Promise<Data | null> {
  if ('module' in policy) return policy.data;
  const { data, problems } = await readDataApart(policy, READING_MS);
  return problems.length > 0 ? null : data;
}
