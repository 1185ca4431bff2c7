// CPU profiles of a Node process and its worker threads, through its inspector. Source: the Chrome DevTools Protocol's domain Profiler
// and Node's own domain NodeWorker.

export interface ProfileNode {
  id: number;
  callFrame: { functionName: string; url: string; lineNumber: number };
  children?: number[];
}

export interface CpuProfile {
  nodes: ProfileNode[];
  /** Ids of nodes; each sample is that of the microseconds of its delta. */
  samples: number[];
  timeDeltas: number[];
}

export interface ThreadProfile {
  thread: string;
  profile: CpuProfile;
}

const INTERVAL_US = 500;

/** Profiles all threads while `act` runs. `port`: of the process's inspector on 127.0.0.1. */
export async function profiled(port: number, act: () => Promise<void>): Promise<ThreadProfile[]> {
  const [target] = (await (await fetch(`http://127.0.0.1:${port}/json/list`)).json()) as [
    { webSocketDebuggerUrl: string },
  ];
  const socket = new WebSocket(target.webSocketDebuggerUrl);
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve, { once: true });
    socket.addEventListener('error', reject, { once: true });
  });
  const main = new Session((text) => socket.send(text));
  const workers = new Map<string, { title: string; session: Session }>();
  socket.addEventListener('message', ({ data }) => {
    const message = main.hear(String(data));
    const params = message.params ?? {};
    if (message.method === 'NodeWorker.attachedToWorker') {
      const { sessionId, workerInfo } = params as { sessionId: string; workerInfo: { url: string } };
      const send = (text: string) => void main.ask('NodeWorker.sendMessageToWorker', { sessionId, message: text });
      workers.set(sessionId, { title: workerInfo.url, session: new Session(send) });
    }
    if (message.method === 'NodeWorker.receivedMessageFromWorker') {
      const { sessionId, message: text } = params as { sessionId: string; message: string };
      workers.get(sessionId)?.session.hear(text);
    }
    if (message.method === 'NodeWorker.detachedFromWorker') workers.delete(String(params.sessionId));
  });
  await main.ask('NodeWorker.enable', { waitForDebuggerOnStart: false });
  const threads = [{ thread: 'main thread', session: main }].concat(
    [...workers.values()].map(({ title, session }) => ({ thread: title.replace(/^.*\//, ''), session })),
  );
  for (const { session } of threads) {
    await session.ask('Profiler.enable');
    await session.ask('Profiler.setSamplingInterval', { interval: INTERVAL_US });
    await session.ask('Profiler.start');
  }
  await act();
  const found: ThreadProfile[] = [];
  for (const { thread, session } of threads) {
    const { profile } = (await session.ask('Profiler.stop')) as { profile: CpuProfile };
    found.push({ thread, profile });
  }
  socket.close();
  return found;
}

interface Message {
  id?: number;
  method?: string;
  params?: Record<string, unknown>;
  result?: unknown;
  error?: { message: string };
}

/** Questions and their answers over a channel of texts. */
class Session {
  readonly #send: (text: string) => void;
  readonly #asked = new Map<number, { resolve(result: unknown): void; reject(error: Error): void }>();
  #last = 0;

  constructor(send: (text: string) => void) {
    this.#send = send;
  }

  ask(method: string, params: object = {}): Promise<unknown> {
    const id = ++this.#last;
    return new Promise((resolve, reject) => {
      this.#asked.set(id, { resolve, reject });
      this.#send(JSON.stringify({ id, method, params }));
    });
  }

  hear(text: string): Message {
    const message = JSON.parse(text) as Message;
    const asked = message.id === undefined ? undefined : this.#asked.get(message.id);
    if (message.error) asked?.reject(new Error(message.error.message));
    else asked?.resolve(message.result);
    return message;
  }
}
