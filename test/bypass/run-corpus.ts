// Plays the corpus against one way of being read-only, and says what got through and what was refused wrongly.
import type pg from 'pg';
import { type Case, loadCases } from './cases.ts';
import { changes, type Digest, takeDigest, walPosition } from './digest.ts';
import { type Open, openCase, type Protocol } from './play.ts';
import { SECRETS } from './stage.ts';
import { ScriptError } from './wire-script.ts';

/** What the corpus is played against. */
export interface Way {
  /** How the client under test connects to the corpus's database. */
  client: pg.ClientConfig;
  /** A superuser's connection to that database, around the way. */
  admin(): Promise<pg.Client>;
  /** Puts the database back as it was, after a case that changed it. */
  restore(): Promise<void>;
  /** Parts of the digest that whoever is let in here may change: no harm. */
  may?: ReadonlySet<string>;
}

export type Kind = 'refused' | 'allowed';

export interface Play {
  case: Case;
  kind: Kind;
  protocol: Protocol;
}

export interface Outcome extends Play {
  errors: string[];
  /** sudoql refused, not the target alone. */
  bySudoql: boolean;
  /** Parts of the digest that changed, and `secret` when a planted one came out. */
  harm: string[];
}

export interface Report {
  /** Refused cases that changed something or showed a secret. */
  harmed: Outcome[];
  /** Refused cases that got no error, harm or not. */
  through: Outcome[];
  /** Refused cases that only the target itself refused. */
  byTarget: Outcome[];
  /** Allowed cases that got an error. */
  refusedWrongly: Outcome[];
  /** How many cases. */
  played: Record<Kind, number>;
}

export interface CorpusOptions {
  /** Which cases to play; all when not given. */
  only?(each: Case): boolean;
  /** Where the cases of each kind are; a kind without one is not played. */
  directories?: Partial<Record<Kind, string>>;
  /** The target's major version. */
  version?: number;
  /** Cases whose effects are looked for at once; a change is then looked for again, one by one. */
  together?: number;
  /** Of cases of one message, every how manieth is played in the extended protocol as well. 1 is all. */
  extendedEvery?: number;
}

/** What `options` say is to be played: by case, in the order of names, the refused ones first. */
export async function playsOf(options: CorpusOptions): Promise<Play[][]> {
  const { directories = { refused: 'refused', allowed: 'allowed' }, extendedEvery = 1, version } = options;
  const { only = () => true } = options;
  const of = async (kind: Kind): Promise<Play[][]> => {
    const directory = directories[kind];
    const cases = directory === undefined ? [] : (await loadCases(directory, version ?? null)).filter(only);
    return cases.map((each, n) =>
      protocols(each, n % extendedEvery === 0).map((protocol) => ({ case: each, kind, protocol })),
    );
  };
  return [...(await of('refused')), ...(await of('allowed'))];
}

export async function runCorpus(way: Way, options: CorpusOptions = {}): Promise<Report> {
  const player = makePlayer(way, options.together);
  try {
    const outcomes: Promise<Outcome>[] = (await playsOf(options)).flat().map((play) => player.play(play));
    return reportOf(await Promise.all(outcomes));
  } finally {
    await player.close();
  }
}

export function reportOf(outcomes: readonly Outcome[]): Report {
  const of = (kind: Kind) => outcomes.filter((outcome) => outcome.kind === kind);
  const refused = of('refused');
  const count = (some: Outcome[]) => new Set(some.map(({ case: { name } }) => name)).size;
  return {
    harmed: refused.filter(({ harm }) => harm.length > 0),
    through: refused.filter(({ errors }) => errors.length === 0),
    byTarget: refused.filter(({ errors, bySudoql }) => errors.length > 0 && !bySudoql),
    refusedWrongly: of('allowed').filter(({ errors }) => errors.length > 0),
    played: { refused: count(refused), allowed: count(of('allowed')) },
  };
}

export interface Player {
  /** Plays it when it is its turn: one or one batch at a time. */
  play(play: Play): Promise<Outcome>;
  close(): Promise<void>;
}

/** Refused cases that are asked for within a moment of each other are played `together`, up to so many. */
const MOMENT_MS = 20;

