import { mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { watchDirectory } from './watch-directory.ts';

const endings: (() => unknown)[] = [];
after(async () => {
  for (const end of endings.reverse()) await end();
});

async function home(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'sudoql-watch-'));
  endings.push(() => rm(directory, { recursive: true, force: true }));
  return directory;
}
/** A directory with one rule in a folder, as policies are. */
async function policy(at: string, text: string): Promise<void> {
  await mkdir(join(at, 'rules/one'), { recursive: true });
  await writeFile(join(at, 'rules/one/one.rego'), text);
}
/** Follows `directory`; `sees(text)` resolves when, after a call, that is what the rule says. */
function following(directory: string) {
  let wake = () => {};
  endings.push(watchDirectory(directory, () => wake(), { settleMs: 10, lookMs: 50 }));
  return {
    async sees(text: string | null, act: () => Promise<unknown>): Promise<void> {
      const seen = new Promise<void>((resolve) => {
        wake = () => {
          void readFile(join(directory, 'rules/one/one.rego'), 'utf8')
            .catch(() => null)
            .then((now) => (now === text ? resolve() : undefined));
        };
      });
      await act();
      await seen;
    },
  };
}

test('a saved file, a new folder and its files are told', async () => {
  const directory = join(await home(), 'policies');
  await policy(directory, 'a');
  const { sees } = following(directory);
  await sees('b', () => writeFile(join(directory, 'rules/one/one.rego'), 'b'));
  await sees('b', () => mkdir(join(directory, 'rules/two')));
  await sees('b', () => writeFile(join(directory, 'rules/two/two.rego'), 'x'));
  await sees('c', () => writeFile(join(directory, 'rules/one/one.rego'), 'c'));
});

test('a directory that is removed and made anew is followed on, and one that was not there at first', async () => {
  const directory = join(await home(), 'policies');
  const { sees } = following(directory);
  await sees('a', () => policy(directory, 'a'));
  for (const round of ['1', '2', '3']) {
    await sees(null, () => rm(directory, { recursive: true }));
    await sees(`made ${round}`, () => policy(directory, `made ${round}`));
    await sees(`saved ${round}`, () => writeFile(join(directory, 'rules/one/one.rego'), `saved ${round}`));
  }
});

test('a directory that another one is renamed over is followed on', async () => {
  const at = await home();
  const directory = join(at, 'policies');
  await policy(directory, 'a');
  const { sees } = following(directory);
  for (const round of ['1', '2']) {
    await policy(join(at, 'next'), `deployed ${round}`);
    await sees(`deployed ${round}`, async () => {
      await rename(directory, join(at, `old ${round}`));
      await rename(join(at, 'next'), directory);
    });
    await sees(`saved ${round}`, () => writeFile(join(directory, 'rules/one/one.rego'), `saved ${round}`));
  }
});

test('a symbolic link on the way to it that is turned elsewhere is followed on', async () => {
  const at = await home();
  for (const version of ['v1', 'v2', 'v3']) await policy(join(at, version, 'policies'), version);
  await symlink('v1', join(at, '..data'));
  const turn = async (to: string) => {
    await symlink(to, join(at, '..data_tmp'));
    await rename(join(at, '..data_tmp'), join(at, '..data'));
  };
  const { sees } = following(join(at, '..data/policies'));
  for (const version of ['v2', 'v3', 'v1']) {
    await sees(version, () => turn(version));
    await sees(`${version} saved`, () =>
      writeFile(join(at, version, 'policies/rules/one/one.rego'), `${version} saved`),
    );
  }
});
