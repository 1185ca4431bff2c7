// A setting's value may be written as a bare word, `SET app.key = hunter2`: it is a literal to PostgreSQL all the same.
import type { Token } from './scan.ts';

/** Statements that set a setting. In others (UPDATE) SET assigns to columns, and what stands there are names. */
const SETTERS = new Set(['set', 'alter', 'create']);

/** Of options these say nothing that anybody chose. */
const PLAIN = new Set(['default', 'local', 'true', 'false', 'on', 'off', 'none']);

/** Tells for one token after the other, without blanks and comments, whether it is such a word. `word` is as it is shown. */
export function settingValues(): (kind: Token['kind'], word: string) => boolean {
  let setter: boolean | null = null;
  /** Where in `SET [SESSION | LOCAL] a.b (= | TO) value, value` it is, or in `WITH (a = value, b = value)`. */
  let at: 'none' | 'set' | 'name' | 'value' | 'listed' | 'with' | 'options' | 'option' | 'optioned' | 'given' = 'none';
  return (kind, word) => {
    setter ??= SETTERS.has(word);
    if (!setter) return false;
    const named = kind === 'word' || kind === 'quoted';
    switch (at) {
      case 'none':
        if (kind === 'word' && (word === 'set' || word === 'with')) at = word;
        return false;
      case 'with':
        at = word === '(' ? 'options' : word === 'set' ? 'set' : 'none';
        return false;
      case 'set':
        if (word === '(') at = 'options';
        else if (!named) at = 'none';
        else if (word !== 'session' && word !== 'local') at = 'name';
        return false;
      case 'name':
        // SET TIME ZONE value.
        if (word === '=' || word === 'to' || word === 'zone') at = 'value';
        else if (word === 'set') at = 'set';
        else if (!named && word !== '.') at = 'none';
        return false;
      case 'value':
        at = 'listed';
        return named && !PLAIN.has(word);
      case 'listed':
        at = word === ',' ? 'value' : word === 'set' || word === 'with' ? word : 'none';
        return false;
      case 'options':
      case 'option':
      case 'given':
        if (word === ')') at = 'none';
        else if (word === ',') at = 'options';
        else if (at !== 'given') at = word === '=' ? 'optioned' : 'option';
        return false;
      case 'optioned':
        at = 'given';
        return named && !PLAIN.has(word);
    }
  };
}
