// The gates before an activation, with a compiler of their own: an author's tests may take their minute, and meanwhile nothing waits for it.
import { makeCompiledCache, noCache } from '../../policy/compiler/compiled-cache.ts';
import { type Compiler, makeCompiler } from '../../policy/compiler/compiler.ts';
import { type Gated, gate, type Refused } from '../../policy/gate/gate.ts';
import { contentHashOf, type PolicyFiles } from '../../policy/source/policy-files.ts';
import { aloneOnHost, type Host } from '../processes/host.ts';

export interface Gates {
  compiler: Compiler;
  /** `tested`: its own tests passed before. */
  judge(files: PolicyFiles, tested: boolean): Promise<Gated | Refused>;
  close(): Promise<void>;
}

/** `cache`: a directory, shared with the other processes of this `host` (default: there are none); what is compiled here need not be compiled again when it is taken over. `lint`: what of the linter's refuses. */
export function makeGates(
  { cache, lint }: { cache: string | null; lint: 'off' | 'mistakes' | 'all' },
  { compiled: through, inTurn }: Pick<Host, 'compiled' | 'inTurn'> = aloneOnHost(),
): Gates {
  const compiler = makeCompiler();
  const compiled = through(cache === null ? noCache : makeCompiledCache(cache));
  return {
    compiler,
    judge: (files, tested) =>
      inTurn(`policy ${contentHashOf(files)}`, () => gate(files, { compiler, cache: compiled, tested, lint })),
    close: () => compiler.close(),
  };
}
