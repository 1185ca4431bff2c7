// What every policy must answer before it may be live, whoever wrote it. Its author cannot edit this.
import { DEFAULT_FACT_LIMITS } from '../../statements/findings.ts';
import { Effect } from '../../statements/facts.ts';
import type { Problem } from '../compiler/messages.ts';
import { missingFieldMutants } from './mutants.ts';
import { adminInput, approvalInput, elevationInput, largestInputs, readInput, writeInput } from './sample-inputs.ts';
import { type EntrypointName, INPUTS } from '../schemas/schemas.ts';
import type { WasmPolicy } from '../wasm-policy.ts';

/** Changes when the suite does, so that what was judged by another suite is judged again. */
export const CONFORMANCE_VERSION = '8';

interface Case {
  name: string;
  entrypoint: EntrypointName;
  input: unknown;
}

const HARMLESS = ['read', 'session', 'transaction'];
const everyone = ['dev', 'security', 'admin', 'dba', 'oncall'];

/** Effects that leave something behind which acts later, or that cannot be judged: the floor has them denied on production. */
const ACTS_LATER = ['code', 'grant', 'remote', 'deferred', 'dynamic'];

/** Came later: who does not look at them is asked nothing new. A policy of before goes on, neither breaks glass nor reads checks, counts nothing and protects no column. */
const ADDED = new Set([
  'elevation break_glass',
  'elevation checks',
  'elevation recent_elevations',
  'elevation channels',
  'statement statement.relations.0.columns',
  'statement statement.relations.0.columns.read',
  'statement statement.relations.0.columns.written',
]);

/** Somebody and somewhere that no line of settings names. */
const STRANGER = 'sudoql-conformance';

/** Each must be refused: denied, not `confirm`ed, or answered with a fault. `data`: the policy's own, whose exceptions are let be. */
export function casesToRefuse(data: unknown): Case[] {
  const cases: Case[] = [];
  const refuse = (name: string, entrypoint: EntrypointName, input: unknown) => cases.push({ name, entrypoint, input });

  for (const entrypoint of Object.keys(INPUTS) as EntrypointName[]) {
    for (const input of [{}, [], 'nothing', null]) refuse(`${JSON.stringify(input)} as input`, entrypoint, input);
  }
  const effects = Effect.anyOf.map(({ const: value }) => String(value)).filter((effect) => !HARMLESS.includes(effect));
  for (const effect of effects) {
    for (const kind of ['human', 'service', 'agent']) {
      const principal = { ...readInput.principal, kind, groups: everyone };
      const statement = { ...readInput.statement, effects: ['read', effect] };
      refuse(`the effect ${effect} in read mode for a ${kind}`, 'statement', { ...readInput, principal, statement });
    }
  }
  refuse('a write in write mode without an elevation', 'statement', { ...writeInput, elevation: null });
  refuse('a statement without any effect', 'statement', {
    ...writeInput,
    statement: { ...writeInput.statement, effects: [] },
  });
  for (const effect of ACTS_LATER.filter((effect) => !isExcepted(data, effect))) {
    refuse(`the effect ${effect} in write mode on production, for which no exception is named,`, 'statement', {
      ...writeInput,
      principal: { ...writeInput.principal, groups: [STRANGER] },
      target: { name: STRANGER, labels: { environment: 'production' } },
      statement: { ...writeInput.statement, effects: ['read', effect], relations: [], functions: [], where: null },
    });
  }
  refuse('an unheard-of effect', 'statement', {
    ...readInput,
    statement: { ...readInput.statement, effects: ['mend'] },
  });
  refuse('an unheard-of mode', 'statement', { ...writeInput, mode: 'sudo' });
  refuse('an unheard-of kind of principal', 'statement', {
    ...readInput,
    principal: { ...readInput.principal, kind: 'root' },
  });

  const asking = (change: object) => ({ ...elevationInput, principal: { ...elevationInput.principal, ...change } });
  refuse('an unknown principal who elevates', 'elevation', asking({ id: 'nobody', email: null, groups: [] }));
  refuse('a token that may not elevate', 'elevation', asking({ groups: everyone, elevate: 'none' }));
  refuse(
    'a token for elevation at connect that elevates in band',
    'elevation',
    asking({ groups: everyone, elevate: 'connect' }),
  );
  refuse('an agent who elevates', 'elevation', asking({ groups: everyone, kind: 'agent' }));
  refuse('a service that elevates in band', 'elevation', asking({ groups: everyone, kind: 'service' }));
  refuse('an elevation without a reason', 'elevation', { ...elevationInput, reason: '' });
  refuse('an elevation for no time', 'elevation', { ...elevationInput, requested_seconds: 0 });
  refuse('an elevation for less than no time', 'elevation', { ...elevationInput, requested_seconds: -60 });

  const nobody = { id: 'nobody', email: null, groups: [], kind: 'human', elevate: 'none' };
  for (const action of [
    'token.create',
    'token.revoke',
    'ledger.read',
    'notice.read',
    'notice.send',
    'policy.activate',
    'policy.approve',
    'elevation.revoke',
    'elevation.show_reason',
  ]) {
    refuse(`${action} by an unknown principal`, 'admin', { ...adminInput, principal: nobody, action });
  }
  refuse('an unheard-of action', 'admin', { ...adminInput, action: 'everything' });

  const answering = (change: object) => ({ ...approvalInput, principal: { ...approvalInput.principal, ...change } });
  const { principal: asker } = approvalInput.request;
  for (const action of ['approve', 'deny', 'review']) {
    const act = (input: object) => ({ ...input, action });
    refuse(`${action} by an unknown principal`, 'approval', act({ ...approvalInput, principal: nobody }));
    refuse(`${action} of one's own request`, 'approval', act(answering({ id: asker.id })));
    refuse(`${action} under another name with the same email`, 'approval', act(answering({ email: asker.email })));
    refuse(`${action} by an agent`, 'approval', act(answering({ kind: 'agent' })));
    refuse(`${action} by a service`, 'approval', act(answering({ kind: 'service' })));
  }
  refuse('an unheard-of answer', 'approval', { ...approvalInput, action: 'wave' });
  refuse('approval where nobody is asked', 'approval', {
    ...approvalInput,
    request: { ...approvalInput.request, sets: [] },
  });

  for (const [entrypoint, base] of [
    ['statement', readInput],
    ['statement', writeInput],
    ['elevation', elevationInput],
    ['elevation', { ...elevationInput, extends: writeInput.elevation }],
    ['admin', { ...adminInput, subject: adminInput.principal.id }],
    ['approval', approvalInput],
  ] as const) {
    for (const { path, input } of missingFieldMutants(INPUTS[entrypoint], base)) {
      if (ADDED.has(`${entrypoint} ${path}`)) continue;
      refuse(`an input of ${entrypoint} without ${path}`, entrypoint, input);
    }
  }
  return cases;
}

