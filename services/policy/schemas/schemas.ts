// The JSON Schemas of every entrypoint's input and output, from the same source as the TypeScript types.
import type { TSchema } from 'typebox';
import {
  AdminDecision,
  AdminInput,
  ElevationDecision,
  ElevationInputDocument,
  StatementDecision,
  StatementInput,
} from '../decision.ts';

export type EntrypointName = 'statement' | 'elevation' | 'admin';

export const INPUTS: Record<EntrypointName, TSchema> = {
  statement: StatementInput,
  elevation: ElevationInputDocument,
  admin: AdminInput,
};

export const OUTPUTS: Record<EntrypointName, TSchema> = {
  statement: StatementDecision,
  elevation: ElevationDecision,
  admin: AdminDecision,
};

/** Name under `policies/schemas` without `.json` → schema. In annotations: `schema.input.statement`. */
export function entrypointSchemas(): Record<string, unknown> {
  const schemas: Record<string, unknown> = {};
  for (const [name, schema] of Object.entries(INPUTS)) schemas[`input/${name}`] = plain(schema);
  for (const [name, schema] of Object.entries(OUTPUTS)) schemas[`output/${name}`] = plain(schema);
  return schemas;
}

/** Without typebox's own markers. */
function plain(schema: TSchema): unknown {
  return JSON.parse(JSON.stringify(schema));
}
