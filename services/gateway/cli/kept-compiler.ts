import { type CompiledCache, makeCompiledCache, noCache } from '../../policy/compiler/compiled-cache.ts';
import { type Compiler, makeCompiler } from '../../policy/compiler/compiler.ts';
import { withKeptAnswers } from '../../policy/compiler/kept-answers.ts';
import { commandCache } from '../config/load.ts';

/** Of whoever runs commands. What a gateway loads is never from here: it has a directory of its own (`policy.cache`). */
export function commandsCache(): CompiledCache {
  const directory = commandCache();
  return directory === null ? noCache : makeCompiledCache(directory);
}

export const makeKeptCompiler = (): Compiler => withKeptAnswers(makeCompiler(), commandsCache());
