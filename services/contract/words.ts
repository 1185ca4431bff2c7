// The project's words as types and schemas: one definition for TypeScript, JSON Schema and Rego's type checker.
import { type Static, Type } from './typebox/typebox.js';

export const Mode = Type.Union([Type.Literal('read'), Type.Literal('write')]);
/** What a session may do now. Every session starts in `read`. */
export type Mode = Static<typeof Mode>;

export const PrincipalKind = Type.Union([Type.Literal('human'), Type.Literal('service'), Type.Literal('agent')]);
export type PrincipalKind = Static<typeof PrincipalKind>;

export const Elevate = Type.Union([Type.Literal('none'), Type.Literal('connect'), Type.Literal('in-band')]);
/** How a token may elevate: never, only with the startup packet, or also by `SELECT sudo(…)`. Policy can only narrow it. */
export type Elevate = Static<typeof Elevate>;

export const Principal = Type.Object(
  {
    id: Type.String(),
    email: Type.Union([Type.String(), Type.Null()]),
    groups: Type.Array(Type.String()),
    kind: PrincipalKind,
    elevate: Elevate,
  },
  { additionalProperties: false },
);
/** The authenticated human, service or agent. */
export type Principal = Static<typeof Principal>;

export const Target = Type.Object(
  { name: Type.String(), labels: Type.Record(Type.String(), Type.String()) },
  { additionalProperties: false },
);
/** A PostgreSQL database behind the gateway, as policy and notices know it. */
export type Target = Static<typeof Target>;
