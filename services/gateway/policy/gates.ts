// The gates before an activation, with a compiler of their own: an author's tests may take their minute, and meanwhile nothing waits for it.
import { makeCompiledCache, noCache } from '../../policy/compiler/compiled-cache.ts';
import { type Compiler, makeCompiler } from '../../policy/compiler/compiler.ts';
import { type Gated, gate, type Refused } from '../../policy/gate/gate.ts';
import type { PolicyFiles } from '../../policy/source/policy-files.ts';

export interface Gates {
  compiler: Compiler;
  /** `tested`: its own tests passed before. */
  judge(files: PolicyFiles, tested: boolean): Promise<Gated | Refused>;
  close(): Promise<void>;
}

/** `cache`: a directory; what is compiled here need not be compiled again when it is taken over. `lint`: what of the linter's refuses. */
export function makeGates({ cache, lint }: { cache: string | null; lint: 'off' | 'mistakes' | 'all' }): Gates {
  const compiler = makeCompiler();
  const compiled = cache === null ? noCache : makeCompiledCache(cache);
  return {
    compiler,
    judge: (files, tested) => gate(files, { compiler, cache: compiled, tested, lint }),
    close: () => compiler.close(),
  };
}
