// The active policy of a gateway: the last candidate that passed the gate.
import { type CompiledCache, makeCompiledCache, noCache } from './compiler/compiled-cache.ts';
import { type Compiler, makeCompiler } from './compiler/compiler.ts';
import type {
  AdminDecision,
  ApprovalDecision,
  ElevationDecision,
  Evaluated,
  Policy,
  Reason,
  StatementDecision,
} from './decision.ts';
import { describeRefusal, type Gated, gate, type GateParts, type Refused } from './gate/gate.ts';
import { plainReasons } from './plain-reasons.ts';
import { makeDirectorySource } from './source/directory-source.ts';
import { makeLastGood } from './source/last-good.ts';
import {
  type FoundPolicy,
  type PolicyFiles,
  type PolicySource,
  contentHashOf,
  revisionOf,
} from './source/policy-files.ts';
import type { EntrypointName } from './schemas/schemas.ts';
import type { VettedFunction } from '../statements/vetting/verdict.ts';
import { summarise } from './differences/summary.ts';
import { makeOwnSettings, makeVetted } from './settings/vetted.ts';

export interface PolicyOptions {
  /** A policy's root: the folder that holds `sudoql/`. Or `source`. */
  directory?: string;
  source?: PolicySource;
  /** Follow changes; default true. */
  watch?: boolean;
  /**
   * Where compiled policies are kept between starts (made with mode 0700); without it each start compiles. Also where the last good
   * policy of a database is kept.
   */
  cacheDirectory?: string;
  /** What is kept of compiled policies is read and written through this. Default: as it is. */
  through?: (disk: CompiledCache) => CompiledCache;
  /** A policy is judged by one at a time of those who share this: the next finds it compiled. Default: nobody else. */
  inTurn?: <T>(name: string, act: () => Promise<T>) => Promise<T>;
  /** A revision went into force; `previous` is null at the start. `summary`: one line on what changed. */
  onActivated?: (now: Gated, previous: Gated | null, summary: string) => void;
  /** A candidate was refused, and what was in force stays so. `problem`: a few lines for a Rego author. */
  onRefused?: (problem: string, revision: string | null) => void;
  /** Which findings of the linter refuse a policy, and whether tests must reach what is new in it (gate/gate.ts). */
  lint?: GateParts['lint'];
  coverage?: GateParts['coverage'];
  /** For tests. */
  compiler?: Compiler;
}

export interface ActivePolicy extends Policy {
  /** What is decided by now; null when nothing is. */
  readonly inForce: Gated | null;
  /** Functions that the revision in force vets for reads of a target; the same array while nothing changed. */
  vetted(target: string): readonly VettedFunction[];
  /** Prefixes of settings that it lets reads of a target set. */
  ownSettings(target: string): readonly string[];
  /** Settles when the first candidate was judged; never rejects. `problem` says how it went. */
  readonly ready: Promise<void>;
  /** `files` may be in force next: their judgement, when it is good, is used then. Without one they are judged now. */
  prepare(files: PolicyFiles, judged?: Promise<Gated | Refused>): void;
  /** Reads the source again and judges what it finds. */
  reload(): Promise<void>;
  close(): Promise<void>;
}

/** Until an activated policy that this gateway could not use is judged once more. */
const RETRY_MS = 30_000;

