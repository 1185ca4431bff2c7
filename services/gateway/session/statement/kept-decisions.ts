// Permissions that a session need not ask policy for again. Denials are always asked for.
import type { Analysis, Mechanics } from '../../../statements/analysis.ts';
import type { StatementFacts } from '../../../statements/facts.ts';
import type { Allowed, DecisionContext } from './guard.ts';

type Permission = Omit<Allowed, 'uncounted' | 'further' | 'actsAtOnce'>;

interface Kept {
  allowed: Permission;
  context: DecisionContext;
  /** The ReadyForQuery that it was made after. */
  batch: object;
  /** Monotonic, milliseconds. */
  at: number;
}

/** How long a permission that may depend on the clock counts as of this moment, in one batch. Milliseconds. */
const MOMENT_MS = 100;
const MOST = 256;

/**
 * A permission holds as long as what it was made from: the facts, the context and the revision are the same objects and the same hash,
 * and no rule reads the clock. Where one does, Parse, Bind, Describe and Execute of one batch are one moment.
 */
export class KeptDecisions {
  readonly #kept = new Map<StatementFacts, Kept>();
  /** Whole texts, as long as their analysis is known. */
  #lately: Analysis | null = null;
  readonly #whole = new WeakMap<Analysis, { allowed: Allowed[]; context: DecisionContext }>();

  find(
    facts: StatementFacts,
    context: DecisionContext,
    revision: string | null,
    batch: object,
    now: number,
  ): Permission | null {
    const kept = this.#kept.get(facts);
    if (!kept) return null;
    const { allowed } = kept;
    const same = kept.context === context && allowed.revision === revision;
    if (same && (allowed.lasting || (kept.batch === batch && now - kept.at <= MOMENT_MS))) return allowed;
    this.#kept.delete(facts);
    return null;
  }

  keep(allowed: Permission, context: DecisionContext, batch: object, at: number): void {
    if (this.#kept.size >= MOST) this.#kept.clear();
    this.#kept.set(allowed.facts, { allowed, context, batch, at });
  }

  /** All statements of a text whose analysis is the same object: the same text, by the same catalogue and vetted functions. */
  findAll(analysis: Analysis, context: DecisionContext, revision: string | null): Allowed[] | null {
    const kept = this.#whole.get(analysis);
    if (!kept || kept.context !== context) return null;
    return kept.allowed.every((each) => each.revision === revision) ? kept.allowed : null;
  }

  /** Only what hangs on nothing else is kept: no clock, no statement, cursor or portal that the session holds. From the second time on. */
  keepAll(analysis: Analysis, allowed: Allowed[], context: DecisionContext): void {
    if (this.#lately !== analysis) {
      this.#lately = analysis;
      return;
    }
    if (allowed.every(({ lasting, statement }) => lasting && standsAlone(statement.mechanics)))
      this.#whole.set(analysis, { allowed, context });
  }
}

function standsAlone({ executes, fetches, prepares, declares }: Mechanics): boolean {
  return executes === undefined && fetches === undefined && prepares === undefined && declares === undefined;
}
