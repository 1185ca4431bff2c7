// docs/clients.md: what is told of each client is about.ts; what was seen to work, and with which version, comes from a run
// (`npm run test:clients -- --write`). test/docs/clients.test.ts compares the page with both.
import { join } from 'node:path';
import { ABOUT, INTRODUCTION } from './about.ts';
import { clients } from './clients.ts';

export const PAGE = join(import.meta.dirname, '../../docs/clients.md');

/** Of one client's run. */
export interface Seen {
  version: string;
  works: string[];
}

/** What a check said to work: its own lines, and the tests of Python's unittest. */
export function worksIn(output: string): string[] {
  return output.split('\n').flatMap((line) => {
    const [, said] = /^works: (.+)$/.exec(line) ?? [];
    const [, name] = /^test_(\w+) \(.*\.\.\. ok$/.exec(line) ?? [];
    return said ?? name?.replaceAll('_', ' ') ?? [];
  });
}

/** The whole page; a client that no run has seen yet says so. */
export function page(seen: ReadonlyMap<string, Seen>): string {
  const sections = clients.map(({ name, extra }) => {
    const { needs, differs } = ABOUT[name] ?? { needs: '', differs: [] };
    const { version, works } = seen.get(name) ?? { version: 'nothing yet', works: [] };
    return [
      `## ${name}`,
      `Run with ${version}${extra ? '; not in CI' : ''}.`,
      needs
        .split('\n')
        .map((line) => `    ${line}`)
        .join('\n'),
      `Seen to work:`,
      works.map((each) => `- ${each}`).join('\n'),
      ...(differs.length === 0 ? [] : ['What differs:', differs.map((each) => `- ${each}`).join('\n')]),
    ].join('\n\n');
  });
  return `${[INTRODUCTION, ...sections].join('\n\n')}\n`;
}

/** What the page says of each client's last run. */
export function seenIn(text: string): Map<string, Seen> {
  const sections = text.matchAll(
    /^## (\S+)\n\nRun with (.+?)(?:; not in CI)?\.\n[\s\S]*?\nSeen to work:\n\n((?:- .*\n)*)/gm,
  );
  return new Map(
    [...sections].map(([, name = '', version = '', list = '']) => [
      name,
      { version, works: [...list.matchAll(/^- (.*)$/gm)].map(([, each = '']) => each) },
    ]),
  );
}
