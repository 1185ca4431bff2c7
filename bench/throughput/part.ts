import type { Stage, StageOptions } from '../stage/stage.ts';
import type { Options } from './options.ts';
import type { Point } from './point.ts';

export interface PartContext {
  stage: Stage;
  options: Options;
  /** Writes a script of pgbench's; resolves to its file. */
  script(text: string): Promise<string>;
  /** Prints and keeps a point as soon as it is there. */
  add(point: Point): void;
}

/** Something that is measured, on a stage that fits it. */
export interface ThroughputPart {
  name: string;
  stage: Pick<StageOptions, 'fsync' | 'sessions'>;
  run(context: PartContext): Promise<void>;
}
