// The same script of raw messages, directly and through the gateway: PostgreSQL's own answers are the expectation.
import assert from 'node:assert/strict';
import { query, Raw } from './raw-client.ts';
import type { Stage } from './stage.ts';

/** A list of steps: what is sent, and how many ReadyForQuery answer it (one, unless told). */
export type Script = [Buffer | Buffer[], number?][];

/** Startup parameters of both connections. */
export type Startup = Record<string, string>;

/** What is the gateway's own, and no difference: who the session is, and what its mode is. */
const OWN = /^S\((sudoql\.|application_name=)/;

async function transcript(raw: Raw, script: Script): Promise<string[]> {
  const words: string[] = [];
  for (const [messages, ready] of script) {
    raw.asides.splice(0);
    words.push(...(await raw.ask(messages, ready ?? 1)));
    // Parameters may come before or after what they are about: their order is no promise.
    words.push(...raw.asides.filter((aside) => !OWN.test(aside)).sort());
  }
  raw.destroy();
  return words;
}

/** Asserts that both say the same, asides too, and returns it. `as` writer: in an elevation. */
export async function same(
  stage: Stage,
  script: Script,
  as: 'reader' | 'writer' = 'reader',
  startup: Startup = {},
): Promise<string[]> {
  const direct = await transcript(await Raw.open(stage.past(as), startup), script);
  const through = await Raw.open(stage.through(), startup);
  if (as === 'writer') await through.ask(query("SELECT sudo('compare')"));
  const heard = await transcript(through, script);
  assert.deepEqual(heard, direct);
  return heard;
}
