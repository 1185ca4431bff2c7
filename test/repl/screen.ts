// A terminal for tests: what is written can be waited for, and keys can be pressed.
import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { PATIENCE_MS } from '../helpers/until.ts';
import type { ExitCode } from '../../clients/repl/exit-codes.ts';
import { run } from '../../clients/repl/run.ts';
import type { Environment } from '../../clients/repl/settings.ts';

export interface Screen {
  /** What was written to output and error, in order, without colours. */
  readonly text: string;
  readonly raw: string;
  /** Types a text as it is; `\r` is Enter, `\x03` Ctrl-C, `\x04` Ctrl-D. */
  press(keys: string): void;
  /** Types lines, each with Enter. */
  type(...lines: string[]): void;
  /** Waits until `pattern` was written behind what earlier calls have matched; gives the match. */
  see(pattern: RegExp): Promise<RegExpExecArray>;
  /** The same for the prompt. */
  prompt(mode?: string): Promise<void>;
  readonly exit: Promise<ExitCode>;
}

/** Runs the program on a terminal of 100 × 30. */
export function onScreen(args: string[], env: Environment): Screen {
  const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => {} });
  const output = Object.assign(new PassThrough(), { isTTY: true, columns: 100, rows: 30 });
  const error = Object.assign(new PassThrough(), { isTTY: true });
  let raw = '';
  let seen = 0;
  let changed: () => void = () => {};
  for (const stream of [output, error]) {
    stream.on('data', (chunk: Buffer) => {
      raw += chunk.toString();
      changed();
    });
  }
  const exit = run(args, { terminal: { input, output, error }, env, onSignal: () => () => {} });
  let ended = false;
  const over = (): void => {
    ended = true;
    changed();
  };
  exit.then(over, over);
  const plain = () => stripVTControlCharacters(raw);
  const screen: Screen = {
    get text() {
      return plain();
    },
    get raw() {
      return raw;
    },
    press: (keys) => void input.write(keys),
    type: (...lines) => void input.write(lines.map((line) => `${line}\r`).join('')),
    see: async (pattern) => {
      const deadline = performance.now() + PATIENCE_MS;
      for (;;) {
        const text = plain();
        const match = new RegExp(pattern.source, pattern.flags.includes('g') ? pattern.flags : `${pattern.flags}g`);
        match.lastIndex = seen;
        const found = match.exec(text);
        if (found) {
          seen = found.index + found[0].length;
          return found;
        }
        if (ended || performance.now() > deadline)
          throw new Error(`Waited in vain for ${pattern}. On the screen:\n${text.slice(seen)}`);
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, 200);
          changed = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
    },
    prompt: async (mode = 'read') => void (await screen.see(new RegExp(`shop \\(production\\) ${mode}> `))),
    exit,
  };
  return screen;
}

/** Runs the program with no terminal: what it wrote, and how it ended. */
export async function piped(
  args: string[],
  env: Environment,
  stdin = '',
  onSignal: (interrupted: () => void) => () => void = () => () => {},
): Promise<{ code: ExitCode; out: string; err: string }> {
  const input = new PassThrough();
  const output = new PassThrough();
  const error = new PassThrough();
  let out = '';
  let err = '';
  output.on('data', (chunk: Buffer) => (out += chunk.toString()));
  error.on('data', (chunk: Buffer) => (err += chunk.toString()));
  input.end(stdin);
  const code = await run(args, { terminal: { input, output, error }, env, onSignal });
  await new Promise((resolve) => setImmediate(resolve));
  return { code, out, err };
}
