import type { Command } from 'commander';
import { nearest } from '../../contract/nearest.ts';
import type { TraceEvent } from '../compiler/messages.ts';
import { allows, decide, type Decided } from './decide.ts';
import { type InputOptions, prepareInputs, withInput } from './decision-input.ts';
import { NO, type PolicyCommandParts, say, USAGE, withDirectory, withJson } from './parts.ts';

interface Explanation {
  rule: string;
  place: string;
  /** It gave a reason, a limit or a permission. */
  fired: boolean;
  /** Conditions of that rule's package that did not hold, with the values that they looked at. */
  failed: { place: string; condition: string; values: Record<string, unknown> }[];
  /** Rules of that package that held: of a rule that did not fire, what kept it from it. */
  held: string[];
}

interface ExplainOptions extends InputOptions {
  directory: string;
  json: boolean;
  rule?: string;
}

export function registerExplain(policy: Command, parts: PolicyCommandParts): void {
  withInput(withJson(withDirectory(policy.command('explain'))))
    .summary('why not: the conditions that did not hold')
    .description(
      'For each rule that gave a reason: which of its conditions would have let the statement pass, and why they did not. With --rule, of that rule, also when it gave none.',
    )
    .option('-r, --rule <name>', 'this rule alone, by its folder: whole_table')
    .addHelpText(
      'after',
      `
Examples:
  sudoqld policy explain "DELETE FROM orders" --mode write --target shop --config sudoql.yaml
  sudoqld policy explain "SELECT 1" --rule protected --config sudoql.yaml`,
    )
    .action(async (sql: string | undefined, options: ExplainOptions) => {
      const decided = await decide(await prepareInputs(sql, options, parts), options, parts);
      const explained = decided.map((one) => ({
        decision: one.decision,
        why: options.rule === undefined ? explain(one) : explainRule(one, options.rule, parts),
      }));
      if (options.json) say(parts, JSON.stringify(explained));
      else for (const { decision, why } of explained) print(decision, why, parts);
      if (!decided.every(({ decision }) => allows(decision))) throw parts.fail('', NO);
    });
}

function explain({ trace, input, fired, entrypoint, decision }: Decided): Explanation[] {
  if (entrypoint === 'admin') return allows(decision) ? [] : explainPermits(trace, input);
  return fired
    .filter((rule) => /\.deny \(/.test(rule))
    .map((fact) => {
      const [rule = '', place = ''] = fact.split(' ');
      const failed = distinct(failuresOf(trace, rule, false), input);
      return { rule, place: place.slice(1, -1), fired: true, failed, held: [] };
    });
}

/** What one rule looked at, whether or not it gave a reason. */
function explainRule({ trace, input, fired }: Decided, name: string, parts: PolicyCommandParts): Explanation[] {
  const asked = trace.filter(({ op, rule }) => op === 'Enter' && /\.(deny|limit|permit)$/.test(rule ?? ''));
  const ours = asked.filter(({ rule = '' }) => `.${rule}`.split('.').slice(0, -1).join('.').endsWith(`.${name}`));
  if (ours.length === 0) {
    const known = [...new Set(asked.map(({ rule = '' }) => rule.split('.').at(-2) ?? ''))];
    const meant = nearest(name, known);
    throw parts.fail(
      `No rule that was asked is called ${name}${meant ? `; did you mean ${meant}?` : `: there are ${known.join(', ')}`}`,
      USAGE,
    );
  }
  const places = new Map(ours.map(({ rule = '', file, row }) => [`${rule} (${file}:${row})`, rule]));
  return [...places].map(([fact, rule]) => {
    const prefix = rule.slice(0, rule.lastIndexOf('.') + 1);
    const held = trace.filter((event) => event.op === 'Exit' && event.rule !== rule && event.rule?.startsWith(prefix));
    return {
      rule,
      place: fact.slice(rule.length + 2, -1),
      fired: fired.includes(fact),
      failed: distinct(failuresOf(trace, rule, true), input),
      held: [...new Set(held.map((event) => `${event.file}:${event.row}: ${event.text}`))],
    };
  });
}

/** What nothing permits is explained by the rules that could have. */
function explainPermits(trace: TraceEvent[], input: unknown): Explanation[] {
  const entered = trace.filter(({ op, rule }) => op === 'Enter' && rule?.endsWith('.permit'));
  const places = new Map(entered.map(({ rule = '', file, row }) => [rule, `${file}:${row}`]));
  return [...places].map(([rule, place]) => {
    const failed = distinct(failuresOf(trace, rule, true), input);
    return { rule, place, fired: false, failed, held: [] };
  });
}

/** Conditions of the rule's package that failed; those of the rule itself only when it is them that permit. */
function failuresOf(trace: TraceEvent[], rule: string, itself: boolean): TraceEvent[] {
  const ours = rule.slice(0, rule.lastIndexOf('.') + 1);
  return trace.filter(
    (event) => event.op === 'Fail' && event.rule?.startsWith(ours) && (itself || event.rule !== rule),
  );
}

function distinct(events: TraceEvent[], input: unknown): Explanation['failed'] {
  const seen = new Set<string>();
  const failed: Explanation['failed'] = [];
  for (const { file, row, text, vars } of events) {
    const place = `${file}:${row}`;
    if (seen.has(place)) continue;
    seen.add(place);
    failed.push({ place, condition: text, values: { ...inputValues(text, input), ...vars } });
  }
  return failed;
}

/** Values of `input.a.b` that the condition's text names; undefined ones are said to be missing. */
function inputValues(text: string, input: unknown): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const [path] of text.matchAll(/\binput(?:\.\w+)+/g)) {
    let at: unknown = input;
    for (const key of path.split('.').slice(1)) {
      at =
        typeof at === 'object' && at !== null && Object.hasOwn(at, key)
          ? (at as Record<string, unknown>)[key]
          : undefined;
    }
    values[path] = at === undefined ? 'missing' : at;
  }
  return values;
}

function print(decision: unknown, why: Explanation[], parts: PolicyCommandParts): void {
  const { reasons = [] } = (decision ?? {}) as { reasons?: { code: string; message: string; remedy: string }[] };
  say(parts, allows(decision) ? 'allowed' : 'not allowed');
  for (const { code, message, remedy } of reasons) {
    say(parts, `  ${code}: ${message}`);
    say(parts, `    remedy: ${remedy}`);
  }
  for (const { rule, place, fired, failed, held } of why) {
    say(parts);
    say(parts, `${rule} (${place})${fired || held.length === 0 ? '' : ': gave nothing'}`);
    if (held.length > 0) say(parts, '  these held:');
    for (const one of held) say(parts, `    ${one}`);
    if (failed.length > 0) say(parts, held.length > 0 ? '  these did not:' : '  none of these held:');
    for (const one of failed) {
      say(parts, `    ${one.place}: ${one.condition}`);
      for (const [name, value] of Object.entries(one.values)) say(parts, `        ${name} = ${JSON.stringify(value)}`);
    }
  }
}
