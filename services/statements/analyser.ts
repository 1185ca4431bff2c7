// SQL text → facts: text, parser, structure, meaning, in this order; the first that refuses ends it.
import type { Analyser, Analysis, AnalysedStatement, AnalysisContext } from './analysis.ts';
import { analyseStatement, type StatementLimits } from './analyse-statement.ts';
import { makeFactsCache } from './facts-cache.ts';
import { DEFAULT_FACT_LIMITS } from './findings.ts';
import { hiddenCommand, inBandCommand } from './in-band.ts';
import { type Parsed, parse, type RawStatement } from './parse.ts';
import { DEFAULT_STRUCTURE_LIMITS, walk } from './structure.ts';
import { isStatement } from './statement-kinds.ts';
import { DEFAULT_TEXT_LIMITS, type ReadableText, readText, refusal, type TextLimits } from './text.ts';

/** Raised whenever the same text could give other facts than before. */
export const ANALYSER_VERSION = '1';

export interface AnalyserOptions {
  text?: Partial<TextLimits>;
  /** Texts kept in the cache of facts. */
  cached?: number;
}

/** Needs `loadParser()` done. */
export function makeAnalyser(options: AnalyserOptions = {}): Analyser {
  const textLimits = { ...DEFAULT_TEXT_LIMITS, ...options.text };
  const limits: StatementLimits = { facts: DEFAULT_FACT_LIMITS, structure: DEFAULT_STRUCTURE_LIMITS };
  const cache = makeFactsCache(options.cached ?? 2_000);

  return {
    version: ANALYSER_VERSION,
    analyse(sql: Uint8Array | string, context: AnalysisContext): Analysis {
      const readable = readText(sql, context.mode, textLimits);
      if ('kind' in readable) return readable;
      const known = cache.get(readable.text, context, '');
      if (known) return known;
      const analysis = analyseParsed(readable, parse(readable.text), context, limits);
      cache.set(readable, context, '', analysis);
      return analysis;
    },
  };
}

function analyseParsed(
  readable: ReadableText,
  parsed: Parsed,
  context: AnalysisContext,
  limits: StatementLimits,
): Analysis {
  if (parsed.kind === 'syntax_error') return parsed;
  if (parsed.kind === 'failed') return refusal('not_understood', `the parser could not finish: ${parsed.message}`);
  const command = inBandCommand(parsed.statements);
  if (command) return { kind: 'command', command };
  const cut = cutter(readable);
  const statements: AnalysedStatement[] = [];
  for (const raw of parsed.statements) {
    const structure = walk(raw.node, isStatement, limits.structure);
    if (structure.over) return refusal('limit_exceeded', `statement is too large (${structure.over})`);
    const hidden = hiddenCommand(raw.node, structure);
    if (hidden !== null) return { kind: 'command_not_alone', name: hidden };
    const statement = analyseStatement(raw.node, structure, cut(raw), context, limits);
    if ('kind' in statement) return statement;
    statements.push(statement);
  }
  return { kind: 'statements', statements };
}

/** Cuts statements out at UTF-8 byte offsets; `location` and `length` count bytes, JavaScript's strings do not. */
function cutter({ text, bytes }: ReadableText): (raw: RawStatement) => string {
  const ascii = bytes === text.length;
  const buffer = ascii ? null : Buffer.from(text);
  return ({ location, length }) => {
    const end = length === 0 ? bytes : location + length;
    const cut = buffer ? buffer.toString('utf8', location, end) : text.slice(location, end);
    return cut.trim();
  };
}
