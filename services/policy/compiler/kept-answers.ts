// What the compiler answered, kept for the next who asks the same: it is a pure function of its request and of its artefact.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { hashFile } from './artefact.ts';
import type { CompiledCache } from './compiled-cache.ts';
import type { Compiler } from './compiler.ts';
import type { CompilerAnswer, CompilerRequest } from './messages.ts';

/** Those whose answer has no time in it, nor what a machine had no time for. */
const KEPT: readonly CompilerRequest['op'][] = ['check', 'build'];

/** Mistakes are not kept: their author is about to change what is asked. What is compiled is judged anew by whoever uses it. */
export function withKeptAnswers(compiler: Compiler, cache: CompiledCache): Compiler {
  return {
    run: async (request, deadlineMs) => {
      if (!KEPT.includes(request.op)) return compiler.run(request, deadlineMs);
      const key = createHash('sha256')
        .update(`${await readFile(hashFile, 'utf8')}\n${JSON.stringify(request)}`)
        .digest('hex');
      const kept = await cache.read(key);
      if (kept) return JSON.parse(Buffer.from(kept).toString()) as CompilerAnswer;
      const answer = await compiler.run(request, deadlineMs);
      if (!answer.problems?.length) await cache.write(key, Buffer.from(JSON.stringify(answer)));
      return answer;
    },
    close: () => compiler.close(),
  };
}
