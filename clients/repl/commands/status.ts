import { inWords } from '../../../services/contract/durations.ts';
import { clockTime } from '../output/times.ts';
import { visibleLine } from '../output/visible.ts';
import type { Shell } from '../shell.ts';
import { placeOf } from '../state.ts';
import { sessionStatus } from './session-status.ts';

/** `\status`: what the gateway says of this session. */
export async function status({ client, terminal, style }: Shell): Promise<void> {
  const found = await sessionStatus(client);
  const { elevation } = found;
  const lines: [string, string][] = [
    ['mode', found.mode === 'write' ? style.red('write') : found.mode],
    ['target', placeOf(client.state) || found.target],
    ['you', found.principal],
  ];
  if (elevation) {
    lines.push(
      ['reason', elevation.reason],
      ['until', `${clockTime(new Date(elevation.deadline))}, ${inWords(elevation.seconds_left)} left`],
      ['elevation', elevation.id],
    );
  }
  lines.push(['session', found.session], ['policy', found.revision?.slice(0, 12) ?? 'none: everything is denied']);
  const width = Math.max(...lines.map(([name]) => name.length));
  terminal.output.write(
    lines
      .map(([name, value]) => `${style.bold(name.padEnd(width))}  ${name === 'mode' ? value : visibleLine(value)}\n`)
      .join(''),
  );
}
