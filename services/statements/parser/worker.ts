// A thread that parses what may take long. It is ended from outside when it takes too long.
import { parentPort } from 'node:worker_threads';
import { compact } from './compact.ts';
import { makeParserInstance } from './instance.ts';
import { type Parsed, parseWith } from './parse.ts';

export interface ParseRequest {
  text: string;
  nodes: number;
  depth: number;
}

const port = parentPort;
if (port) {
  const instance = await makeParserInstance();
  port.on('message', ({ text, nodes, depth }: ParseRequest) => {
    const parsed = parseWith(instance, text);
    if (parsed.kind !== 'parsed') port.postMessage(parsed satisfies Parsed);
    else {
      const size = compact(parsed.statements, nodes);
      const over = size.nodes > nodes ? 'parts' : size.depth > depth ? 'levels' : null;
      port.postMessage(
        (over
          ? { kind: 'too_large', message: `statement has too many ${over} to be judged` }
          : parsed) satisfies Parsed,
      );
    }
  });
  port.postMessage('ready');
}
