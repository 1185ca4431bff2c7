import { getCompileCacheDir } from 'node:module';
import { dirname } from 'node:path';

/**
 * What a thread finds in its environment: nothing of this process's own, which may hold secrets and change what libraries do. Only
 * where Node keeps the sources that it compiled, when it keeps them at all.
 */
export function threadEnv(): { NODE_COMPILE_CACHE?: string } {
  const directory = getCompileCacheDir();
  return directory === undefined ? {} : { NODE_COMPILE_CACHE: dirname(directory) };
}
