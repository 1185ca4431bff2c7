// Chromium from Debian, as it is installed, or installed now.
import { spawnSync } from 'node:child_process';
import { type Browser, chromium } from 'playwright-core';

const FIND = 'command -v chromium || command -v chromium-browser || command -v google-chrome';
const INSTALL = '{ apt-get update -q && apt-get install -qy --no-install-recommends chromium fonts-dejavu-core; } >&2';

/** Throws with what the installation said where there is none, and none can be had. */
export function startChromium(): Promise<Browser> {
  const { status, stdout, stderr } = spawnSync('sh', ['-c', `${FIND} || { ${INSTALL} && ${FIND}; }`], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`There is no Chromium, and none could be installed:\n${stderr.slice(-2_000)}`);
  return chromium.launch({ executablePath: stdout.trim() });
}

/** How a person looks at a page. */
export interface Eyes {
  name: string;
  viewport: { width: number; height: number };
  colorScheme: 'light' | 'dark';
  /** Whether every control is gone to by Tab, too: once on each kind of screen, and in each of both colours. */
  keys: boolean;
}

const PHONE = { width: 360, height: 740 };
const DESKTOP = { width: 1_280, height: 800 };

export const EYES: readonly [Eyes, ...Eyes[]] = [
  { name: 'phone-light', viewport: PHONE, colorScheme: 'light', keys: true },
  { name: 'phone-dark', viewport: PHONE, colorScheme: 'dark', keys: false },
  { name: 'desktop-light', viewport: DESKTOP, colorScheme: 'light', keys: false },
  { name: 'desktop-dark', viewport: DESKTOP, colorScheme: 'dark', keys: true },
];
