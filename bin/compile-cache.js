// Keeps what Node compiles of the sources, which is most of what a short command and a start do.
import { lstatSync, mkdirSync } from 'node:fs';
import module from 'node:module';

/**
 * `directory` is of the installation: who may write there may write the sources as well. What is in it is run, so it is not used
 * where others may write, nor behind a link; and where nothing can be written, each start compiles.
 */
export function useCompileCache(directory) {
  // NODE_COMPILE_CACHE says another; older versions of Node have none.
  if (!module.enableCompileCache || module.getCompileCacheDir() !== undefined) return;
  try {
    mkdirSync(directory, { recursive: true, mode: 0o755 });
    const about = lstatSync(directory);
    const owned = process.getuid === undefined || [process.getuid(), 0].includes(about.uid);
    if (about.isDirectory() && owned && (about.mode & 0o022) === 0) module.enableCompileCache(directory);
  } catch {
    // The installation is read-only.
  }
}