/** Builds the policy and starts to load it. Until `ready`, and while nothing usable was found, every decision is a fault. */
export function makePolicy(options: PolicyOptions): ActivePolicy {
  const source = options.source ?? makeDirectorySource(required(options.directory));
  const disk = options.cacheDirectory ? makeCompiledCache(options.cacheDirectory) : noCache;
  const cache = options.through?.(disk) ?? disk;
  const inTurn = options.inTurn ?? ((_: string, act: () => Promise<Gated | Refused>) => act());
  const compiler = options.compiler ?? makeCompiler();
  const lastGood = options.cacheDirectory ? makeLastGood(options.cacheDirectory) : null;
  let active: Gated | null = null;
  /** It came from this gateway's disk, for what is activated cannot be used. */
  let fromDisk = false;
  let vetted = makeVetted(null);
  let ownSettings = makeOwnSettings(null);
  let problem: string | null = 'the policy is being loaded';
  let closed = false;
  let judging: Promise<void> | null = null;
  let again: Promise<void> | null = null;
  let retry: NodeJS.Timeout | undefined;
  /** What was refused was refused for the machine's sake. */
  let tryAgain = false;
  let prepared: { content: string; candidate: Promise<Gated | Refused | null> } | null = null;

  const refuse = (why: string, revision: string | null) => {
    const repeated = problem === why;
    problem = why;
    if (!repeated) options.onRefused?.(why, revision);
  };

  const refusing = {
    ...(options.lint && { lint: options.lint }),
    ...(options.coverage && { coverage: options.coverage }),
  };
  const gateInTurn = (files: PolicyFiles, parts: GateParts) =>
    inTurn(`policy ${contentHashOf(files)}`, () => gate(files, parts));

  const prepare = (files: PolicyFiles, judged?: Promise<Gated | Refused>): void => {
    const content = contentHashOf(files);
    if (closed || prepared?.content === content || (active && contentHashOf(active.files) === content)) return;
    const candidate = judged ?? gateInTurn(files, { compiler, cache, tested: true });
    prepared = { content, candidate: candidate.catch(() => null) };
  };

  /** Judges what was found; what is good is in force when it resolves. */
  const take = async (files: PolicyFiles, tested: boolean): Promise<string | null> => {
    // What was saved is what is in force: nothing to judge.
    if (active && contentHashOf(active.files) === contentHashOf(files)) {
      fromDisk = false;
      return null;
    }
    const early = tested && prepared?.content === contentHashOf(files) ? await prepared.candidate : null;
    const candidate = early?.ok
      ? early
      : await gateInTurn(files, { compiler, cache, tested, before: active?.files ?? null, ...refusing });
    if (closed) return null;
    if (!candidate.ok) {
      // Nothing was found wrong with it: the machine had no time to look.
      if (candidate.problems.some(({ code }) => code === 'host_busy')) tryAgain = true;
      return describeRefusal(candidate.problems);
    }
    const previous = active;
    fromDisk = false;
    if (previous?.revision === candidate.revision) return null;
    active = candidate;
    vetted = makeVetted(candidate.data);
    ownSettings = makeOwnSettings(candidate.data);
    const data = previous ? { before: previous.data, after: candidate.data } : undefined;
    const summary = summarise(previous?.files ?? null, candidate.files, data);
    options.onActivated?.(candidate, previous, summary);
    return null;
  };

  const judge = async (): Promise<void> => {
    tryAgain = false;
    const found = await source.read();
    const why = found.ok ? await take(found.files, found.tested ?? false) : describeRefusal(found.problems);
    if (closed) return;
    if (why === null) {
      problem = null;
      if (found.ok && found.place) void lastGood?.write(found.place.seq, found.files);
      return;
    }
    if (!found.ok && found.passing) {
      problem = why;
      return;
    }
    // Somebody activated it, so this gateway is behind the others: it may have been slow, or short of memory, for once.
    if ((found.place || tryAgain) && !closed) retry = setTimeout(() => void reload(), RETRY_MS).unref();
    if (!active) await fallBack(found);
    if (closed) return;
    const revision = found.ok ? revisionOf(found.files) : (found.revision ?? null);
    refuse(`${why}${found.place ? instead() : ''}`, revision);
  };

  const instead = (): string => {
    if (!active) return '';
    return `\nIn force instead: ${active.revision}, ${fromDisk ? "the last good one from this gateway's disk" : 'which it had before'}.`;
  };

  /** Only what the unusable one superseded: no start brings back anything older. */
  const fallBack = async ({ place }: FoundPolicy): Promise<void> => {
    const kept = place ? await lastGood?.read() : null;
    if (!place || !kept || (kept.seq !== place.seq && kept.seq !== place.before)) return;
    fromDisk = (await take(kept.files, true)) === null && active !== null;
  };

  const guarded = () =>
    judge().catch((error: unknown) =>
      refuse(`the policy could not be judged: ${error instanceof Error ? error.message : error}`, null),
    );

  // One at a time; who asks while one is under way gets one more after it, for that one may have read too early.
  const reload = (): Promise<void> => {
    if (closed) return Promise.resolve();
    clearTimeout(retry);
    if (!judging) {
      judging = guarded().finally(() => {
        judging = null;
      });
      return judging;
    }
    again ??= judging.then(() => {
      again = null;
      return reload();
    });
    return again;
  };

  const evaluate = <D>(entrypoint: EntrypointName, input: unknown): Evaluated<D> => {
    const current = active;
    if (!current) return { ok: false, fault: 'no policy is in force', revision: null };
    const start = performance.now();
    const answer = current.policy.evaluate(entrypoint, input);
    if (!answer.ok) return { ok: false, fault: answer.fault, revision: current.revision };
    const microseconds = (performance.now() - start) * 1000;
    const lasting = !current.policy.readsClock(entrypoint);
    const decision = answer.value as D & { reasons: Reason[] };
    decision.reasons = plainReasons(decision.reasons);
    return { ok: true, decision, revision: current.revision, microseconds, lasting };
  };

  const stopWatching = options.watch === false ? () => {} : watchSafely(source, () => void reload(), refuse);
  const stopPreparing = source.candidates?.((files) => prepare(files));
  return {
    statement: (input) => evaluate<StatementDecision>('statement', input),
    elevation: (input) => evaluate<ElevationDecision>('elevation', input),
    admin: (input) => evaluate<AdminDecision>('admin', input),
    approval: (input) => evaluate<ApprovalDecision>('approval', input),
    vetted: (target) => vetted(target),
    ownSettings: (target) => ownSettings(target),
    get inForce() {
      return active;
    },
    get revision() {
      return active?.revision ?? null;
    },
    get problem() {
      return problem;
    },
    ready: reload(),
    prepare,
    reload,
    close: async () => {
      closed = true;
      clearTimeout(retry);
      stopWatching();
      stopPreparing?.();
      if (!options.compiler) await compiler.close();
    },
  };
}

function required(directory: string | undefined): string {
  if (directory === undefined) throw new Error('makePolicy needs a directory or a source.');
  return directory;
}

function watchSafely(
  source: PolicySource,
  onChange: () => void,
  refuse: (why: string, revision: null) => void,
): () => void {
  try {
    return source.watch(onChange);
  } catch (error) {
    refuse(`the policy cannot be watched: ${error instanceof Error ? error.message : error}`, null);
    return () => {};
  }
}
