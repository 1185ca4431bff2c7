// OPA's compiler as WebAssembly, as it is kept: packed, beside the hash that its source builds (build.ts).
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';

export const artefactFile = new URL('compiler.wasm.zst', import.meta.url);
export const hashFile = new URL('compiler.sha256', import.meta.url);

/** 32 MiB: what repeats is mostly far apart. */
const WINDOW_LOG = 25;
/** The whole in one piece: of small ones they would be put together by hand, in as much time again. */
const CHUNK = 64 * 1024 * 1024;

/** Takes half a minute, for a fifth less than the usual. */
export function pack(wasm: Uint8Array): Uint8Array {
  return zstdCompressSync(wasm, {
    params: { [constants.ZSTD_c_compressionLevel]: 19, [constants.ZSTD_c_windowLog]: WINDOW_LOG },
  });
}

/** Throws when it is not what the hash says. */
export async function unpacked(): Promise<Uint8Array<ArrayBuffer>> {
  const [packed, expected] = await Promise.all([readFile(artefactFile), readFile(hashFile, 'utf8')]);
  const bytes = zstdDecompressSync(packed, {
    chunkSize: CHUNK,
    params: { [constants.ZSTD_d_windowLogMax]: WINDOW_LOG },
  }) as Buffer<ArrayBuffer>;
  const actual = createHash('sha256').update(bytes).digest('hex');
  if (actual !== expected.trim())
    throw new Error(`compiler.wasm.zst is not the artefact of compiler.sha256 (${actual}).`);
  return bytes;
}
