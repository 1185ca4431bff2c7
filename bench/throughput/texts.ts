import type { ThroughputPart } from './part.ts';
import { measureLoad } from './point.ts';

// pgbench takes 128 scripts at most.
const SCRIPTS = 100;
const TEXTS = 100;

/** 10,000 texts that differ in more than literals, as many as caches by text do not hold. */
export const texts: ThroughputPart = {
  name: 'texts',
  stage: {},
  async run({ stage, options, script, add }) {
    const line = (n: number) => `SELECT balance AS b${n} FROM account WHERE id = ${n};\n`;
    const scripts = await Promise.all(
      Array.from({ length: SCRIPTS }, (_, i) =>
        script(Array.from({ length: TEXTS }, (_, j) => line(i * TEXTS + j)).join('')),
      ),
    );
    for (const protocol of options.protocols.filter((name) => name !== 'prepared'))
      add(
        await measureLoad({
          part: 'texts',
          name: `10,000 texts, a hundred a transaction, ${protocol}, 8 clients`,
          ...{ ways: stage.ways, rounds: options.rounds, stage, mode: 'read' },
          load: { scripts, protocol, clients: 8, seconds: options.seconds, statements: TEXTS },
        }),
      );
  },
};
