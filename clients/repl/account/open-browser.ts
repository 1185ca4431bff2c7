import { spawn } from 'node:child_process';

/** Asks the system to show a page; false when it cannot. `command`: BROWSER of the environment. */
export function openBrowser(url: string, command: string | undefined): Promise<boolean> {
  const [program, ...before] = command ? [command] : (OPENERS[process.platform] ?? ['xdg-open']);
  return new Promise((resolve) => {
    const child = spawn(program ?? '', [...before, url], { stdio: 'ignore', detached: true });
    child.once('error', () => resolve(false));
    child.once('spawn', () => {
      child.unref();
      resolve(true);
    });
  });
}

const OPENERS: Partial<Record<NodeJS.Platform, string[]>> = {
  darwin: ['open'],
  // The page's own &, not the shell's.
  win32: ['rundll32', 'url.dll,FileProtocolHandler'],
};
