// What is well formed and is hardly meant: said by check, refused by --strict, and, where it can only be a mistake, by the gate.
import type { Problem } from '../compiler/messages.ts';
import type { PolicyFiles } from '../source/policy-files.ts';

/** Every finding, and whether it can only be a mistake: whoever means one of those says so in a comment. */
export const FINDINGS: Readonly<Record<string, boolean>> = {
  invisible: true,
  lookalike: true,
  never: true,
  unknown_zone: true,
  nobody: true,
  production_relaxed: true,
  print: true,
  // Found where the configuration is named, and mistakes there; the gate is also that of gateways with other targets.
  unknown_target: false,
  unknown_channel: false,
  unknown_group: false,
  capitals: false,
  limit_of_nothing: false,
  beyond_configuration: false,
  everywhere: false,
  empty_line: false,
  same_name: false,
  past: false,
  // The compiler's own.
  same_code: false,
  not_of_undefined: false,
  not_in_force: false,
  no_test: false,
  vacuous_test: false,
};

export function isMistake({ code }: Problem): boolean {
  return FINDINGS[code] ?? false;
}

/** On the finding's line, or alone on the one before it. */
const SILENCE = /#\s*sudoql: ignore (\w+)(?::\s*(\S.*))?$/;

/** Without those that a comment in place silences; one that gives no reason does not. */
export function unsilenced(files: PolicyFiles, found: readonly Problem[]): Problem[] {
  return found.flatMap((one) => {
    if (!one.file || !one.row) return [one];
    const lines = files.get(one.file)?.split(/\r?\n/) ?? [];
    for (const line of [lines[one.row - 1] ?? '', alone(lines[one.row - 2])]) {
      const said = SILENCE.exec(line);
      if (said?.[1] !== one.code) continue;
      if (said[2]) return [];
      return [{ ...one, message: `${one.message}; to keep it, say why: "# sudoql: ignore ${one.code}: because …"` }];
    }
    return [one];
  });
}

const alone = (line = ''): string => (/^\s*#/.test(line) ? line : '');
