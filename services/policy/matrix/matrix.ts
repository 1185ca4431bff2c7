// Who can do what where, by asking a compiled policy for everybody that is known.
import type { Principal, Target } from '../../contract/words.ts';
import { AdminInput, type ElevationRequestInput, type Reason, type StatementInput } from '../decision.ts';
import type { EntrypointName } from '../schemas/schemas.ts';
import type { RelationFact } from '../../statements/facts.ts';
import type { WasmPolicy } from '../wasm-policy.ts';

/** No; yes; or yes where what these codes ask for is given: an hour, a ticket, a relation that is not protected. */
export type Verdict = 'no' | 'yes' | { unless: string[] };

export interface Row {
  /** The principal's id, and its kind unless it is a human; or `group:NAME` for anybody in that group alone. */
  who: string;
  target: string;
  read: Verdict;
  write: Verdict;
  ddl: Verdict;
  elevate: Verdict;
  /** At most, of one elevation. */
  minutes: number | null;
}

export interface Matrix {
  rows: Row[];
  /** Who may do which of these to sudoql itself; those who may do none are left out. */
  administer: { who: string; actions: string[] }[];
}

export const RIGHTS = ['read', 'write', 'ddl', 'elevate'] as const;
export type Right = (typeof RIGHTS)[number];

/** What shows names and no more. */
const NAMES_ALONE: ReadonlySet<string> = new Set(['elevation.list', 'elevation.show', 'target.see', 'token.list']);
/** A new one is asked about by itself. */
const ACTIONS = AdminInput.properties.action.anyOf.flatMap(({ const: action }) =>
  NAMES_ALONE.has(action) ? [] : [action],
);

/** Times to ask at when it is no now: working hours, night, weekend, and a month on. Offsets in hours from a Monday at midnight, UTC. */
const OTHER_TIMES = [3, 9, 13, 21, 5 * 24 + 13, 6 * 24 + 13, 30 * 24 + 13, 90 * 24 + 9];
const HOUR = 3_600_000;

/** Results that wait for somebody, and what for. */
const WAITS: Record<string, string> = { confirm: 'confirmation', approve: 'approval' };

/** What a reason of another form would mend; no time does. */
const OF_REASON = 'reason_form';

const session = {
  id: 'policy-matrix',
  via: 'tcp',
  application_name: 'sudoqld policy',
  client_address: '127.0.0.1',
} as const;
const FLAGS = {
  returns_rows: false,
  locking: false,
  explain: false,
  explain_analyze: false,
  resolved: true,
  copy: null,
  transaction: null,
  setting: null,
} as const;

/** Groups that settings name, each as somebody who is in no other. */
export function groupsAsPeople(data: unknown): Principal[] {
  const groups = new Set<string>();
  const look = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [key, child] of Object.entries(value)) {
      if (/groups$/.test(key))
        for (const group of Array.isArray(child) ? child : Object.keys(child ?? {}))
          if (typeof group === 'string' && group !== '*') groups.add(group);
      look(child);
    }
  };
  look((data as { settings?: unknown } | null)?.settings);
  return [...groups].sort().map((group) => ({
    id: `group:${group}`,
    email: null,
    groups: [group],
    kind: 'human',
    elevate: 'in-band',
  }));
}

/** `now`: what conditions of time are held against first. */
export function matrixOf(
  policy: WasmPolicy,
  people: readonly Principal[],
  targets: readonly Target[],
  now: Date,
): Matrix {
  const rows: Row[] = [];
  const administer: Matrix['administer'] = [];
  for (const principal of people) {
    const who = principal.kind === 'human' ? principal.id : `${principal.id} (${principal.kind})`;
    for (const target of targets) rows.push({ who, target: target.name, ...rightsOf(policy, principal, target, now) });
    const actions = ACTIONS.filter((action) => mayAdminister(policy, principal, action, now));
    if (actions.length > 0) administer.push({ who, actions });
  }
  return { rows, administer };
}

function rightsOf(policy: WasmPolicy, principal: Principal, target: Target, now: Date): Omit<Row, 'who' | 'target'> {
  const elevation = elevate(policy, principal, target, now);
  const may = (
    mode: 'read' | 'write',
    type: string,
    effects: StatementInput['statement']['effects'],
    access: 'select' | 'update' | 'ddl',
  ): Verdict => {
    const asked = (relations: StatementInput['statement']['relations']) =>
      codesOf(policy, 'statement', statement(principal, target, now, { mode, type, effects, relations }));
    const columns = COLUMNS[access];
    const one = asked([{ schema: 'public', name: 'some_relation', kind: 'table', access, via: null, columns }]);
    if (one === null) return 'no';
    if (one.length === 0) return 'yes';
    // Whether it is for that relation.
    return asked([])?.length === 0 ? { unless: one } : 'no';
  };
  const writing = (verdict: () => Verdict): Verdict =>
    elevation.verdict === 'no' ? 'no' : both(elevation.verdict, verdict());
  return {
    read: may('read', 'SelectStmt', ['read'], 'select'),
    write: writing(() => may('write', 'UpdateStmt', ['read', 'write'], 'update')),
    ddl: writing(() => may('write', 'AlterTableStmt', ['ddl'], 'ddl')),
    elevate: elevation.verdict,
    minutes: elevation.minutes,
  };
}

