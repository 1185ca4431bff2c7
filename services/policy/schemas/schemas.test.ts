import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Compile } from 'typebox/compile';
import { DEFAULT_FACT_LIMITS } from '../../statements/findings.ts';
import { adminInput, elevationInput, largestInput, readInput, writeInput } from '../gate/sample-inputs.ts';
import { INPUTS } from './schemas.ts';

test('the schemas and examples under policies/ are current', async () => {
  const script = fileURLToPath(new URL('write-schemas.ts', import.meta.url));
  await promisify(execFile)(process.execPath, [script, '--check']);
});

test('every example is a whole input', () => {
  const largest = largestInput(DEFAULT_FACT_LIMITS);
  for (const [name, input] of [
    ['statement', readInput],
    ['statement', writeInput],
    ['statement', largest],
    ['elevation', elevationInput],
    ['admin', adminInput],
  ] as const) {
    assert.deepEqual(Compile(INPUTS[name]).Errors(input), []);
  }
  assert.ok(Buffer.byteLength(JSON.stringify(largest.statement)) >= DEFAULT_FACT_LIMITS.bytes);
});
