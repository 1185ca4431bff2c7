// A configuration as it was read, with the files that it names: for processes that must all have the same, whatever becomes of the files.
import { readFileSync } from 'node:fs';
import type { Config } from './configuration.ts';
import { parseConfig, readConfigFile } from './load.ts';

export interface Snapshot {
  file: string;
  text: string;
  /** What each file held that could be read, by its path. Secrets are among it. */
  files: Record<string, string>;
}

type Env = Record<string, string | undefined> | undefined;

/** Throws ConfigError as `loadConfig` does. */
export function readSnapshot(file: string, env: Env): { config: Config; snapshot: Snapshot } {
  const snapshot: Snapshot = { file, text: readConfigFile(file), files: {} };
  const config = parseConfig(file, snapshot.text, env, (path) => {
    const text = readFileSync(path, 'utf8');
    snapshot.files[path] = text;
    return text;
  });
  return { config, snapshot };
}

export function configOfSnapshot({ file, text, files }: Snapshot, env: Env): Config {
  return parseConfig(file, text, env, (path) => {
    if (!Object.hasOwn(files, path)) throw Object.assign(new Error(`${path} was not there`), { code: 'ENOENT' });
    return files[path] ?? '';
  });
}
