// Evaluates pages of recorded decisions by one policy, and answers with those that come out otherwise.
import { isDeepStrictEqual } from 'node:util';
import { parentPort, workerData } from 'node:worker_threads';
import type { Reason } from '../decision.ts';
import { plainReasons } from '../plain-reasons.ts';
import { loadWasmPolicy, type WasmPolicy } from '../wasm-policy.ts';
import type { RecordedDecision, Result } from './decisions.ts';
import type { Candidate, Difference, Evaluated, PageMessage } from './evaluators.ts';

const port = parentPort;
if (!port) throw new Error('evaluate-worker.ts runs as a worker thread.');
const candidate = workerData as Candidate;
const loading = loadWasmPolicy(candidate.wasm, candidate.data);
loading.catch(() => undefined);

port.on('message', async ({ id, decisions, parts }: PageMessage) => {
  try {
    port.postMessage({ id, evaluated: evaluatePage(await loading, decisions, new Map(parts)) });
  } catch (error) {
    port.postMessage({ id, fault: error instanceof Error ? error.message : String(error) });
  }
});

function evaluatePage(
  policy: WasmPolicy,
  decisions: readonly RecordedDecision[],
  parts: ReadonlyMap<string, string>,
): Evaluated {
  const parsed = new Map<string, object>();
  const part = (hash: string): object | null => {
    let value = parsed.get(hash);
    const text = value ? undefined : parts.get(hash);
    if (text !== undefined) {
      value = JSON.parse(text) as object;
      parsed.set(hash, value);
    }
    return value ?? null;
  };
  const evaluated: Evaluated = { differences: [], gone: [], faults: 0 };
  for (const [index, decision] of decisions.entries()) {
    const context = part(decision.context);
    const statement = decision.facts === null ? null : withColumns(part(decision.facts));
    if (decision.result === null || !context || (decision.facts !== null && !statement)) {
      evaluated.gone.push(index);
      continue;
    }
    const clock = { ns: Date.parse(decision.clock) * 1e6, iso: decision.clock };
    const input = statement ? { ...context, statement, clock } : { ...before(decision.entrypoint), ...context, clock };
    const answer = policy.evaluate(decision.entrypoint, input);
    const { result, codes, terms } = answer.ok ? said(answer.value) : FAULT;
    if (!answer.ok) evaluated.faults++;
    const same = result === decision.result;
    const otherTerms = same && result !== 'deny' && !isDeepStrictEqual(terms, decision.terms);
    if (!same || otherTerms || (result === 'deny' && codes.join() !== decision.codes.join()))
      evaluated.differences.push({ index, result, codes, terms: otherTerms });
  }
  return evaluated;
}

/** What inputs have that were recorded before there was such a thing: nobody could ask for it. */
const before = (entrypoint: RecordedDecision['entrypoint']): object =>
  entrypoint === 'elevation' ? { break_glass: false, checks: {}, recent_elevations: 0, channels: [] } : {};

const NOT_TOLD = { read: null, written: null };

/** Of facts that were recorded before they named columns: any may have been used. */
function withColumns(facts: object | null): object | null {
  const { relations } = (facts ?? {}) as { relations?: unknown };
  if (!Array.isArray(relations)) return facts;
  return { ...facts, relations: relations.map((relation: object) => ({ columns: NOT_TOLD, ...relation })) };
}

interface Said extends Pick<Difference, 'result' | 'codes'> {
  terms: object;
}

const FAULT: Said = { result: 'deny', codes: ['fault'], terms: {} };

/** As the gateway records it. */
function said(value: unknown): Said {
  const { allow, result, reasons, obligations, ...terms } = value as {
    allow?: boolean;
    result?: Result;
    reasons: Reason[];
    obligations?: object;
  };
  return {
    result: result ?? (allow ? 'allow' : 'deny'),
    codes: plainReasons(reasons).map(({ code }) => code),
    terms: obligations ?? terms,
  };
}
