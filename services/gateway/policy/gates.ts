// The gates before an activation, with a compiler of their own: an author's tests may take their minute, and meanwhile nothing waits for it.
import { makeCompiledCache, noCache } from '../../policy/compiler/compiled-cache.ts';
import { type Compiler, makeCompiler } from '../../policy/compiler/compiler.ts';
import { type Gated, gate, type GateParts, type Refused } from '../../policy/gate/gate.ts';
import { contentHashOf, type PolicyFiles } from '../../policy/source/policy-files.ts';
import { aloneOnHost, type Host } from '../processes/host.ts';

export interface Gates {
  compiler: Compiler;
  /** `tested`: its own tests passed before. `before`: what is in force. */
  judge(files: PolicyFiles, tested: boolean, before: PolicyFiles | null): Promise<Gated | Refused>;
  close(): Promise<void>;
}

/** `cache`: a directory, shared with the other processes of this `host` (default: there are none); what is compiled here need not be compiled again when it is taken over. `lint`, `coverage`: as gate/gate.ts has them. */
export function makeGates(
  { cache, lint, coverage }: { cache: string | null } & Required<Pick<GateParts, 'lint' | 'coverage'>>,
  { compiled: through, inTurn }: Pick<Host, 'compiled' | 'inTurn'> = aloneOnHost(),
): Gates {
  const compiler = makeCompiler();
  const compiled = through(cache === null ? noCache : makeCompiledCache(cache));
  return {
    compiler,
    judge: (files, tested, before) =>
      inTurn(`policy ${contentHashOf(files)}`, () =>
        gate(files, { compiler, cache: compiled, tested, lint, coverage, before }),
      ),
    close: () => compiler.close(),
  };
}
