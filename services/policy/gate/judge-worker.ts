// Judges what an author wrote where it can be interrupted: a YAML file or a decision that does not end must not hold up statements.
import { parentPort, workerData } from 'node:worker_threads';
import { compileModule } from '../compiler/compile-module.ts';
import { checkConformance } from './conformance.ts';
import type { JudgeJob, JudgeResult } from './judge.ts';
import { readData } from '../settings/settings.ts';
import { loadWasmPolicy } from '../wasm-policy.ts';

async function judge(job: JudgeJob): Promise<JudgeResult> {
  if (job.kind === 'data') return { ok: true, ...readData(job.files) };
  try {
    const module = await compileModule(job.wasm);
    const problems = checkConformance(await loadWasmPolicy(module, job.data));
    // With the code of all that the suite called, which is then not compiled where statements wait.
    return { ok: true, problems, module };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { ok: true, problems: [{ code: 'not_loadable', message }] };
  }
}

parentPort?.postMessage(await judge(workerData as JudgeJob));
