// `npm run bench`: every figure, or those whose script's name contains one of the arguments, one after the other. What follows the
// first option is handed to the scripts.
import { spawn } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

const SCRIPTS_THAT_MEASURE_NOTHING = new Set(['run.ts', 'measure.ts']);
const given = process.argv.slice(2);
const firstOption = given.findIndex((argument) => argument.startsWith('-'));
const wanted = firstOption < 0 ? given : given.slice(0, firstOption);
const options = given.slice(wanted.length);
const scripts = (await readdir(import.meta.dirname))
  .filter((name) => name.endsWith('.ts') && !SCRIPTS_THAT_MEASURE_NOTHING.has(name))
  .filter((name) => wanted.length === 0 || wanted.some((part) => name.includes(part)))
  .sort();
if (scripts.length === 0) {
  console.error(`No figure's script matches ${wanted.join(', ')}.`);
  process.exit(2);
}
let failed = 0;
for (const script of scripts) {
  console.log(`\n== ${script}`);
  const child = spawn(process.execPath, [join(import.meta.dirname, script), ...options], { stdio: 'inherit' });
  const code = await new Promise<number>((resolve) => child.on('exit', (value) => resolve(value ?? 1)));
  if (code !== 0) failed++;
}
process.exit(failed === 0 ? 0 : 1);
