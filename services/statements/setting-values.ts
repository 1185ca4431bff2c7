// A setting's value may be written as a bare word, `SET app.key = hunter2`: it is a literal to PostgreSQL all the same.
import type { Token } from './scan.ts';

/** Statements that set a setting. In others (UPDATE) SET assigns to columns, and what stands there are names. */
const SETTERS = new Set(['set', 'alter', 'create']);

/** Tells for one token after the other, without blanks and comments, whether it is such a word. `word` is as it is shown. */
export function settingValues(): (kind: Token['kind'], word: string) => boolean {
  let setter: boolean | null = null;
  /** Where in `SET [SESSION | LOCAL] a.b (= | TO) value, value` it is. */
  let at: 'none' | 'set' | 'name' | 'value' | 'listed' = 'none';
  return (kind, word) => {
    setter ??= SETTERS.has(word);
    if (!setter) return false;
    const named = kind === 'word' || kind === 'quoted';
    switch (at) {
      case 'none':
        if (kind === 'word' && word === 'set') at = 'set';
        return false;
      case 'set':
        if (!named) at = 'none';
        else if (word !== 'session' && word !== 'local') at = 'name';
        return false;
      case 'name':
        if (word === '=' || word === 'to') at = 'value';
        else if (word === 'set') at = 'set';
        else if (!named && word !== '.') at = 'none';
        return false;
      case 'value':
        at = 'listed';
        return named && word !== 'default';
      case 'listed':
        at = word === ',' ? 'value' : word === 'set' ? 'set' : 'none';
        return false;
    }
  };
}
