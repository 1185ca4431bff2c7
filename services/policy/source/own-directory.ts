import { stat } from 'node:fs/promises';

const OTHERS_WRITE = 0o022;

/** Whether nobody but this process's user (or root) can put files into `directory`: what is read from it decides what is permitted. */
export async function isOwnDirectory(directory: string): Promise<boolean> {
  const found = await stat(directory).catch(() => null);
  if (!found?.isDirectory() || (found.mode & OTHERS_WRITE) !== 0) return false;
  return process.getuid === undefined || found.uid === process.getuid() || found.uid === 0;
}
