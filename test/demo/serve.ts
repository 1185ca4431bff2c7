// `npm run demo -- --serve`: says where everything is, and stays.
import type { Stage } from './stage.ts';

export async function serveUntilStopped(stage: Stage, json: boolean, signal: AbortSignal): Promise<void> {
  if (json) process.stdout.write(`${JSON.stringify(keys(stage))}\n`);
  else process.stdout.write(words(stage));
  const lost = new Promise<string>((resolve) => {
    stage.gateway.process.once('exit', (code) =>
      resolve(`the gateway ended with ${code}; its log is ${stage.gateway.log}`),
    );
  });
  const stopped = new Promise<null>((resolve) => {
    if (signal.aborted) resolve(null);
    signal.addEventListener('abort', () => resolve(null), { once: true });
  });
  // A test may kill the gateway on purpose, and start it again from the same files: the rest stays.
  const why = await Promise.race([lost, stopped]);
  if (why === null) return;
  process.stderr.write(`  ${why}\n`);
  await stopped;
}

/** What programs are told. */
function keys(stage: Stage): object {
  return {
    wire: stage.wire.url('ana'),
    http: stage.http,
    user: 'ana',
    token: stage.tokens.ana,
    security: { user: 'sec', token: stage.tokens.sec },
    tokens: stage.tokens,
    target: stage.server.url('shop'),
    ledger: stage.server.url('sudoql_ledger'),
    mails: stage.mailbox.url,
    webhooks: stage.receiver.url,
    config: stage.files.config,
    env: stage.files.env,
    gateway: stage.gateway.process.pid,
    log: stage.gateway.log,
  };
}

function words(stage: Stage): string {
  return `
  psql      psql '${stage.wire.url('ana')}'
  REPL      SUDOQL_URL=${stage.http} SUDOQL_TOKEN=${stage.tokens.ana} npm run sudoql -- shop
  API       ${stage.http}/openapi.json   ${stage.http}/readyz   ${stage.http}/metrics
  console   ${stage.http}   (sign in as Cleo, a developer, or Dan of security)
  payroll   psql '${stage.wire.url('ana', 'payroll')}'   (to write, Dan must agree)
  policy    ${stage.directory}/policies   (what is changed there counts at once, until the next start)
  login     SUDOQL_URL=${stage.http} npm run sudoql -- login
  mailbox   ${stage.mailbox.url}
  webhooks  ${stage.receiver.url}
  sec       ${stage.tokens.sec}   (may revoke: POST ${stage.http}/v1/elevations/ID/revoke)
  log       ${stage.gateway.log}

  Ctrl-C ends all of it.
`;
}
