import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Compile } from '../../contract/typebox/typebox.js';
import { DEFAULT_FACT_LIMITS } from '../../statements/findings.ts';
import {
  adminInput,
  approvalInput,
  elevationInput,
  largestInput,
  readInput,
  writeInput,
} from '../gate/sample-inputs.ts';
import { DESCRIPTIONS } from './descriptions.ts';
import { entrypointSchemas, INPUTS } from './schemas.ts';

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
    ['approval', approvalInput],
  ] as const) {
    assert.deepEqual(Compile(INPUTS[name]).Errors(input), []);
  }
  assert.ok(Buffer.byteLength(JSON.stringify(largest.statement)) >= DEFAULT_FACT_LIMITS.bytes);
});

test('every field says what it is, and nothing is said of fields that there are not', () => {
  interface Node {
    description?: string;
    anyOf?: Node[];
    items?: Node;
    properties?: Record<string, Node>;
  }
  const fields = (node: Node, path: string): [string, string | undefined][] => [
    ...(node.anyOf ?? []).flatMap((option) => fields(option, path)),
    ...(node.items ? fields(node.items, `${path}[]`) : []),
    ...Object.entries(node.properties ?? {}).flatMap(([key, child]): [string, string | undefined][] => {
      const at = path === '' ? key : `${path}.${key}`;
      return [[at, child.description], ...fields(child, at)];
    }),
  ];
  for (const [name, schema] of Object.entries(entrypointSchemas())) {
    const said = fields(schema as Node, '');
    assert.deepEqual(
      said.flatMap(([path, text]) => (text ? [] : [path])),
      [],
      name,
    );
    assert.deepEqual(Object.keys(DESCRIPTIONS[name] ?? {}).sort(), said.map(([path]) => path).sort());
  }
});
