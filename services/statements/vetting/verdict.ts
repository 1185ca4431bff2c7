// Whether a function may run in a read, and what it amounts to where it may not.
import { FIRST_OWN_OID, type FunctionRow } from '../catalogue-rows.ts';
import generated from './builtins.generated.json' with { type: 'json' };
import type { VerdictName } from './rules.ts';

/** A function of the users' own that the security team vetted, by signature and body. */
export interface VettedFunction {
  /** As in a FunctionRow: `schema.name(types)`. */
  signature: string;
  body: string;
}

export interface Verdict {
  name: VerdictName;
  /** In one of our lists (whatever the verdict), with this very body. */
  listed: boolean;
}

export interface Vetting {
  judge(fn: FunctionRow): Verdict;
  /** Whether the server or a known extension brought it, with this body: its types may use it. */
  trusted(fn: FunctionRow): boolean;
  /** Prefixes of settings of the users' own that reads may set. */
  readonly settings: readonly string[];
}

const UNKNOWN: Verdict = { name: 'dynamic', listed: false };
/** What CREATE TYPE … AS RANGE makes: the server's own code under new names. */
const RANGE_CONSTRUCTORS = /^(multi)?range_constructor\d$/;

/** `vetted`: what the security team lists now; read anew at each judgement. */
export function makeVetting(
  vetted: () => readonly VettedFunction[] = () => [],
  settings: readonly string[] = [],
): Vetting {
  const builtins = new Map(Object.entries(generated.builtins));
  const extensions = new Map(Object.entries(generated.extensions));

  const listed = (fn: FunctionRow): Verdict | null => {
    const extension = fn.extension?.split(' ')[0];
    const entry =
      fn.oid < FIRST_OWN_OID
        ? builtins.get(fn.signature)
        : extension === undefined
          ? undefined
          : extensions.get(`${extension} ${fn.signature.replaceAll(`${fn.schema}.`, '')}`);
    if (entry === undefined) return null;
    const [name, ...bodies] = entry.split(' ');
    // A replaced body is another function, whatever its name.
    return bodies.includes(fn.body) ? { name: name as VerdictName, listed: true } : null;
  };

  return {
    judge(fn) {
      const known = listed(fn);
      if (known) return known;
      if (fn.language === 'internal' && fn.source !== null && RANGE_CONSTRUCTORS.test(fn.source))
        return { name: 'read', listed: true };
      const own = vetted().some((each) => each.signature === fn.signature && each.body === fn.body);
      return own ? { name: 'read', listed: true } : UNKNOWN;
    },
    trusted: (fn) => listed(fn) !== null,
    settings,
  };
}
