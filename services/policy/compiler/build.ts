// `npm run build:compiler`: Go source → compiler.wasm.zst and compiler.sha256. With --check: builds elsewhere and fails on another
// hash than the committed one. The same source and toolchain (both in go.mod and go.sum) give the same bytes on every machine.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { artefactFile, hashFile, pack, unpacked } from './artefact.ts';
import { withMemoryMaximum } from './memory-maximum.ts';

/** 1.5 GiB: ten thousand rules fit, and no policy takes the machine. */
const MAXIMUM_PAGES = 24_576;

const run = promisify(execFile);
const here = fileURLToPath(new URL('.', import.meta.url));
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** The pinned toolchain: Go fetches it by itself when the installed one is another. */
async function pinnedToolchain(): Promise<string> {
  const version = /^go (\S+)$/m.exec(await readFile(join(here, 'go.mod'), 'utf8'))?.[1];
  if (!version) throw new Error('go.mod names no Go version.');
  return `go${version}`;
}

async function build(toolchain: string): Promise<Uint8Array> {
  const directory = await mkdtemp(join(tmpdir(), 'sudoql-compiler-'));
  try {
    const out = join(directory, 'compiler.wasm');
    // Nothing of the machine's own Go settings may change the bytes.
    const settings = [
      'GOOS=wasip1',
      'GOARCH=wasm',
      'GOWASM=',
      'CGO_ENABLED=0',
      'GOFLAGS=',
      'GOEXPERIMENT=',
      'GOWORK=off',
    ];
    const flags = ['-trimpath', '-mod=readonly', '-buildvcs=false', '-buildmode=c-shared', '-ldflags=-s -w -buildid='];
    await run('env', [...settings, `GOTOOLCHAIN=${toolchain}`, 'go', 'build', ...flags, '-o', out, '.'], { cwd: here });
    return withMemoryMaximum(await readFile(out), MAXIMUM_PAGES);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

const check = process.argv.includes('--check');
const toolchain = await pinnedToolchain();
const hasGo = await run('go', ['version']).then(
  () => true,
  () => false,
);
if (!hasGo) {
  console.error(
    check
      ? `skipped: there is no "go" here, so compiler.wasm.zst was not proved to come from its source (needs ${toolchain})`
      : `There is no "go" here. Install ${toolchain}.`,
  );
  process.exit(check ? 0 : 69);
}

const wasm = await build(toolchain);
const hash = sha256(wasm);
if (check) {
  const expected = (await readFile(hashFile, 'utf8')).trim();
  const committed = sha256(await unpacked());
  if (hash !== expected || committed !== expected) {
    console.error(`The source builds ${hash}, compiler.sha256 says ${expected}, compiler.wasm.zst holds ${committed}.`);
    process.exit(1);
  }
  console.log(`compiler.wasm.zst comes from its source: ${hash}`);
} else {
  const packed = pack(wasm);
  await writeFile(artefactFile, packed);
  await writeFile(hashFile, `${hash}\n`);
  console.log(`${hash}: ${wasm.length} bytes, ${packed.length} compressed`);
}