export function makePlayer(way: Way, together = 1): Player {
  interface Waiting {
    play: Play;
    resolve(outcome: Promise<Outcome> | Outcome): void;
  }
  let onlooker: ReturnType<typeof makeOnlooker> | undefined;
  const waiting: Waiting[] = [];
  let moment: NodeJS.Timeout | undefined;
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(act: () => Promise<T>): Promise<T> => {
    const mine = last.then(act);
    last = mine.catch(() => undefined);
    return mine;
  };

  const playBatch = async (batch: Waiting[]) => {
    onlooker ??= makeOnlooker(way);
    const { look, lookAtOne } = await onlooker;
    const plays = batch.map(({ play }) => play);
    const outcomes = batch.length > 1 ? await look(plays).catch(() => null) : null;
    for (const [n, { play, resolve }] of batch.entries()) {
      const outcome = outcomes?.every(({ harm }) => harm.length === 0) && outcomes[n];
      const found = outcome || lookAtOne(play);
      resolve(found);
      await Promise.allSettled([found]);
    }
  };
  const flush = () => {
    clearTimeout(moment);
    const batch = waiting.splice(0, together);
    if (batch.length > 0) void inTurn(() => playBatch(batch)).catch((e: unknown) => fail(batch, e));
  };
  const fail = (batch: Waiting[], error: unknown) => {
    for (const { resolve } of batch) resolve(Promise.reject(error));
  };

  return {
    play: (play) => {
      if (play.kind === 'allowed') return inTurn(() => playAllowed(way, play));
      return new Promise((resolve) => {
        waiting.push({ play, resolve });
        clearTimeout(moment);
        if (waiting.length === together) flush();
        else moment = setTimeout(flush, MOMENT_MS);
      });
    },
    close: () => inTurn(async () => (await onlooker)?.close()),
  };
}

async function playAllowed(way: Way, play: Play): Promise<Outcome> {
  const { played, end } = await openCase(way.client, play.case, play.protocol);
  await end();
  return { ...play, ...played, harm: [] };
}

function protocols(each: Case, extendedToo: boolean): Protocol[] {
  const [only, ...more] = each.messages;
  const several = each.form === 'wire' || more.length > 0 || /;\s*\S/.test(only ?? '');
  return several || !extendedToo ? ['simple'] : ['simple', 'extended'];
}

/** The server itself moves WAL and takes locks now and then: they count when they are seen three times. */
const FAINT = new Set(['wal', 'held locks']);
/** What leaves nothing to put back. */
const PASSING = new Set(['secret', 'transaction ids', 'wal', 'held locks', 'temporary']);

async function makeOnlooker(way: Way) {
  let admin = await way.admin();
  let before = await takeDigest(admin);

  /** Plays them, looks while the sessions are still open (locks, temp tables), and again when they are gone. */
  const look = async (plays: Play[]): Promise<Outcome[]> => {
    for (let round = 0; ; round++) {
      const wal = await walPosition(admin);
      const open: Open[] = [];
      for (const { case: each, protocol } of plays) open.push(await openCase(way.client, each, protocol));
      const during = await takeDigest(admin, before);
      await Promise.all(open.map(({ end }) => end()));
      const after = await settled(admin, before, way.may);
      const common = new Set([...changes(before, during), ...changes(before, after)]);
      if ((await walPosition(admin)) !== wal) common.add('wal');
      for (const part of way.may ?? []) common.delete(part);
      const outcomes = plays.map((play, n): Outcome => {
        const { errors = [], bySudoql = false, seen = '' } = open[n]?.played ?? {};
        const shown = SECRETS.some((secret) => seen.includes(secret));
        return { ...play, errors, bySudoql, harm: [...common, ...(shown ? ['secret'] : [])] };
      });
      const harm = new Set(outcomes.flatMap((outcome) => outcome.harm));
      before = after;
      if (harm.size > 0 && [...harm].every((part) => FAINT.has(part)) && round < 2 && plays.length === 1) continue;
      return outcomes;
    }
  };

  return {
    look,
    async lookAtOne(play: Play): Promise<Outcome> {
      // The onlooker's own connection may be ended by the case: harm enough.
      const cutOff = { ...play, errors: [], bySudoql: false, harm: ['other sessions'] };
      const [outcome = cutOff] = await look([play]).catch((error: unknown) => {
        if (error instanceof ScriptError) throw error;
        if (String(error).includes('No answer within')) return [{ ...cutOff, harm: [String(error)] }];
        return [cutOff];
      });
      if (outcome.harm.some((part) => !PASSING.has(part))) {
        await admin.end().catch(() => undefined);
        await way.restore();
        admin = await way.admin();
        before = await takeDigest(admin);
      }
      return outcome;
    },
    close: () => admin.end().catch(() => undefined),
  };
}

/** A backend may need a moment to be gone with its locks and temporary tables. */
async function settled(admin: pg.Client, before: Digest, may: Way['may'] = new Set()): Promise<Digest> {
  const until = performance.now() + 500;
  for (;;) {
    const after = await takeDigest(admin, before);
    const moved = changes(before, after).filter((part) => !may.has(part));
    if (moved.length === 0 || performance.now() > until) return after;
  }
}
