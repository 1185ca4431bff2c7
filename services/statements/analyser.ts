// SQL text → facts: text, parser, structure, meaning, in this order; the first that refuses ends it.
import { setImmediate } from 'node:timers/promises';
import type { Analyser, Analysis, AnalysedStatement, AnalysisContext } from './analysis.ts';
import { analyseStatement, type StatementLimits, type StatementMeaning } from './analyse-statement.ts';
import type { Catalogue, Catalogues } from './catalogue.ts';
import type { Snapshot } from './catalogue-snapshot.ts';
import { makeFactsCache } from './facts-cache.ts';
import { DEFAULT_FACT_LIMITS } from './findings.ts';
import { hiddenCommand, inBandCommand } from './in-band.ts';
import { cutter } from './parser/cut.ts';
import { DEFAULT_STEPS, OverWork, type StepLimits, Work } from './meaning/work.ts';
import type { Parsed } from './parser/parse.ts';
import { makeParser, type Parser, type ParserOptions } from './parser/parser.ts';
import { makeSharedFacts } from './shared-facts.ts';
import { DEFAULT_STRUCTURE_LIMITS, walk } from './structure.ts';
import { isStatement } from './statement-kinds.ts';
import { copyOf, remadeBy } from './remakes.ts';
import { DEFAULT_TEXT_LIMITS, type ReadableText, readText, refusal, type TextLimits } from './text.ts';
import { makeVetting, type VettedFunction, type Vetting } from './vetting/verdict.ts';

/** Raised whenever the same text could give other facts than before. */
export const ANALYSER_VERSION = '21';

export interface AnalyserOptions {
  catalogues: Catalogues;
  /**
   * Functions that the security team vetted for a target. Asked at each analysis: give the same array while nothing
   * changed, another one when something did.
   */
  vetted?(target: string): readonly VettedFunction[];
  /** Prefixes of settings that it lets reads set there (`app` of `app.tenant`); they change together with the functions. */
  ownSettings?(target: string): readonly string[];
  text?: Partial<TextLimits>;
  parser?: ParserOptions;
  /** What looking up one text's names may cost; see meaning/work.ts. */
  steps?: Partial<StepLimits>;
  /** Texts kept in the cache of facts. */
  cached?: number;
}

export interface CatalogueAnalyser extends Analyser {
  /** DDL took effect on a target: to be called after the commit (or after each such statement outside a transaction). */
  catalogueChanged(target: string): void;
  close(): Promise<void>;
}

/** How often an analysis may ask for details: views over views over views. */
const ROUNDS = 32;

