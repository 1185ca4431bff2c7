// Inputs of each entrypoint: the documented examples, the conformance suite's beginnings, and the largest that the caps admit.
import type { FactLimits } from '../../statements/findings.ts';
import type { AdminInput, ElevationRequestInput, StatementInput } from '../decision.ts';

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
    relations: [{ schema: 'public', name: 'orders', kind: 'table', access: 'select', via: null }],
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
    relations: [{ schema: 'public', name: 'orders', kind: 'table', access: 'update', via: null }],
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

/** Of the longest names that tokens and clients may have. */
const largestPrincipal = {
  ...principal,
  id: 'a'.repeat(63),
  email: `${'a'.repeat(242)}@example.com`,
  groups: Array.from({ length: 50 }, (_, i) => `group_${i}_`.padEnd(63, 'x')),
};
const largestSession = { ...session, application_name: '\u{1f642}'.repeat(100) };
/** 500 characters, of which each is two of UTF-16 and four bytes. */
const LONGEST_REASON = '\u{1f642}'.repeat(500);

/** A request to extend, with the longest of what whoever asks can choose. */
export const largestElevationInput: ElevationRequestInput = {
  ...elevationInput,
  principal: largestPrincipal,
  session: largestSession,
  reason: LONGEST_REASON,
  extends: { ...elevation, reason: LONGEST_REASON },
};

export const largestAdminInput: AdminInput = { ...adminInput, principal: largestPrincipal, subject: 'b'.repeat(63) };

/** As large as the analyser lets facts become, so that the time which a decision can take is known before it is live. */
export function largestInput(limits: FactLimits): StatementInput {
  const name = (i: number) => `relation_${String(i).padStart(4, '0')}`;
  const relations = Array.from({ length: limits.relations }, (_, i) => ({
    schema: 'public',
    name: name(i),
    kind: 'table' as const,
    access: i % 2 === 0 ? ('select' as const) : ('update' as const),
    via: null,
  }));
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