const COLUMNS: Readonly<Record<'select' | 'update' | 'ddl', RelationFact['columns']>> = {
  select: { read: ['some_column'], written: [] },
  update: { read: ['some_column'], written: ['some_column'] },
  ddl: { read: null, written: null },
};

function both(a: Verdict, b: Verdict): Verdict {
  if (a === 'no' || b === 'no') return 'no';
  const codes = [a, b].flatMap((one) => (one === 'yes' ? [] : one.unless));
  return codes.length === 0 ? 'yes' : { unless: [...new Set(codes)] };
}

function elevate(
  policy: WasmPolicy,
  principal: Principal,
  target: Target,
  now: Date,
): { verdict: Verdict; minutes: number | null } {
  const never = { verdict: 'no', minutes: null } as const;
  // The floor's own: no policy gives them more.
  if (principal.elevate === 'none' || principal.kind === 'agent') return never;
  const by = principal.kind === 'service' || principal.elevate === 'connect' ? 'connect' : 'in-band';
  const asked = (at: Date) => {
    const input: ElevationRequestInput = {
      ...about(principal, target, at),
      by,
      reason: 'policy matrix',
      requested_seconds: null,
      extends: null,
      break_glass: false,
      checks: {},
      recent_elevations: 0,
      channels: [],
    };
    const answer = policy.evaluate('elevation', input);
    if (!answer.ok) return null;
    const { result, reasons, max_seconds } = answer.value as { result: string; reasons: Reason[]; max_seconds: number };
    const codes = result in WAITS ? [WAITS[result] ?? ''] : [...new Set(reasons.map(({ code }) => code))];
    return { allowed: result === 'allow', codes, minutes: Math.floor(max_seconds / 60) };
  };
  const first = asked(now);
  if (!first) return never;
  if (first.allowed) return { verdict: 'yes', minutes: first.minutes };
  const conditions = new Set(first.codes);
  const rest = (codes: string[]) => codes.filter((code) => code !== OF_REASON && !Object.values(WAITS).includes(code));
  const times =
    rest(first.codes).length === 0 ? [] : OTHER_TIMES.map((hours) => new Date(mondayOf(now) + hours * HOUR));
  if (times.length === 0) return { verdict: { unless: [...conditions] }, minutes: first.minutes };
  for (const at of times) {
    const other = asked(at);
    if (!other || (!other.allowed && rest(other.codes).length > 0)) continue;
    for (const code of other.codes) conditions.add(code);
    return { verdict: { unless: [...conditions] }, minutes: other.minutes };
  }
  return never;
}

/** Midnight, UTC, of the Monday of that week: 1 January 1970 was a Thursday. */
function mondayOf(now: Date): number {
  const day = Math.floor(now.getTime() / (24 * HOUR));
  return (day - ((day + 3) % 7)) * 24 * HOUR;
}

function mayAdminister(policy: WasmPolicy, principal: Principal, action: AdminInput['action'], now: Date): boolean {
  const { version, clock } = about(principal, { name: '', labels: {} }, now);
  return codesOf(policy, 'admin', { version, principal, action, subject: null, target: null, clock })?.length === 0;
}

function about(principal: Principal, target: Target, at: Date) {
  return {
    version: 1 as const,
    principal,
    target,
    session,
    clock: { ns: at.getTime() * 1_000_000, iso: at.toISOString() },
  };
}

function statement(
  principal: Principal,
  target: Target,
  now: Date,
  { mode, ...facts }: { mode: 'read' | 'write' } & Pick<StatementInput['statement'], 'type' | 'effects' | 'relations'>,
): StatementInput {
  const until = new Date(now.getTime() + 900_000).toISOString();
  const elevation = { id: 'policy-matrix', reason: 'policy matrix', started_at: now.toISOString(), deadline: until };
  return {
    ...about(principal, target, now),
    mode,
    elevation: mode === 'write' ? elevation : null,
    statement: {
      ...facts,
      functions: [],
      where: facts.type === 'UpdateStmt' ? 'real' : null,
      flags: FLAGS,
      floor: [],
      fingerprint: '0',
      normalized: '',
    },
  };
}

/** Empty: allowed. Null: a fault, which denies. */
function codesOf(policy: WasmPolicy, entrypoint: EntrypointName, input: unknown): string[] | null {
  const answer = policy.evaluate(entrypoint, input);
  if (!answer.ok) return null;
  const { allow, reasons } = answer.value as { allow: boolean; reasons: Reason[] };
  return allow ? [] : [...new Set(reasons.map(({ code }) => code)), ...(reasons.length === 0 ? ['denied'] : [])];
}
