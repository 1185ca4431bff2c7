// `sudoql login`: by the browser of this machine, or with a code that is typed into another's.
import { createHash, randomBytes } from 'node:crypto';
import { hostname, userInfo } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { isLoopback } from '../../../services/contract/loopback.ts';
import { EXIT } from '../exit-codes.ts';
import { gatewayUrl } from '../gateway-api.ts';
import { visibleLine } from '../output/visible.ts';
import { Problem } from '../problem.ts';
import { beginDevice, pollDevice, redeem, type Token } from './login-api.ts';
import { listen } from './loopback.ts';
import { openBrowser } from './open-browser.ts';

/** A person may be at the provider for so long. */
const PATIENCE_MS = 10 * 60_000;

/** What people are told that asks; also kept with the token. */
const clientName = (): string =>
  `sudoql of ${userInfo().username} on ${hostname()}`.replace(/[^\x20-\x7e]/g, '?').slice(0, 100);

/** `say` writes a line for the person. Throws a Problem. */
export async function byBrowser(url: URL, browser: string | undefined, say: (line: string) => void): Promise<Token> {
  const verifier = randomBytes(32).toString('base64url');
  const state = randomBytes(24).toString('base64url');
  const loopback = await listen(state);
  try {
    const page = gatewayUrl({ url, token: '' }, 'login');
    page.search = new URLSearchParams({
      port: String(loopback.port),
      challenge: createHash('sha256').update(verifier).digest('base64url'),
      state,
      client: clientName(),
    }).toString();
    const opened = await openBrowser(page.href, browser);
    say(
      opened
        ? 'Go on in your browser. If it shows nothing, open this there:'
        : 'Open this in a browser on this machine:',
    );
    say(page.href);
    if (!opened) say('Is there none? sudoql login --device');
    return await redeem({ url }, await loopback.code(PATIENCE_MS), verifier);
  } finally {
    loopback.close();
  }
}

export async function byDevice(url: URL, say: (line: string) => void): Promise<Token> {
  const device = await beginDevice({ url }, clientName());
  say(`Open ${visibleLine(device.verification_uri)} in a browser, and type: ${visibleLine(device.user_code)}`);
  const end = performance.now() + device.expires_in * 1_000;
  while (performance.now() < end) {
    await setTimeout(Math.max(0.2, device.interval) * 1_000);
    const token = await pollDevice({ url }, device.device_code);
    if (token) return token;
  }
  throw new Problem(EXIT.connection, 'Nobody typed the code in time.', 'sudoql login --device');
}

/** The token crosses the network when it is made. Throws a Problem. */
export function refusePlaintext(url: URL): void {
  if (url.protocol === 'https:' || isLoopback(url.hostname)) return;
  throw new Problem(EXIT.usage, `The token would cross the network unencrypted from ${url.host}.`, 'Use an https URL.');
}
