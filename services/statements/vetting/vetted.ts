// What the security team vets: lines of policy data, each a function of the users' own by signature and body.
import { type Static, Type } from '../../contract/typebox/typebox.js';
import type { VettedFunction } from './verdict.ts';

export const VettedLine = Type.Object(
  {
    /** Names of targets; `*` is every target. */
    targets: Type.Array(Type.String()),
    /** `schema.name(argument types)`, as PostgreSQL prints it with an empty search_path. */
    signature: Type.String(),
    /** 16 hex digits; another body is another function. */
    body: Type.String({ pattern: '^[0-9a-f]{16}$' }),
  },
  { additionalProperties: false },
);
/** One vetted function in the policy's data. */
export type VettedLine = Static<typeof VettedLine>;

/** A prefix of settings of the users' own: none of the server's, an extension's or the gateway's, for what those decide is not theirs. */
export const OWN_SETTINGS_PREFIX =
  /^(?!(?:sudoql|pg.*|pl(?:pgsql|perlu?|python3?u?|tclu?|java|v8|r|sh)|auto_explain|sepgsql|anon|citus|cron|timescaledb)$)[a-z_][a-z0-9_$]*$/;

export const SettingsLine = Type.Object(
  {
    targets: Type.Array(Type.String()),
    /** `app` of `app.tenant`, in small letters. */
    prefix: Type.String({ pattern: OWN_SETTINGS_PREFIX.source }),
  },
  { additionalProperties: false },
);
/** Settings that reads of the targets may set. */
export type SettingsLine = Static<typeof SettingsLine>;

export function ownSettingsFor(target: string, lines: readonly SettingsLine[]): string[] {
  return lines.filter(({ targets }) => targets.includes(target) || targets.includes('*')).map(({ prefix }) => prefix);
}

/** The vetted functions of one target. Call it once for each change of the data: the analyser tells lists apart by identity. */
export function vettedFor(target: string, lines: readonly VettedLine[]): VettedFunction[] {
  return lines
    .filter(({ targets }) => targets.includes(target) || targets.includes('*'))
    .map(({ signature, body }) => ({ signature, body }));
}

/** The line of YAML that would vet a function on a target: what a refusal prints. It looks like what it says: whoever named the function must not choose what is seen. */
export function vettingLine(target: string, { signature, body }: VettedFunction): string {
  const line: VettedLine = { targets: [target], signature, body };
  return `- { targets: ${JSON.stringify(line.targets)}, signature: ${quoted(signature)}, body: "${body}" }`;
}

/** In YAML's double quotes, without what a terminal acts upon or nobody sees. */
const quoted = (text: string): string =>
  JSON.stringify(text).replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (character) => `\\U${(character.codePointAt(0) ?? 0).toString(16).padStart(8, '0')}`,
  );
