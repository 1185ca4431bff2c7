// Plays the corpus against one way of being read-only and counts what got through and what was refused wrongly.
import type pg from 'pg';
import { type Case, loadCases } from './cases.ts';
import { changes, type Digest, takeDigest, walPosition } from './digest.ts';
import { type Played, playCase } from './play.ts';
import { SECRETS } from './stage.ts';

/** What the corpus is played against. */
export interface Way {
  /** A new connection of the client under test to the corpus's database. */
  connect(): Promise<pg.Client>;
  /** A superuser's connection to that database, around the way. */
  admin(): Promise<pg.Client>;
  /** Puts the database back as it was, after a case that changed it. */
  restore(): Promise<void>;
}

export interface Outcome {
  case: Case;
  protocol: 'simple' | 'extended';
  errors: string[];
  /** Parts of the digest that changed, and `secret` when a planted one came out. */
  harm: string[];
}

export interface Report {
  /** Refused cases that changed something or showed a secret. */
  harmed: Outcome[];
  /** Refused cases that got no error, harm or not. */
  through: Outcome[];
  /** Allowed cases that got an error. */
  refusedWrongly: Outcome[];
  played: { refused: number; allowed: number };
}

/** `only`: a part of the names to play. Cases of one message are played in both protocols. */
export async function runCorpus(way: Way, options: { only?: string; allowed?: boolean } = {}): Promise<Report> {
  const wanted = (each: Case) => options.only === undefined || each.name.includes(options.only);
  const report: Report = { harmed: [], through: [], refusedWrongly: [], played: { refused: 0, allowed: 0 } };
  let admin = await way.admin();
  let before = await takeDigest(admin);
  try {
    for (const each of (await loadCases('refused')).filter(wanted)) {
      report.played.refused++;
      for (const protocol of protocols(each)) {
        const { outcome, after } = await attempt(way, admin, each, protocol, before).catch(() =>
          cutOff(each, protocol),
        );
        if (outcome.errors.length === 0) report.through.push(outcome);
        if (outcome.harm.length > 0) report.harmed.push(outcome);
        before = after ?? before;
        if (outcome.harm.some((part) => part !== 'secret' && part !== 'transaction ids' && part !== 'wal')) {
          await admin.end().catch(() => undefined);
          await way.restore();
          admin = await way.admin();
          before = await takeDigest(admin);
        }
      }
    }
    if (options.allowed === false) return report;
    for (const each of (await loadCases('allowed')).filter(wanted)) {
      report.played.allowed++;
      for (const protocol of protocols(each)) {
        const client = await way.connect();
        const { errors } = await playCase(client, each, protocol);
        await client.end();
        if (errors.length > 0) report.refusedWrongly.push({ case: each, protocol, errors, harm: [] });
      }
    }
    return report;
  } finally {
    await admin.end();
  }
}

function protocols(each: Case): ('simple' | 'extended')[] {
  const [only, ...more] = each.messages;
  const several = more.length > 0 || /;\s*\S/.test(only ?? '');
  return several ? ['simple'] : ['simple', 'extended'];
}

/** The onlooker's own connection was ended by the case: harm enough. */
function cutOff(each: Case, protocol: 'simple' | 'extended'): { outcome: Outcome; after: null } {
  return { outcome: { case: each, protocol, errors: [], harm: ['other sessions'] }, after: null };
}

/** Plays it, looks while the session is still open (locks, temp tables), and again when it is gone. */
async function attempt(way: Way, admin: pg.Client, each: Case, protocol: 'simple' | 'extended', before: Digest) {
  for (let round = 0; ; round++) {
    const wal = await walPosition(admin);
    const client = await way.connect();
    const played: Played = await playCase(client, each, protocol);
    const during = await takeDigest(admin);
    await client.end().catch(() => undefined);
    const harm = new Set(changes(before, during));
    const after = await takeDigest(admin);
    for (const part of changes(before, after)) harm.add(part);
    if (SECRETS.some((secret) => played.seen.includes(secret))) harm.add('secret');
    if ((await walPosition(admin)) !== wal) harm.add('wal');
    // The server itself moves WAL and takes locks now and then: they count when they are seen three times.
    const faint = [...harm].every((part) => part === 'wal' || part === 'held locks');
    if (faint && harm.size > 0 && round < 2) continue;
    return { outcome: { case: each, protocol, errors: played.errors, harm: [...harm] }, after };
  }
}
