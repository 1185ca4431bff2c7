// A directory, or a bundle, whose changes wait for approval: what is found there is requested, in its own name.
import type { Problem } from '../../../policy/compiler/messages.ts';
import { describeRefusal } from '../../../policy/gate/gate.ts';
import { contentHashOf, type PolicySource } from '../../../policy/source/policy-files.ts';
import type { Log } from '../../log.ts';
import type { Activate } from '../activation.ts';

export interface ProposeParts {
  source: PolicySource;
  /** Who asks: `directory /etc/sudoql/policies`. */
  name: string;
  activate: Activate;
  log: Pick<Log, 'info' | 'warn'>;
  retryMs?: number;
}

/** Returns how to end it. The same content, or the same mistake, is told once. */
export function proposeFrom({ source, name, activate, log, retryMs = 2_000 }: ProposeParts): () => Promise<void> {
  const actor = { operator: name };
  let last = '';
  let closed = false;
  let retry: NodeJS.Timeout | undefined;
  let queue: Promise<void> = Promise.resolve();

  const propose = async (): Promise<void> => {
    const found = await source.read();
    // It is away for a while; it calls back.
    if (!found.ok && found.passing) throw new Error(describeRefusal(found.problems));
    const files: Parameters<Activate>[0]['files'] = found.ok ? found.files : found.problems;
    const what = found.ok ? contentHashOf(found.files) : describeRefusal(files as Problem[]);
    if (closed || what === last) return;
    const result = await activate({ files, actor });
    last = what;
    log.info({ kind: result.kind, name }, 'policies were read to be requested');
  };
  const again = (): void => {
    clearTimeout(retry);
    queue = queue.then(async () => {
      if (closed) return;
      await propose().catch((error: unknown) => {
        log.warn({ err: error }, 'a change of policies could not be requested yet');
        retry = setTimeout(again, retryMs).unref();
      });
    });
  };
  const stop = source.watch(again);
  again();
  return async () => {
    closed = true;
    clearTimeout(retry);
    stop();
    await queue;
  };
}
