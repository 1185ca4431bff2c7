// Inputs of each entrypoint: the documented examples, the conformance suite's beginnings, and the largest that the caps admit.
import type { FactLimits } from '../../statements/findings.ts';
import type { AdminInput, ApprovalInput, ElevationRequestInput, StatementInput } from '../decision.ts';
import type { EntrypointName } from '../schemas/schemas.ts';

const principal = { id: 'ana', email: 'ana@example.com', groups: ['dev'], kind: 'human', elevate: 'in-band' } as const;
const target = { name: 'shop', labels: { environment: 'production' } };
const session = { id: '0192f0c1', via: 'tcp', application_name: 'psql', client_address: '127.0.0.1' } as const;
const clock = { ns: 1_795_000_000_000_000_000, iso: '2026-11-18T11:06:40.000Z' };
const elevation = {
  id: '0192f0c2',
  reason: 'fix order 4211',
  started_at: '2026-11-18T11:00:00.000Z',
  deadline: '2026-11-18T11:15:00.000Z',
};

/** A SELECT in read mode. */
export const readInput: StatementInput = {
  version: 1,
  principal: { ...principal, groups: [...principal.groups] },
  target,
  session,
  mode: 'read',
  elevation: null,
  statement: {
    type: 'SelectStmt',
    effects: ['read'],
    relations: [
      {
        schema: 'public',
        name: 'orders',
        kind: 'table',
        access: 'select',
        via: null,
        columns: { read: ['id'], written: [] },
      },
    ],
    functions: [
      { schema: 'pg_catalog', name: 'count', signature: 'pg_catalog.count()', volatility: 'immutable', vetted: true },
    ],
    where: null,
    flags: {
      returns_rows: true,
      locking: false,
      explain: false,
      explain_analyze: false,
      resolved: true,
      copy: null,
      transaction: null,
      setting: null,
    },
    floor: [],
    fingerprint: '50fde20626009aba',
    normalized: 'SELECT count(*) FROM orders WHERE id = $1',
  },
  clock,
};

/** An UPDATE of a row in write mode. */
export const writeInput: StatementInput = {
  ...readInput,
  mode: 'write',
  elevation,
  statement: {
    ...readInput.statement,
    type: 'UpdateStmt',
    effects: ['read', 'write'],
    relations: [
      {
        schema: 'public',
        name: 'orders',
        kind: 'table',
        access: 'update',
        via: null,
        columns: { read: ['id'], written: ['status'] },
      },
    ],
    where: 'real',
    flags: { ...readInput.statement.flags, returns_rows: false },
    fingerprint: 'b1d07c7e2d8f5a11',
    normalized: 'UPDATE orders SET status = $1 WHERE id = $2',
  },
};

export const elevationInput: ElevationRequestInput = {
  version: 1,
  principal: { ...principal, groups: [...principal.groups] },
  target,
  session,
  by: 'in-band',
  reason: 'fix order 4211',
  requested_seconds: null,
  extends: null,
  break_glass: false,
  checks: {},
  recent_elevations: 2,
  channels: [{ name: 'team-mail', failing_seconds: 0 }],
  clock,
};

export const adminInput: AdminInput = {
  version: 1,
  principal: { ...principal, groups: [...principal.groups] },
  action: 'elevation.show',
  subject: 'ben',
  target,
  clock,
};

/** Ben is asked about a request of ana's. */
export const approvalInput: ApprovalInput = {
  version: 1,
  principal: { id: 'ben', email: 'ben@example.com', groups: ['dba'], kind: 'human', elevate: 'in-band' },
  action: 'approve',
  target,
  request: {
    id: 'req_0192f0c3',
    principal: { ...principal, groups: [...principal.groups] },
    reason: 'fix order 4211',
    seconds: 900,
    age_seconds: 40,
    sets: [
      {
        name: 'dba',
        count: 1,
        people: ['cleo'],
        groups: ['dba'],
        channels: ['dba'],
        wider: [{ after_seconds: 900, people: ['dora'], groups: ['oncall'], channels: ['oncall'] }],
      },
    ],
  },
  clock,
};

/** Of one token. */
const MOST_GROUPS = 50;
/** Sets of one request. */
export const MOST_SETS = 10;
/** Of the configuration. */
export const MOST_CHECKS = 10;

/** Of the longest names that tokens and clients may have. */
const largestPrincipal = {
  ...principal,
  id: 'a'.repeat(63),
  email: `${'a'.repeat(242)}@example.com`,
  groups: Array.from({ length: MOST_GROUPS }, (_, i) => `group_${i}_`.padEnd(63, 'x')),
};
const largestSession = { ...session, application_name: '\u{1f642}'.repeat(100) };
/** 500 characters, of which each is two of UTF-16 and four bytes. */
const LONGEST_REASON = '\u{1f642}'.repeat(500);

const LARGEST_CHECK = { answered: true, status: 200, answer: { text: 'x'.repeat(4_000) } };

/** A request to extend, with the longest of what whoever asks can choose. */
export const largestElevationInput: ElevationRequestInput = {
  ...elevationInput,
  principal: largestPrincipal,
  session: largestSession,
  reason: LONGEST_REASON,
  extends: { ...elevation, reason: LONGEST_REASON },
  checks: Object.fromEntries(Array.from({ length: MOST_CHECKS }, (_, i) => [`check_${i}`, LARGEST_CHECK])),
};

