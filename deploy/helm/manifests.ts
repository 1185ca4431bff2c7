// `npm run manifests`: what follows from the chart and the alert rules. With `--check` nothing is written, and what is not current is named.
// Needs Go, with which helm itself is built at its first use.
import { execFile } from 'node:child_process';
import { access, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const root = join(import.meta.dirname, '../..');
const run = promisify(execFile);

export const CHART = join(root, 'deploy/helm/sudoqld');
const HELM = 'helm.sh/helm/v3/cmd/helm@v3.22.0';
const binaries = join(root, 'node_modules/.cache/helm-v3.22.0');

/** Runs helm; what it printed. Rejects with what it said. */
export async function helm(...args: string[]): Promise<string> {
  const binary = join(binaries, 'helm');
  await access(binary).catch(async () => {
    await mkdir(binaries, { recursive: true });
    const install = 'GOBIN="$1" exec go install -trimpath "-ldflags=-s -w" "$2"';
    await run('sh', ['-c', install, 'sh', binaries, HELM]);
  });
  const { stdout } = await run(binary, args, { cwd: root, maxBuffer: 16 * 1_024 * 1_024 });
  return stdout;
}

/** By path: what each file that follows from others is to be. */
async function following(): Promise<Record<string, string>> {
  const values = 'deploy/kubernetes/values.yaml';
  const rendered = await helm('template', 'sudoqld', CHART, '--values', values, '--kube-version', '1.34.0');
  return {
    'deploy/helm/sudoqld/files/alerts.yaml': await readFile(join(root, 'deploy/prometheus/alerts.yaml'), 'utf8'),
    'deploy/kubernetes/sudoqld.yaml': `# Rendered by "npm run manifests" from deploy/helm/sudoqld and values.yaml: change those.\n${rendered}`,
  };
}

/** Those that are not current. */
export async function outdated(): Promise<string[]> {
  const is = (path: string) => readFile(join(root, path), 'utf8').catch(() => null);
  const found = await Promise.all(
    Object.entries(await following()).map(async ([path, text]) => ((await is(path)) === text ? [] : [path])),
  );
  return found.flat();
}

if (process.argv[1] === import.meta.filename) {
  if (process.argv.includes('--check')) {
    const old = await outdated();
    for (const path of old) console.error(`${path} is not current: npm run manifests`);
    process.exitCode = old.length === 0 ? 0 : 1;
  } else {
    // The chart holds the rules that it renders.
    for (let round = 0; round < 2; round++)
      for (const [path, text] of Object.entries(await following())) await writeFile(join(root, path), text);
  }
}
