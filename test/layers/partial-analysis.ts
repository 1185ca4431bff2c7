// Analysis with layers taken out, so that each is seen to stop alone what it is said to stop. Only tests can compose these.
import type { Analyser, Analysis, AnalysisContext, AnalysedStatement } from '../../services/statements/analysis.ts';
import type { Catalogues } from '../../services/statements/catalogue.ts';
import { classify } from '../../services/statements/classify.ts';
import type { StatementFacts } from '../../services/statements/facts.ts';
import { Findings } from '../../services/statements/findings.ts';
import { lookUp } from '../../services/statements/meaning/meaning.ts';
import { Work } from '../../services/statements/meaning/work.ts';
import { makeParser, type Parser } from '../../services/statements/parser/parser.ts';
import type { RawStatement } from '../../services/statements/parser/parse.ts';
import { isStatement } from '../../services/statements/statement-kinds.ts';
import { DEFAULT_STRUCTURE_LIMITS, walk } from '../../services/statements/structure.ts';
import { DEFAULT_TEXT_LIMITS, readText, refusal } from '../../services/statements/text.ts';
import { makeVetting } from '../../services/statements/vetting/verdict.ts';

/** `A` text, `B` parser, `C` structure, `D` meaning, `settings` of layer E; `none` lets everything through. */
export type AnalysisLayer = 'none' | 'A' | 'B' | 'C' | 'D' | 'settings';

/** `real` still tells the session what it must know to run a statement (BEGIN, PREPARE, COPY), but not what to refuse. */
export async function onlyLayer(
  layer: AnalysisLayer,
  real: Analyser,
  catalogues: Catalogues,
): Promise<Analyser & { close(): Promise<void> }> {
  const parser = layer === 'A' || layer === 'none' || layer === 'settings' ? null : await makeParser();
  const refuse = parser ? byTree(layer, parser, catalogues) : byText(layer);
  return {
    version: real.version,
    async close() {
      await parser?.close();
    },
    async analyse(sql, context) {
      const text = typeof sql === 'string' ? sql : Buffer.from(sql).toString();
      const refused = await refuse(text, context);
      if (refused !== null && 'kind' in refused) return refused;
      const analysis = neutral(text, await real.analyse(sql, context), layer === 'settings');
      const [first] = analysis.kind === 'statements' ? analysis.statements : [];
      if (refused && first) {
        first.facts.effects.push(...refused.effects);
        first.facts.floor.push(...refused.floor);
      }
      return analysis;
    },
  };
}

type Partial = (
  text: string,
  context: AnalysisContext,
) => Promise<Analysis | Pick<StatementFacts, 'effects' | 'floor'> | null>;

const byText =
  (layer: AnalysisLayer): Partial =>
  async (text, { mode }) => {
    if (layer !== 'A') return null;
    const readable = readText(text, mode, DEFAULT_TEXT_LIMITS);
    return 'kind' in readable ? readable : null;
  };

const byTree =
  (layer: AnalysisLayer, parser: Parser, catalogues: Catalogues): Partial =>
  async (text, context) => {
    const parsed = await parser.parse({ text, bytes: Buffer.byteLength(text) });
    if (parsed.kind === 'syntax_error') return parsed;
    if (parsed.kind !== 'parsed') return refusal('not_understood', 'message' in parsed ? parsed.message : parsed.kind);
    const found = new Findings();
    if (layer === 'C') for (const { node } of parsed.statements) structure(node, context, found);
    if (layer === 'D') await meaning(parsed.statements, context, found, catalogues);
    return { effects: [...found.effects], floor: [...found.floor] };
  };

/** The kinds of statements at the top, and nodes that are not understood anywhere. */
function structure(node: RawStatement['node'], { mode }: AnalysisContext, found: Findings): void {
  classify(node, mode, found);
  const { unknown, over } = walk(node, isStatement, DEFAULT_STRUCTURE_LIMITS);
  if (unknown.length > 0 || over) found.floor.add('unknown_node');
}

/** What the names inside reach, whatever the statement's own kind is. */
async function meaning(
  statements: RawStatement[],
  context: AnalysisContext,
  found: Findings,
  catalogues: Catalogues,
): Promise<void> {
  const catalogue = catalogues.of(context.target);
  const vetting = makeVetting();
  for (const { node } of statements) {
    const walked = walk(node, isStatement, DEFAULT_STRUCTURE_LIMITS);
    if (walked.over) {
      found.floor.add('over_cap');
      continue;
    }
    for (;;) {
      const snapshot = await catalogue.get();
      const own = new Findings();
      const { searchPath, login, mode, parameterTypes = [] } = context;
      const looking = {
        snapshot,
        vetting,
        searchPath,
        login,
        mode,
        parameters: parameterTypes,
        work: new Work(),
      };
      const { needs } = lookUp(node, walked, looking, own, {});
      if (needs.size > 0) {
        await catalogue.details(snapshot, [...needs]);
        continue;
      }
      for (const effect of own.effects) found.effects.add(effect);
      for (const code of own.floor) found.floor.add(code);
      if (own.unresolved.length > 0) found.effects.add('dynamic');
      break;
    }
  }
}

const SETTINGS = new Set([
  'gateway_setting',
  'setting_in_read',
  'set_role',
  'session_authorization',
  'replication_role',
]);

/** The same statements as reads of nothing; a text that analysis would refuse as one such statement. */
function neutral(text: string, analysis: Analysis, keepSettings: boolean): Analysis {
  if (analysis.kind === 'command') return analysis;
  if (analysis.kind !== 'statements') return { kind: 'statements', statements: [bland(text)] };
  const statements = analysis.statements.map((statement): AnalysedStatement => {
    const { unresolved: _, unvetted: __, ...mechanics } = statement.mechanics;
    const floor = keepSettings ? statement.facts.floor.filter((code) => SETTINGS.has(code)) : [];
    return { ...statement, mechanics, facts: { ...statement.facts, effects: ['read'], floor } };
  });
  return { ...analysis, statements };
}

function bland(text: string): AnalysedStatement {
  const facts = new Findings().facts('SelectStmt', { normalized: '', fingerprint: '' });
  return { text, mechanics: {}, facts: { ...facts, effects: ['read'] } };
}
