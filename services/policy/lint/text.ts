// Characters that make a file read otherwise than it is: to people, in a review, and to who compares names.
import type { Problem } from '../compiler/messages.ts';
import { isTest, type PolicyFiles } from '../source/policy-files.ts';

/** Seen by nobody, or turning the direction of writing; not the tab and the ends of lines. Joiners stand in scripts and emoji. */
const INVISIBLE =
  /(?![\t\n\r\u200c\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\u00a0\u115f\u1160\u3164\uffa0\u2000-\u200a\u202f\u205f\u3000]/u;

const NAME = /[\p{L}\p{M}\p{N}_]+/gu;
const LATIN = /\p{Script=Latin}/u;
const LIKE_LATIN = /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}]/u;
/** Letters of others that look like Latin ones, of which whole names can be made. */
const ONLY_LOOKALIKES = /^[аесорхуіјѕһԁԛԝАВЕКМНОРСТУХІЈЅοαινρτυκΑΒΕΖΗΙΚΜΝΟΡΤΥΧ]{3,}$/u;

/** The first of each kind in a line. */
export function lintText(files: PolicyFiles): Problem[] {
  const found: Problem[] = [];
  for (const [file, text] of files) {
    if (isTest(file) || !/[^\t\n\r -~]/.test(text)) continue;
    for (const [index, line] of text.split('\n').entries()) {
      const unseen = INVISIBLE.exec(line);
      const at = (offset: number) => ({ file, row: index + 1, col: offset + 1 });
      if (unseen) {
        const code = (unseen[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
        const message = `a character that nobody sees (U+${code}): what is read here is not what is there`;
        found.push({ ...at(unseen.index), code: 'invisible', message });
      }
      for (const [name] of line.matchAll(NAME)) {
        if (!(LATIN.test(name) && LIKE_LATIN.test(name)) && !ONLY_LOOKALIKES.test(name)) continue;
        const message = `${JSON.stringify(name)} has letters that only look like Latin ones: ${strangers(name)}`;
        found.push({ ...at(line.indexOf(name)), code: 'lookalike', message });
        break;
      }
    }
  }
  return found;
}

const strangers = (name: string): string =>
  [...name]
    .filter((letter) => LIKE_LATIN.test(letter))
    .slice(0, 3)
    .map((letter) => `U+${(letter.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`)
    .join(', ');