/** Starts two threads; `close` ends them and closes the catalogues. */
export function makeAnalyser(options: AnalyserOptions): CatalogueAnalyser {
  const { catalogues, vetted = () => NONE } = options;
  const textLimits = { ...DEFAULT_TEXT_LIMITS, ...options.text };
  const limits: StatementLimits = { facts: DEFAULT_FACT_LIMITS, structure: DEFAULT_STRUCTURE_LIMITS };
  const cache = makeFactsCache(options.cached ?? 2_000);
  const facts = makeSharedFacts();
  let parser: Parser | null = null;
  const starting = makeParser(options.parser).then((made) => {
    parser = made;
    return made;
  });
  // A parser that cannot start refuses every statement; see `later`.
  starting.catch(() => undefined);
  const vettings = new WeakMap<readonly VettedFunction[], { vetting: Vetting; id: number }>();
  let lists = 0;

  const vettingFor = (target: string) => {
    const list = vetted(target);
    const known = vettings.get(list);
    if (known) return known;
    const made = { vetting: makeVetting(() => list, options.ownSettings?.(target)), id: ++lists };
    vettings.set(list, made);
    return made;
  };

  /** The analysis against one snapshot, or what has to be fetched first. */
  const against = (
    snapshot: Snapshot,
    readable: ReadableText,
    parsed: Parsed,
    context: AnalysisContext,
  ): Result | Promise<Result> => {
    const { vetting } = vettingFor(context.target);
    const meaning = { snapshot, vetting, work: new Work({ ...DEFAULT_STEPS, ...options.steps }) };
    const pieces = analyseParsed(readable, parsed, context, meaning, limits);
    const advance = (): IteratorResult<void, Result> => {
      try {
        return pieces.next();
      } catch (error) {
        return { done: true, value: overOrFault(error) };
      }
    };
    const first = advance();
    return first.done ? first.value : finish(advance);
  };

  /** `key`: from before the analysis, for the list of vetted functions may have changed while it paused. */
  const remember = (key: string, readable: ReadableText, context: AnalysisContext, analysis: Analysis) => {
    if (unresolved(analysis)) return analysis;
    const shared = facts.share(analysis);
    cache.set(readable, context, key, shared.analysis, shared.bytes);
    return shared.analysis;
  };

  const keyOf = (snapshot: Snapshot, context: AnalysisContext) => `${snapshot.id}.${vettingFor(context.target).id}`;

  /** Against the snapshot at hand, if that is enough. */
  const atOnce = (
    parsed: Parsed,
    readable: ReadableText,
    context: AnalysisContext,
  ): Analysis | Promise<Analysis> | null => {
    const nameless = withoutNames(parsed);
    if (nameless) return nameless;
    const snapshot = catalogues.of(context.target).current;
    if (!snapshot) return null;
    const key = keyOf(snapshot, context);
    const enough = (result: Result) =>
      'needs' in result || unresolved(result) ? null : remember(key, readable, context, result);
    const result = against(snapshot, readable, parsed, context);
    if (!(result instanceof Promise)) return enough(result);
    return result.then((done) => enough(done) ?? asking(parsed, readable, context));
  };

  /** With a snapshot and details fetched for it. */
  const asking = async (parsed: Parsed, readable: ReadableText, context: AnalysisContext): Promise<Analysis> => {
    try {
      const catalogue: Catalogue = catalogues.of(context.target);
      let snapshot = await catalogue.get();
      let again = true;
      for (let round = 0; round < ROUNDS; round++) {
        const key = keyOf(snapshot, context);
        const result = await against(snapshot, readable, parsed, context);
        if ('needs' in result) await catalogue.details(snapshot, result.needs);
        else if (unresolved(result) && again) {
          again = false;
          snapshot = await catalogue.refresh();
        } else return remember(key, readable, context, result);
      }
      return refusal(
        'limit_exceeded',
        `the statement reaches through more than ${ROUNDS} levels of views and functions`,
        'Ask what they are made of.',
      );
    } catch (error) {
      return refusal('target_unreachable', `the target's catalogue cannot be read: ${withoutPlace(error)}`);
    }
  };

  const judge = (parsed: Parsed, readable: ReadableText, context: AnalysisContext) =>
    atOnce(parsed, readable, context) ?? asking(parsed, readable, context);

  const later = async (parsed: Promise<Parsed>, readable: ReadableText, context: AnalysisContext): Promise<Analysis> =>
    parsed.then(
      async (done) => {
        // A large tree has just been read, in this turn.
        await setImmediate();
        if (standsForOthers(done, context.parameterTypes)) return judge(done, readable, context);
        const { principal } = context;
        const numbered = starting.then((made) => made.parse(readable, principal, true));
        return numbered.then((each) => judge(each, readable, context));
      },
      (error: unknown) => refusal('not_understood', `the parser cannot start: ${String(error)}`),
    );

  const analyse = (sql: Uint8Array | string, context: AnalysisContext): Analysis | Promise<Analysis> => {
    const snapshot = catalogues.of(context.target).current;
    // What is in the cache was readable in this mode.
    const known = typeof sql === 'string' && snapshot && cache.get(sql, context, keyOf(snapshot, context));
    if (known) return known;
    const readable = readText(sql, context.mode, textLimits);
    if ('kind' in readable) return readable;
    const parsed = parser
      ? parser.parse(readable, context.principal)
      : starting.then((made) => made.parse(readable, context.principal));
    return parsed instanceof Promise ? later(parsed, readable, context) : judge(parsed, readable, context);
  };

  /** To a reader, what asks for READ WRITE and does nothing else asks for READ ONLY, and is judged as what is sent. */
  const asForReader = (analysis: Analysis, context: AnalysisContext): Analysis | Promise<Analysis> => {
    const instead = onlyAsksToWrite(analysis);
    if (instead === null) return analysis;
    const { parameterTypes: _, ...rest } = context;
    const judged = analyse(instead, rest);
    return judged instanceof Promise ? judged.then((done) => sent(done, instead)) : sent(judged, instead);
  };

  return {
    version: ANALYSER_VERSION,
    analyse(sql, context) {
      const analysis = analyse(sql, context);
      if (context.mode !== 'read') return analysis;
      return analysis instanceof Promise
        ? analysis.then((done) => asForReader(done, context))
        : asForReader(analysis, context);
    },
    catalogueChanged(target) {
      catalogues.of(target).changed();
    },
    async close() {
      await Promise.all([starting.then((made) => made.close()).catch(() => undefined), catalogues.close()]);
    },
  };
}

/**
 * Whether parameters that were cut from lists are what those that stand for them are: declared of one type; or left open and in no
 * other place, which might make them something else.
 */
function standsForOthers(parsed: Parsed, declared: readonly number[] = []): boolean {
  if (parsed.kind !== 'parsed' || !parsed.parameters) return true;
  const repeated = new Set(parsed.parameters.repeated);
  const typeOf = (number: number) => declared[number - 1] ?? 0;
  return parsed.parameters.alike.every(([first = 0, ...others]) => {
    const type = typeOf(first);
    if (type === 0 && repeated.has(first)) return false;
    return others.every((each) => typeOf(each) === type && (type !== 0 || !repeated.has(each)));
  });
}

