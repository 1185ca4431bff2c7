// A decision, and a policy's build, by its rules: each one more rule of the shipped policy's shape, which permits.
import { makeCompiler } from '../../services/policy/compiler/compiler.ts';
import { compileModule } from '../../services/policy/compiler/compile-module.ts';
import { DECISION_FUEL } from '../../services/policy/fuel/limits.ts';
import { compilerView } from '../../services/policy/gate/gate.ts';
import { readInput } from '../../services/policy/gate/sample-inputs.ts';
import { HOST_FUNCTIONS } from '../../services/policy/host-functions.ts';
import { readData } from '../../services/policy/settings/settings.ts';
import { shippedFiles } from '../../services/policy/testing.ts';
import { makeWasmRuntime } from '../../services/policy/wasm-runtime.ts';
import { loadParser } from '../../services/statements/parse.ts';
import { type Grown, processorOf } from './step.ts';

const SIZES = [1, 10, 100, 1_000];

const rule = (name: string) => `# METADATA
# title: ${name}
# description: One of many.
package sudoql.statement.rules.${name}

import data.sudoql.result

# METADATA
# title: ${name}
# custom:
#   code: ${name}
#   message: one of many
#   remedy: none
#   severity: high
deny contains result.plain(rego.metadata.rule()) if not permitted

permitted if not "somebody else" in input.principal.groups
`;

export async function rules(): Promise<Grown[]> {
  // It sets V8's flags for WebAssembly in the whole process, as in a gateway.
  await loadParser();
  const compiler = makeCompiler();
  const decisions: Grown['points'] = [];
  const builds: Grown['points'] = [];
  try {
    for (const size of SIZES) {
      const files = new Map(await shippedFiles());
      for (let n = 0; n < size; n++) files.set(`sudoql/statement/rules/extra_${n}/extra_${n}.rego`, rule(`extra_${n}`));
      const { data, settingsSchema } = readData(files);
      const from = performance.now();
      const built = await compiler.run({ op: 'build', ...compilerView(files, data, settingsSchema) });
      if (built.problems?.length) throw new Error(JSON.stringify(built.problems.slice(0, 3)));
      builds.push([size, performance.now() - from]);
      const module = await compileModule(Buffer.from(built.wasm ?? '', 'base64'));
      const runtime = makeWasmRuntime(module, data, HOST_FUNCTIONS);
      const entrypoint = runtime.entrypoints['sudoql/statement/decision'] ?? -1;
      decisions.push([size, await processorOf(() => runtime.evaluate(entrypoint, readInput, DECISION_FUEL), 200)]);
    }
  } finally {
    await compiler.close();
  }
  return [
    {
      what: 'a decision, by rules more than the shipped ones',
      unit: 'µs of the processor',
      of: 'rules',
      points: decisions,
    },
    { what: 'a build of the policy, by the same', unit: 'ms', of: 'rules', points: builds },
  ];
}
