// Sequences of function, path and replacement against one rule: what ran was vetted with the body it had. Functions say what ran.
import { close, execute, FLUSH, parse, query, SYNC } from '../../services/gateway/wire/frames.ts';
import { type Gateway, makeGateway } from '../helpers/gateway.ts';
import type { Cluster } from '../helpers/postgres.ts';
import { bindText, Raw } from '../wire/raw-client.ts';
import { openPolicy } from '../wire/stage.ts';
import {
  DATABASE,
  type JudgedScene,
  makeJudgedScene,
  pickTheme,
  type Theme,
  UNVETTED,
  writing,
} from './judged-scene.ts';
import { makeRandom, type Random } from './random.ts';

export interface JudgedFuzz {
  sequences: number;
  /** Messages that were answered, and those that got an error. */
  answered: number;
  refused: number;
  /** How often a function of the scene ran. */
  ran: number;
  /** Sequences in which something ran that nobody vetted, or (`seen: false`) something was written after all. */
  findings: string[];
  /** What the gateway itself took for its own fault. */
  faults: string[];
}

export interface JudgedOptions {
  seed: number;
  count?: number;
  milliseconds?: number;
  /**
   * Whether a replacement is told to the gateway, as its next look at the catalogue would. Untold, what replaces writes, and nothing
   * of it may last.
   */
  seen: boolean;
}

export async function fuzzJudged(target: Cluster, ledger: Cluster, options: JudgedOptions): Promise<JudgedFuzz> {
  const { seed, count = Number.POSITIVE_INFINITY, milliseconds = Number.POSITIVE_INFINITY, seen } = options;
  const scene = await makeJudgedScene(target);
  const gateway = await makeGateway({
    ledger,
    name: DATABASE,
    reader: scene.config('reader'),
    writer: scene.config('writer'),
    control: scene.config('control'),
    policy: openPolicy(),
    vetted: scene.vetted,
    refreshMs: 3_600_000,
  });
  const random = makeRandom(seed);
  const result: JudgedFuzz = { sequences: 0, answered: 0, refused: 0, ran: 0, findings: [], faults: gateway.faults };
  const until = performance.now() + milliseconds;
  try {
    while (result.sequences < count && performance.now() < until) {
      const theme = pickTheme(random);
      await play(scene, gateway, random, theme, seen, result);
      await scene.restore(theme.callees);
      gateway.analyser.catalogueChanged(DATABASE);
      result.sequences++;
    }
  } finally {
    await gateway.close();
    await scene.close();
  }
  return result;
}

async function play(
  scene: JudgedScene,
  gateway: Gateway,
  random: Random,
  theme: Theme,
  seen: boolean,
  result: JudgedFuzz,
): Promise<void> {
  const raw = await Raw.open(gateway.through({ user: 'ben' }));
  const script: string[] = [];
  const state: State = {
    inBlock: false,
    savepoint: false,
    theme,
    statements: new Map(),
    cursors: new Set(),
    portals: new Set(),
  };
  try {
    // What the gateway knows by the time that something is replaced.
    await raw.ask(query('SET search_path = a, b; SELECT late(1)'));
    for (let left = 3 + random.below(12); left > 0; left--) {
      if (random.chance(0.25)) {
        const text = replacement(random, theme, seen);
        script.push(`-- past the gateway: ${text}`);
        await scene.owner.query(text);
        if (seen) gateway.analyser.catalogueChanged(DATABASE);
        continue;
      }
      const { messages, words } = random.chance(0.5) ? simple(random, state) : extended(random, state);
      script.push(words);
      const heard = await raw.ask(messages);
      result.answered++;
      const errors = heard.filter((word) => word.startsWith('E('));
      if (errors.length > 0) result.refused++;
      // A transaction that failed says nothing more.
      const failed = heard.at(-1) === 'Z(E)' && random.chance(0.8);
      const status = failed ? (await raw.ask(query('ROLLBACK'))).at(-1) : heard.at(-1);
      state.inBlock = status === 'Z(T)';
      if (status !== 'Z(T)') for (const set of [state.cursors, state.portals]) set.clear();
      const notices = raw.asides.splice(0).filter((word) => word.includes(' ran '));
      result.ran += notices.length;
      const [found] = notices.filter((word) => word.includes(UNVETTED));
      if (found !== undefined) {
        result.findings.push([...script, found].join('\n'));
        return;
      }
    }
  } catch (error) {
    // A function that left READ ONLY for good may cost the session: that is an end, not a finding.
    if (seen) result.findings.push([...script, String(error)].join('\n'));
  } finally {
    raw.destroy();
  }
  if (seen) return;
  const { rows } = await scene.owner.query('SELECT FROM a.log');
  if (rows.length > 0) result.findings.push(script.join('\n'));
}

function replacement(random: Random, { callees }: Theme, seen: boolean): string {
  const each = random.pick(callees);
  if (!seen) return writing(each, random);
  if (each.shadow && random.chance(0.3)) return `DROP FUNCTION IF EXISTS ${each.signature}`;
  return each.make(random.chance(0.6) ? UNVETTED : 'vetted');
}