/** As many sets as are looked at, of as many names. */
export const largestApprovalInput: ApprovalInput = {
  ...approvalInput,
  principal: largestPrincipal,
  request: {
    ...approvalInput.request,
    principal: largestPrincipal,
    reason: LONGEST_REASON,
    sets: Array.from({ length: MOST_SETS }, (_, i) => ({
      name: `set_${i}`,
      count: 1,
      people: Array.from({ length: 50 }, (_, n) => `person_${n}`),
      groups: Array.from({ length: 50 }, (_, n) => `team_${n}`),
      channels: [],
      wider: [],
    })),
  },
};

export const largestAdminInput: AdminInput = { ...adminInput, principal: largestPrincipal, subject: 'b'.repeat(63) };

/** A relation, or a column of one. */
interface Named {
  schema: string;
  name: string;
  column?: string;
}

/** As large as the analyser lets facts become, so that the time which a decision can take is known before it is live. */
export function largestInput(limits: FactLimits, named: readonly Named[] = []): StatementInput {
  const name = (i: number) => `relation_${String(i).padStart(4, '0')}`;
  // As many as can be told, in names as short as they come.
  const columns = Array.from(
    { length: Math.floor(limits.columnNames / limits.relations / '"c00",'.length) },
    (_, i) => `c${i}`,
  );
  const relations = Array.from({ length: limits.relations }, (_, i) => {
    const { schema = 'public', name: own = name(i), column } = named[i] ?? {};
    const used = column === undefined ? columns : [column, ...columns.slice(1)];
    return {
      schema,
      name: own,
      kind: 'table' as const,
      access: i % 2 === 0 ? ('select' as const) : ('update' as const),
      via: null,
      columns: i % 2 === 0 ? { read: used, written: [] } : { read: [], written: used },
    };
  });
  const functions = Array.from({ length: limits.functions }, (_, i) => ({
    schema: 'pg_catalog',
    name: `f${i}`,
    signature: `pg_catalog.f${i}()`,
    volatility: 'stable' as const,
    vetted: true,
  }));
  const facts = { ...writeInput.statement, relations, functions, where: 'none' as const };
  const rest = Math.max(0, limits.bytes - Buffer.byteLength(JSON.stringify(facts)));
  return {
    ...writeInput,
    principal: largestPrincipal,
    session: largestSession,
    elevation: { ...elevation, reason: LONGEST_REASON },
    statement: { ...facts, normalized: 'x'.repeat(rest) },
  };
}

/**
 * The largest of each entrypoint, and the largest that the policy's own data is about: somebody in as many of its groups as one can
 * be, on one of its targets, with its relations. A list that is only looked at for those whom it names costs nothing otherwise.
 */
export function largestInputs(limits: FactLimits, data: unknown): [EntrypointName, unknown][] {
  const inputs: [EntrypointName, unknown][] = [
    ['statement', largestInput(limits)],
    ['elevation', largestElevationInput],
    ['admin', largestAdminInput],
    ['approval', largestApprovalInput],
  ];
  const { groups, targets, relations } = namesIn(data);
  const principal = { ...largestPrincipal, groups: [...groups, ...largestPrincipal.groups].slice(0, MOST_GROUPS) };
  const named = relations.map((pattern): Named => {
    const [schema = '', name = '', column] = pattern.replaceAll('*', 'x').split('.');
    return { schema, name, ...(column !== undefined && { column }) };
  });
  for (const name of targets.length > 0 ? [targets.at(0), targets.at(-1)] : [target.name]) {
    const about = { principal, target: { ...target, name: name ?? target.name } };
    inputs.push(
      ['statement', { ...largestInput(limits, named), ...about }],
      ['elevation', { ...largestElevationInput, ...about }],
      ['admin', { ...largestAdminInput, ...about }],
      ['approval', { ...largestApprovalInput, ...about }],
    );
  }
  return inputs;
}

/** Whatever stands in lists of groups, targets, relations and columns anywhere in the data, each once; groups that most lines are about first. */
function namesIn(data: unknown): { groups: string[]; targets: string[]; relations: string[] } {
  const lines = new Map<string, number>();
  const [targets, relations] = [new Set<string>(), new Set<string>()];
  const about = (group: unknown, count: number) => {
    if (typeof group === 'string' && group !== '*') lines.set(group, (lines.get(group) ?? 0) + count);
  };
  const look = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [key, child] of Object.entries(value)) {
      if (key === 'groups' && Array.isArray(child)) for (const group of child) about(group, 1);
      else if (key === 'groups')
        for (const [group, one] of Object.entries(child ?? {})) about(group, Array.isArray(one) ? one.length : 1);
      if (Array.isArray(child)) {
        for (const text of child.filter((one) => typeof one === 'string')) {
          if (key === 'targets') targets.add(text.replaceAll('*', 'x'));
          else if (/^[^.\s]+\.[^.\s]+(\.[^.\s]+)?$/.test(text)) relations.add(text);
        }
      }
      look(child);
    }
  };
  look(data);
  const groups = [...lines].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).map(([group]) => group);
  return { groups, targets: [...targets], relations: [...relations] };
}