/** Problems with a compiled policy; empty when it may be live. `data`: its own, whose names the largest inputs have. */
export function checkConformance(policy: WasmPolicy, data: unknown): Problem[] {
  const problems: Problem[] = [];
  for (const { name, entrypoint, input } of casesToRefuse(data)) {
    if (!policy.answers(entrypoint)) continue;
    const answer = policy.evaluate(entrypoint, input);
    if (answer.ok && !refused(entrypoint, answer.value)) {
      problems.push({ code: 'conformance', message: `${name} must be refused, and this policy allows it` });
    }
  }
  for (const [entrypoint, input] of [
    ['statement', readInput],
    ['statement', writeInput],
    ['elevation', elevationInput],
    ['admin', adminInput],
    ['approval', approvalInput],
  ] as const) {
    if (!policy.answers(entrypoint)) continue;
    const answer = policy.evaluate(entrypoint, input);
    if (!answer.ok) problems.push({ code: 'shape', message: answer.fault });
  }
  const slow = new Set<EntrypointName>();
  for (const [entrypoint, largest] of largestInputs(DEFAULT_FACT_LIMITS, data)) {
    // Said once.
    if (slow.has(entrypoint) || !policy.answers(entrypoint)) continue;
    const answer = policy.evaluate(entrypoint, largest);
    if (answer.ok) continue;
    slow.add(entrypoint);
    const message = `on the largest input: ${answer.fault}`;
    if (answer.stopped?.why !== 'fuel') problems.push({ code: 'shape', message });
    else problems.push({ code: 'too_slow', message, ...(answer.stopped.rule && { rule: answer.stopped.rule }) });
  }
  return problems;
}

/** Settings say in so many words that everybody may have the effect everywhere, or that production is none. */
function isExcepted(data: unknown, effect: string): boolean {
  const { settings } = (data ?? {}) as { settings?: { acts_later?: ActsLater; environments?: { relaxed?: unknown } } };
  const { acts_later: later, environments } = settings ?? {};
  const has = (list: unknown, one: string) => Array.isArray(list) && list.includes(one);
  if (later?.enabled === false || has(environments?.relaxed, 'production')) return true;
  return (later?.exceptions ?? []).some(
    ({ effects, groups, targets }) => has(effects, effect) && has(groups, '*') && has(targets, '*'),
  );
}

interface ActsLater {
  enabled?: unknown;
  exceptions?: { effects?: unknown; groups?: unknown; targets?: unknown }[];
}

function refused(entrypoint: EntrypointName, value: unknown): boolean {
  const answer = value as { allow?: boolean; result?: string };
  return entrypoint === 'elevation' ? answer.result === 'deny' : answer.allow === false;
}
