import assert from 'node:assert/strict';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { after, test } from 'node:test';
import type { DecisionPage, RecordedDecision } from './decisions.ts';
import { exportDecisions, exportedDecisions, NotAnExport } from './export-file.ts';

const directory = await mkdtemp(join(tmpdir(), 'sudoql-export-'));
after(() => rm(directory, { recursive: true, force: true }));

const decision = (facts: string): RecordedDecision => ({
  entry: 'chain:1',
  at: '2026-11-24T00:00:00.000Z',
  entrypoint: 'statement',
  context: 'context',
  facts,
  clock: '2026-11-24T00:00:00.000Z',
  result: 'allow',
  codes: [],
  terms: {},
  revision: 'r',
  principal: 'ana',
  target: 'shop',
  fingerprint: null,
  normalized: null,
  count: 1,
});

test('more parts than are remembered are written again where they are needed again, and every decision gets its own', async () => {
  const part = (n: number) => JSON.stringify({ n, ü: '\u2028 "\\', text: 'x'.repeat(4 * 1_024 ** 2) });
  const order = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 0, 8];
  async function* pages(): AsyncGenerator<DecisionPage> {
    for (const n of order) {
      yield {
        decisions: [decision(`p${n}`)],
        parts: new Map([
          ['context', '{}'],
          [`p${n}`, part(n)],
        ]),
      };
    }
  }
  const file = join(directory, 'decisions.jsonl');
  const out = createWriteStream(file);
  assert.equal(await exportDecisions(pages(), out), order.length);
  await finished(out.end());
  const parts = (await stat(file)).size / part(0).length;
  assert.ok(parts > 10.9 && parts < 11.1, 'ten, and the first once more');
  const read: string[] = [];
  for await (const page of exportedDecisions(file)) {
    for (const { facts } of page.decisions) {
      assert.equal(page.parts.get(facts ?? ''), part(Number(facts?.slice(1))));
      read.push(facts ?? '');
    }
  }
  assert.deepEqual(
    read,
    order.map((n) => `p${n}`),
  );
});

test('a line without end is refused before it fills memory, and so is what no export has', async () => {
  const file = join(directory, 'other.jsonl');
  const refusal = async (text: string): Promise<string> => {
    await writeFile(file, text);
    try {
      for await (const _ of exportedDecisions(file));
    } catch (error) {
      assert.ok(error instanceof NotAnExport);
      return error.message.slice(file.length);
    }
    return 'read';
  };
  const first = '{"format":"sudoql decisions 2"}\n';
  assert.equal(await refusal(`${first}{"part":"${'x'.repeat(9 * 1_024 ** 2)}`), ':2: the line is too long');
  assert.equal(await refusal(`${first}${'x'.repeat(9 * 1_024 ** 2)}\n`), ':2: the line is too long');
  assert.equal(await refusal(''), ': is empty');
  assert.equal(await refusal('{}\n'), ':1: not an export of decisions ("sudoql decisions 2")');
  assert.equal(await refusal(`${first}[]\n`), ':2: neither a part nor a decision');
  assert.equal(await refusal(`${first}{ "part": "p", "is": {} }\n`), ':2: not a part as it is exported');
  assert.equal(await refusal(`${first}{"decision":{"context":"c"}}\n`), ':2: neither a part nor a decision');
  assert.equal(await refusal(`${first}{"part":"p","is":{}}\n`), 'read');
});
