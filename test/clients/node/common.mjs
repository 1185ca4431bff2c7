// What the checks share: the packages of the directory that is named, a check that says what it expected, what was seen to work.
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** Takes a package from where `npm install` put it. */
export const load = createRequire(join(process.argv[2] ?? '.', 'index.js'));

export const url = process.env.DEMO_WIRE;

export function expect(condition, what) {
  if (condition) return;
  console.error(`FAILED: ${what}`);
  process.exit(1);
}

export const works = (what) => console.log(`works: ${what}`);

/** The error of a write in read mode, as the driver gives it, or wraps it. */
export async function refused(write, what) {
  const error = await write().then(
    () => null,
    (thrown) => thrown,
  );
  const inner = [error, error?.cause, error?.driverError].find((each) => each?.code !== undefined);
  expect(inner?.code === '25006' && inner.routine === 'write_needs_elevation', `${what}: ${error}`);
  expect(inner.hint.includes('sudo('), `the hint of ${what}`);
}
