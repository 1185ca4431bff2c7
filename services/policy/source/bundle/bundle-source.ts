// A policy as a signed bundle of OPA's format, fetched from a web server.
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { isOwnDirectory } from '../own-directory.ts';
import { DIRECTORY_LIMITS } from '../directory-source.ts';
import type { FoundPolicy, PolicyFiles, PolicySource } from '../policy-files.ts';
import { uploadedFiles } from '../uploaded-files.ts';
import { type BundlePlace, fetchBundle } from './fetch-bundle.ts';
import { type BundleKey, SIGNATURES, verifyBundle } from './signature.ts';
import { BundleRefused, readTar } from './tar.ts';

export interface BundleSourceParts {
  place: BundlePlace;
  key: BundleKey;
  /** Between two questions, in ms. */
  everyMs: number;
  /** The last good bundle is kept there, for a start while the server is away; it is verified like any other. */
  cache: string;
}

const unzip = promisify(gunzip);
/** Bytes, unpacked: the largest policy, with what an archive adds. */
const UNPACKED = DIRECTORY_LIMITS.total + 8 * 1_024 ** 2;

interface Opened {
  found: FoundPolicy;
  issuedAt: number | null;
}

export function makeBundleSource({ place, key, everyMs, cache }: BundleSourceParts): PolicySource {
  const kept = join(cache, 'bundle.tar.gz');
  let etag: string | null = null;
  /** What was fetched last; null before. */
  let last: FoundPolicy | null = null;
  let issuedAt: number | null = null;

  const open = async (bytes: Buffer): Promise<Opened> => {
    try {
      const { files, signedAt } = await openBundle(bytes, key);
      if (issuedAt !== null && (signedAt ?? 0) < issuedAt)
        throw new BundleRefused('it was signed before the one that is in force');
      return { found: { ok: true, files }, issuedAt: signedAt };
    } catch (error) {
      if (!(error instanceof BundleRefused)) throw error;
      const message = `the bundle of ${place.url} is refused: ${error.message}`;
      return { found: { ok: false, problems: [{ code: 'bundle', message }] }, issuedAt };
    }
  };
  /** True when there is something else than before. */
  const look = async (): Promise<boolean> => {
    const fetched = await fetchBundle(place, etag);
    if (!fetched.changed) return false;
    const opened = await open(fetched.bytes);
    etag = fetched.etag;
    last = opened.found;
    if (opened.found.ok) {
      issuedAt = opened.issuedAt;
      await keep(cache, kept, fetched.bytes);
    }
    return true;
  };
  /** The last good one from this disk; the next look then tells what the server has. */
  const fromDisk = async (): Promise<FoundPolicy | null> => {
    const bytes = (await isOwnDirectory(cache)) ? await readFile(kept).catch(() => null) : null;
    const opened = bytes && (await open(bytes));
    if (!opened?.found.ok) return null;
    issuedAt = opened.issuedAt;
    last = null;
    etag = null;
    return opened.found;
  };

  return {
    async read() {
      // What was fetched by a look is what is read; the first reading fetches.
      if (last) return last;
      let why = 'nothing was fetched';
      await look().catch((error: unknown) => {
        why = `the bundle cannot be fetched: ${error instanceof Error ? error.message : String(error)}`;
      });
      // As the look left it.
      const fetched = last as FoundPolicy | null;
      if (fetched?.ok) return fetched;
      const unreached: FoundPolicy = { ok: false, problems: [{ code: 'unreachable', message: why }], passing: true };
      return (await fromDisk()) ?? fetched ?? unreached;
    },
    watch(onChange) {
      let closed = false;
      let timer: NodeJS.Timeout;
      const again = () => {
        timer = setTimeout(() => {
          void look()
            .then(
              (changed) => changed && !closed && onChange(),
              // Asked again: what is in force stays so.
              () => undefined,
            )
            .finally(() => closed || again());
        }, everyMs).unref();
      };
      again();
      return () => {
        closed = true;
        clearTimeout(timer);
      };
    },
  };
}

/** Throws BundleRefused. */
export async function openBundle(
  bytes: Buffer,
  key: BundleKey,
): Promise<{ files: PolicyFiles; signedAt: number | null }> {
  const archive = await unzip(bytes, { maxOutputLength: UNPACKED }).catch((error: unknown) => {
    throw new BundleRefused(`it cannot be unpacked: ${error instanceof Error ? error.message : String(error)}`);
  });
  const archived = readTar(archive, DIRECTORY_LIMITS.files);
  const { issuedAt } = verifyBundle(archived, key);
  const named: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const { path, content } of archived) {
    if (path === SIGNATURES || path === '.manifest') continue;
    try {
      named[path] = new TextDecoder('utf-8', { fatal: true }).decode(content);
    } catch {
      throw new BundleRefused(`${path} is not UTF-8`);
    }
  }
  const uploaded = uploadedFiles(named);
  if (uploaded.ok) return { files: uploaded.files, signedAt: issuedAt };
  throw new BundleRefused(uploaded.problems.map(({ file, message }) => `${file ?? ''}: ${message}`).join('; '));
}

/** A disk that is full or read-only is no reason not to use it. */
async function keep(directory: string, path: string, bytes: Buffer): Promise<void> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await writeFile(`${path}.part`, bytes, { mode: 0o600 });
    await rename(`${path}.part`, path);
  } catch {
    // As above.
  }
}
