// The package's own types of what typebox.js holds.
export { type Static, type TLiteral, type TSchema, type TUnion, Type } from 'typebox';
export { Compile } from 'typebox/compile';
export type { TLocalizedValidationError } from 'typebox/error';
export { default as Schema } from 'typebox/schema';
export { Value } from 'typebox/value';
