// Every function that reads a client's text grows with it, not with its square. Patterns are tried in patterns.test.ts.
import { test } from 'node:test';
import { checkReason, presentable } from '../../services/elevation/reason.ts';
import { parseDuration } from '../../services/elevation/duration.ts';
import { identifier, literal } from '../../services/gateway/session/target/questions.ts';
import { applicationName } from '../../services/gateway/session/names/application-name.ts';
import { clientSettings } from '../../services/gateway/session/names/settings.ts';
import { describeRefusal } from '../../services/policy/gate/gate.ts';
import { bodyNames } from '../../services/statements/body-names.ts';
import { foldable } from '../../services/statements/foldable.ts';
import { normalize } from '../../services/statements/normalize.ts';
import { withContinuedStrings } from '../../services/statements/parser/continued-strings.ts';
import { isCheap } from '../../services/statements/parser/parser.ts';
import { scan } from '../../services/statements/scan.ts';
import { judgeSetting } from '../../services/statements/settings.ts';
import { DEFAULT_TEXT_LIMITS, readText } from '../../services/statements/text.ts';
import { codeLines, visible } from '../../services/notifier/render/visible.ts';
import { assertLinear } from '../helpers/linear.ts';

const LARGEST = DEFAULT_TEXT_LIMITS.read;

/** Repeated: what a scanner may look back or ahead for. */
const PUMPS: Record<string, string> = {
  letters: 'a',
  blanks: ' ',
  lines: '\n',
  quotes: "'",
  'strings that go on': "'a'\n",
  'strings that go on behind comments': "'a' --\n",
  'double quotes': '"',
  dollars: '$',
  'dollar tags': '$a',
  'dollar quotes': '$a$ ',
  'open comments': '/*',
  comments: '/**/',
  'line comments': '--\n',
  backslashes: "E'\\",
  commas: '1,',
  operators: '+',
  braces: '{VAR ',
  functions: '{FUNCEXPR :funcid 1 ',
  closing: '}',
  'unseen letters': '\u3164\u200b',
  pairs: '\ud83d\ude42',
};

const READERS: Record<string, (text: string) => unknown> = {
  readText: (text) => readText(text, 'read', DEFAULT_TEXT_LIMITS),
  isCheap: (text) => isCheap({ text, bytes: 4_000 }),
  scan: (text) => [...scan(text)].length,
  normalize,
  withContinuedStrings: (text) => withContinuedStrings(`--'${text}`),
  bodyNames,
  foldable,
  checkReason,
  presentable,
  parseDuration,
  literal,
  identifier,
  'the name of a setting': (text) => judgeSetting(text, 'on', 'read'),
  'the value of a setting': (text) => judgeSetting('client_encoding', text, 'write'),
  'the value of restrict_nonsystem_relation_kind': (text) =>
    judgeSetting('restrict_nonsystem_relation_kind', text, 'read'),
  'startup options': (text) => clientSettings(new Map([['options', text]])),
  'a startup setting': (text) => clientSettings(new Map([['client_encoding', text]])),
  applicationName: (text) => applicationName(text, 'session', text),
  visible,
  codeLines: (text) => codeLines(text, LARGEST),
  describeRefusal: (text) => describeRefusal([{ code: 'x', message: text }]),
};

for (const [name, reader] of Object.entries(READERS)) {
  test(`promise 3: ${name} grows with a text, not with its square`, () => {
    for (const [what, pump] of Object.entries(PUMPS)) {
      const make = (size: number) => pump.repeat(size / pump.length);
      const text = make(LARGEST);
      const from = performance.now();
      reader(text);
      // The square of such a text takes seconds: what is done at once needs no closer look.
      if (performance.now() - from > 5) assertLinear(`${name} of ${what}`, LARGEST, make, reader);
    }
  });
}
