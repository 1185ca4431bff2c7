// The JSON Schemas of every entrypoint's input and output, from the same source as the TypeScript types.
import type { TSchema } from '../../contract/typebox/typebox.js';
import {
  AdminDecision,
  AdminInput,
  ApprovalDecision,
  ApprovalInput,
  ElevationDecision,
  ElevationInputDocument,
  StatementDecision,
  StatementInput,
} from '../decision.ts';
import { DESCRIPTIONS } from './descriptions.ts';

export type EntrypointName = 'statement' | 'elevation' | 'admin' | 'approval';

export const INPUTS: Record<EntrypointName, TSchema> = {
  statement: StatementInput,
  elevation: ElevationInputDocument,
  admin: AdminInput,
  approval: ApprovalInput,
};

export const OUTPUTS: Record<EntrypointName, TSchema> = {
  statement: StatementDecision,
  elevation: ElevationDecision,
  admin: AdminDecision,
  approval: ApprovalDecision,
};

/** Name under `policies/schemas` without `.json` → schema. In annotations: `schema.input.statement`. */
export function entrypointSchemas(): Record<string, unknown> {
  const schemas: Record<string, unknown> = {};
  for (const [name, schema] of Object.entries(INPUTS)) schemas[`input/${name}`] = described(schema, `input/${name}`);
  for (const [name, schema] of Object.entries(OUTPUTS)) schemas[`output/${name}`] = described(schema, `output/${name}`);
  return schemas;
}

interface Node {
  description?: string;
  anyOf?: Node[];
  items?: Node;
  properties?: Record<string, Node>;
}

/** Without typebox's own markers, and each field with what it says. */
function described(schema: TSchema, name: string): unknown {
  const texts = DESCRIPTIONS[name] ?? {};
  const describe = (node: Node, path: string): void => {
    for (const option of node.anyOf ?? []) describe(option, path);
    if (node.items) describe(node.items, `${path}[]`);
    for (const [key, child] of Object.entries(node.properties ?? {})) {
      const at = path === '' ? key : `${path}.${key}`;
      describe(child, at);
      const text = texts[at];
      if (text !== undefined) child.description = text;
    }
  };
  const plain = JSON.parse(JSON.stringify(schema)) as Node;
  describe(plain, '');
  return plain;
}
