// `npm run test:deploy`: what operators install beside a gateway, held by the tools that will read it. Installs promtool and helm where
// they are missing; systemd's own check is skipped nowhere that has systemd. Exits non-zero on a finding.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { startDemo } from '../helpers/demo.ts';
import { checkChart } from './chart.ts';

const root = join(import.meta.dirname, '../..');

function command(name: string, args: string[], input?: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(name, args, { cwd: root, stdio: ['pipe', 'inherit', 'inherit'] });
    child.on('error', reject);
    child.on('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`${name} ${args.join(' ')} ended with ${code}`)),
    );
    child.stdin.end(input);
  });
}

await command('sh', [
  '-c',
  'command -v promtool >/dev/null || { apt-get update -q && apt-get install -qy --no-install-recommends prometheus; } >/dev/null',
]);
await command('promtool', ['check', 'rules', 'deploy/prometheus/alerts.yaml']);
await command('promtool', ['test', 'rules', 'deploy/prometheus/alerts.test.yaml']);
await command('sh', [
  '-c',
  'command -v systemd-analyze >/dev/null || { apt-get update -q && apt-get install -qy systemd; } >/dev/null',
]);
await command('systemd-analyze', ['verify', 'deploy/systemd/sudoqld.service']);

await checkChart();

const demo = await startDemo();
try {
  await command('promtool', ['check', 'metrics'], await (await fetch(`${demo.http}/metrics`)).text());
} finally {
  await demo.stop();
}
console.log('alert rules, unit, chart, manifests and metrics are well');