const PATHS = ['a', 'b', 'a, b', 'b, a', 'b, pg_catalog', 'a, "$user"'] as const;

function setting(random: Random): string {
  const path = random.pick(PATHS);
  return random.pick([
    `SET search_path = ${path}`,
    `SET search_path = ${path}`,
    `SET LOCAL search_path = ${path}`,
    `SELECT set_config('search_path', '${path}', ${random.chance(0.5)})`,
    'RESET search_path',
    "SET DateStyle = 'ISO'",
  ]);
}

/** What the script believes that there is, so that most of what it says has a meaning. */
interface State {
  theme: Theme;
  inBlock: boolean;
  savepoint: boolean;
  /** How many parameters each has. */
  statements: Map<string, number>;
  cursors: Set<string>;
  portals: Set<string>;
}

function statement(random: Random, state: State): string {
  const kind = random.below(12);
  if (kind < 3) return setting(random);
  if (kind < 5) return transaction(random, state);
  const call = random.pick(state.theme.calls);
  const selects = call.startsWith('SELECT') ? call : 'SELECT late(x) FROM rows';
  if (kind < 7 && state.inBlock) return cursor(random, state, selects);
  if (kind < 9) return prepared(random, state, selects);
  return call;
}

function transaction(random: Random, state: State): string {
  if (!state.inBlock) {
    state.inBlock = random.chance(0.9);
    return state.inBlock ? 'BEGIN' : random.pick(['COMMIT', 'ROLLBACK']);
  }
  if (!state.savepoint) state.savepoint = random.chance(0.5);
  else if (random.chance(0.7))
    return random.pick(['ROLLBACK TO SAVEPOINT s', 'RELEASE SAVEPOINT s; SAVEPOINT s', 'SAVEPOINT s']);
  if (state.savepoint && random.chance(0.5)) return 'SAVEPOINT s';
  state.inBlock = state.savepoint = false;
  return random.pick(['COMMIT', 'COMMIT', 'ROLLBACK']);
}

function cursor(random: Random, state: State, selects: string): string {
  const [known] = state.cursors;
  if (known !== undefined && random.chance(0.7)) return `FETCH ${random.pick(['1', 'ALL'])} FROM ${known}`;
  const name = random.pick(['c', 'd', 'opened']);
  state.cursors.add(name);
  return name === 'opened' ? 'SELECT a.opens(1)' : `DECLARE ${name} CURSOR FOR ${selects}`;
}

function prepared(random: Random, state: State, selects: string): string {
  const name = random.pick(['s', 't']);
  const parameters = state.statements.get(name);
  if (parameters === undefined) {
    state.statements.set(name, random.below(2));
    return `PREPARE ${name} AS ${state.statements.get(name) === 0 ? selects : random.pick(state.theme.typed)}`;
  }
  if (random.chance(0.8)) return `EXECUTE ${name}${parameters > 0 ? '(1)' : ''}`;
  state.statements.delete(name);
  return `DEALLOCATE ${name}`;
}

interface Said {
  messages: Buffer[];
  words: string;
}

function simple(random: Random, state: State): Said {
  const text = Array.from({ length: random.chance(0.6) ? 1 : 2 + random.below(3) }, () =>
    statement(random, state),
  ).join('; ');
  return { messages: [query(text)], words: `query ${text}` };
}

/** A batch: what is parsed, bound and executed need not be together, nor in one batch. */
function extended(random: Random, state: State): Said {
  const messages: Buffer[] = [];
  const words: string[] = [];
  const say = (what: string, ...sent: Buffer[]) => {
    words.push(what);
    messages.push(...sent);
  };
  const bound = (portal: string, name: string, parameters: number) => {
    state.portals.add(portal);
    say(`bind ${portal} ${name}`, close('P', portal), bindText(portal, name, parameters > 0 ? ['1'] : []));
  };
  for (let left = 1 + random.below(4); left > 0; left--) {
    const [portal] = state.portals;
    const name = random.pick(['', 'u', 's']);
    const parameters = state.statements.get(name);
    if (portal !== undefined && random.chance(0.5))
      say(`execute ${portal}`, execute(portal, random.chance(0.7) ? 1 : 0));
    else if (parameters !== undefined && random.chance(0.6)) {
      bound(random.pick(['p', 'q', '']), name, parameters);
      if (random.chance(0.3)) say(`execute p`, execute('p', 1));
    } else if (random.chance(0.5)) {
      const text = statement(random, state).replace(/;.*/, '');
      say(`parse "" ${text}; bind; execute`, parse('', text), bindText('', ''), execute(''));
    } else {
      const count = random.below(2);
      const text = count > 0 ? random.pick(state.theme.typed) : statement(random, state).replace(/;.*/, '');
      state.statements.set(name, count);
      say(`close ${name}; parse ${name} ${text}`, close('S', name), parse(name, text));
    }
    if (random.chance(0.1)) say('flush', FLUSH);
  }
  return { messages: [...messages, SYNC], words: `batch ${words.join(' | ')}` };
}