function onlyAsksToWrite(analysis: Analysis): string | null {
  if (analysis.kind !== 'statements') return null;
  const [only, another] = analysis.statements;
  return another ? null : (only?.mechanics.asReadOnly ?? null);
}

const sent = (analysis: Analysis, instead: string): Analysis =>
  analysis.kind === 'statements' ? { ...analysis, instead } : analysis;

/** An analysis, or the relations whose details it needs first. */
type Result = Analysis | { needs: number[] };

/** One piece in each turn of the event loop. */
async function finish(advance: () => IteratorResult<void, Result>): Promise<Result> {
  for (;;) {
    await setImmediate();
    const next = advance();
    if (next.done) return next.value;
  }
}

function overOrFault(error: unknown): Analysis {
  if (error instanceof OverWork)
    return refusal('limit_exceeded', error.message, 'Name the columns that you need, or send it in parts.');
  if (error instanceof RangeError) return tooDeep();
  return refusal('not_understood', `analysis failed: ${error instanceof Error ? error.message : String(error)}`);
}

/** As PostgreSQL's own "statement too complex". What is over may have met its grammar's limit or the stack's before ours. */
const tooDeep = (): Analysis & { kind: 'refused' } =>
  refusal(
    'too_complex',
    `statement is nested too deeply: more than ${DEFAULT_STRUCTURE_LIMITS.depth} levels are not judged`,
    'Each UNION, JOIN or + of a chain is a level too: divide it, or use a list, VALUES or a temporary table.',
  );

const NONE: readonly VettedFunction[] = [];

/** What needs no catalogue: errors, commands, empty texts. */
function withoutNames(parsed: Parsed): Analysis | null {
  if (parsed.kind === 'syntax_error') return parsed;
  if (parsed.kind === 'too_large')
    return refusal('limit_exceeded', parsed.message, 'Send it in parts, or the rows by COPY.');
  if (parsed.kind === 'too_deep') return tooDeep();
  if (parsed.kind === 'failed') return refusal('not_understood', `the parser could not finish: ${parsed.message}`);
  if (parsed.statements.length === 0) return { kind: 'statements', statements: [] };
  const command = inBandCommand(parsed.statements);
  return command && { kind: 'command', command };
}

/** Errors of the network and of the server have a code, and name addresses and logins, which clients never see. */
function withoutPlace(error: unknown): string {
  return error instanceof Error && !('code' in error) ? error.message : 'it cannot be reached';
}

function unresolved(analysis: Analysis): boolean {
  return analysis.kind === 'statements' && analysis.statements.some(({ facts }) => !facts.flags.resolved);
}

/** How names resolve for the next statement of the same text. The end of a transaction may bring another path back. */
function pathAfter({ mechanics }: AnalysedStatement, before: string | null): string | null {
  if (mechanics.searchPath !== undefined) return mechanics.searchPath;
  const { transaction } = mechanics;
  return transaction === 'commit' || transaction === 'rollback' || transaction === 'rollback_to' ? null : before;
}

/** Yields where other sessions should have their turn. */
function* analyseParsed(
  readable: ReadableText,
  parsed: Parsed,
  context: AnalysisContext,
  meaning: StatementMeaning,
  limits: StatementLimits,
): Generator<void, Result> {
  if (parsed.kind !== 'parsed') return withoutNames(parsed) ?? { kind: 'statements', statements: [] };
  const most = limits.structure.statements;
  if (parsed.statements.length > most)
    return refusal(
      'limit_exceeded',
      `a text of ${parsed.statements.length} statements is over the limit of ${most}`,
      'Send them in several texts.',
    );
  const cut = cutter(readable);
  const statements: AnalysedStatement[] = [];
  const needs = new Set<number>();
  let { searchPath, remade = null } = context;
  for (const raw of parsed.statements) {
    if (meaning.work.next()) yield;
    const structure = walk(raw.node, isStatement, limits.structure);
    if (structure.over === 'depth') return tooDeep();
    if (structure.over)
      return refusal(
        'limit_exceeded',
        `statement has too many parts to be judged: more than ${limits.structure.nodes}`,
        'Send it in parts.',
      );
    const hidden = hiddenCommand(raw.node, structure);
    if (hidden !== null) return { kind: 'command_not_alone', name: hidden };
    const looked = yield* analyseStatement(
      raw,
      structure,
      cut(raw),
      { ...context, searchPath, remade },
      meaning,
      limits,
    );
    if ('kind' in looked) return looked;
    searchPath = pathAfter(looked.statement, searchPath);
    const { remakes } = looked.statement.mechanics;
    if (remakes) remade = remadeBy(remade === context.remade ? copyOf(remade) : remade, remakes);
    for (const oid of looked.reach.needs) needs.add(oid);
    statements.push(looked.statement);
  }
  return needs.size > 0 ? { needs: [...needs] } : { kind: 'statements', statements };
}
