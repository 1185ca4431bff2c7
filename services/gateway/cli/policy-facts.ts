// What a statement does, for policy commands that ask of one.
import { existsSync } from 'node:fs';
import { nearest } from '../../contract/nearest.ts';
import { type AnalysedText, type PolicyCommandParts, USAGE } from '../../policy/commands/parts.ts';
import { makeAnalyser } from '../../statements/analyser.ts';
import { makeCatalogues } from '../../statements/catalogue.ts';
import { loadParser } from '../../statements/parse.ts';
import { defaultConfigFile } from '../config/load.ts';
import { connectToCatalogue } from '../targets/catalogue-connection.ts';
import { CommandFailed, configOf, EXIT, type Io } from './io.ts';

type Facts = NonNullable<PolicyCommandParts['facts']>;

export async function factsOf(sql: string, where: Parameters<Facts>[1], io: Io): Promise<AnalysedText> {
  const file = where.config ?? defaultConfigFile();
  if (where.config === undefined && !existsSync(file)) {
    const message = `What a statement does is found in its target's catalogue: give --config FILE (there is no ${file}), or a whole input with --input FILE.`;
    throw new CommandFailed(message, EXIT.config);
  }
  const config = configOf({ config: file }, io);
  const target = config.targets[where.target];
  if (!target) {
    const meant = nearest(where.target, Object.keys(config.targets));
    const hint = meant ? `did you mean ${meant}?` : `it has ${Object.keys(config.targets).join(', ')}.`;
    throw new CommandFailed(`The configuration has no target ${where.target}; ${hint}`, USAGE);
  }
  await loadParser();
  const analyser = makeAnalyser({
    catalogues: makeCatalogues({ connect: () => connectToCatalogue(target) }),
    text: { read: config.limits.textRead, write: config.limits.textWrite },
  });
  try {
    const login = where.mode === 'write' ? target.writer.user : target.reader.user;
    const context = { target: target.name, searchPath: '"$user", public', mode: where.mode, login };
    const analysis = await analyser.analyse(sql, context);
    switch (analysis.kind) {
      case 'statements':
        return { labels: target.labels, statements: analysis.statements.map(({ facts }) => facts) };
      case 'command':
      case 'command_not_alone':
        throw new CommandFailed('That is one of sudoql’s own commands: no statement policy is asked about it.', USAGE);
      case 'syntax_error':
      case 'refused':
        throw new CommandFailed(analysis.message, USAGE);
    }
  } finally {
    await analyser.close();
  }
}
