import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Analysis, AnalysisContext } from './analysis.ts';
import { makeFactsCache } from './facts-cache.ts';
import { DEFAULT_TEXT_LIMITS, readText } from './text.ts';

const context: AnalysisContext = { target: 'shop', searchPath: 'public', mode: 'read', login: 'reader' };
const analysis: Analysis = { kind: 'statements', statements: [] };

test('facts are kept by text and parameter types, but not where the types alone would fill the memory', () => {
  const cache = makeFactsCache(10);
  const readable = readText('SELECT $1', 'read', DEFAULT_TEXT_LIMITS);
  if ('kind' in readable) throw new Error('It was not read.');
  const kept = (count: number) => {
    const of = { ...context, parameterTypes: Array<number>(count).fill(23) };
    cache.set(readable, of, 'c', analysis, 0);
    return cache.get(readable.text, of, 'c') === analysis;
  };
  assert.ok(kept(1));
  assert.ok(!kept(65_535));
});

test('what is kept is bounded in bytes: what was not used lately goes', () => {
  const cache = makeFactsCache(1_000, 10_000);
  const put = (n: number) => {
    const readable = readText(`SELECT ${n}`, 'read', DEFAULT_TEXT_LIMITS);
    if ('kind' in readable) throw new Error('It was not read.');
    cache.set(readable, context, 'c', analysis, 1_000);
    return readable.text;
  };
  const texts = Array.from({ length: 40 }, (_, n) => put(n));
  const kept = texts.filter((text) => cache.get(text, context, 'c'));
  assert.ok(kept.length > 0 && kept.length <= 20, `${kept.length} of 1,000 bytes each in two times 10,000`);
  assert.equal(kept.at(-1), texts.at(-1));
});
