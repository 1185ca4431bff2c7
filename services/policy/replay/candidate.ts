import type { Compiler } from '../compiler/compiler.ts';
import type { Problem } from '../compiler/messages.ts';
import { compilerView } from '../gate/gate.ts';
import { readDataApart } from '../gate/judge.ts';
import type { PolicyFiles } from '../source/policy-files.ts';
import type { Candidate } from './evaluators.ts';

const READING_MS = 30_000;

/** Compiled for replay: with types and data checked, its tests not run. */
export async function makeCandidate(
  files: PolicyFiles,
  compiler: Compiler,
): Promise<{ ok: true; candidate: Candidate } | { ok: false; problems: Problem[] }> {
  const { data, settingsSchema, problems } = await readDataApart(files, READING_MS);
  if (problems.length > 0) return { ok: false, problems };
  const built = await compiler.run({ op: 'build', ...compilerView(files, data, settingsSchema) });
  if (built.problems?.length) return { ok: false, problems: built.problems };
  return { ok: true, candidate: { wasm: Buffer.from(built.wasm ?? '', 'base64'), data } };
}
