// Which rules gave a reason, by what is recorded of refusals.
import type { LedgerPool } from '../../ledger/ledger-pool.ts';
import type { RuleInfo } from '../../policy/compiler/messages.ts';

export interface RuleUsage {
  /** `sudoql.statement.rules.ddl.deny`; null: of the code there is no rule in this policy. */
  rule: string | null;
  code: string;
  /** Decisions that name it as a reason. */
  times: number;
  /** ISO 8601. */
  last: string | null;
}

const COUNT = `
  SELECT code, count(*) AS times, to_char(max(at) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS last
  FROM entry, jsonb_array_elements_text(body::jsonb #> '{decided,said,codes}') AS code
  WHERE at >= $1 AND kind IN ('statement_refused', 'elevation_refused', 'admin_decided')
    AND jsonb_typeof(body::jsonb #> '{decided,said,codes}') = 'array'
  GROUP BY code`;
const ASKING_MS = 60_000;

/** The rules of a policy by how often each code was a reason since then, the most often first. Two rules of one code share its count. */
export async function ruleUsage(pool: LedgerPool, rules: readonly RuleInfo[], since: Date): Promise<RuleUsage[]> {
  const rows = await pool.query<{ code: string; times: string; last: string }>(COUNT, [since], ASKING_MS);
  const counted = new Map(rows.map(({ code, times, last }) => [code, { times: Number(times), last }]));
  const byRule = new Map<string, RuleUsage>();
  for (const { path, custom } of rules) {
    const { code } = custom ?? {};
    if (typeof code !== 'string') continue;
    byRule.set(`${path} ${code}`, { rule: path, code, ...(counted.get(code) ?? { times: 0, last: null }) });
  }
  const known = new Set([...byRule.values()].map(({ code }) => code));
  const others = [...counted]
    .filter(([code]) => !known.has(code))
    .map(([code, found]) => ({ rule: null, code, ...found }));
  return [...byRule.values(), ...others].sort((a, b) => b.times - a.times || (a.code < b.code ? -1 : 1));
}
