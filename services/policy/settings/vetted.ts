// Users' own functions, and settings, that the security team vetted for reads: `settings/vetted/data.yaml`, taken over with each revision.
import { Compile, Type } from '../../contract/typebox/typebox.js';
import type { VettedFunction } from '../../statements/vetting/verdict.ts';
import { ownSettingsFor, SettingsLine, vettedFor, VettedLine } from '../../statements/vetting/vetted.ts';
import type { Problem } from '../compiler/messages.ts';

const FILE = 'settings/vetted/data.yaml';
const Vetted = Compile(
  Type.Object(
    { functions: Type.Array(VettedLine), settings: Type.Optional(Type.Array(SettingsLine)) },
    { additionalProperties: false },
  ),
);

/** Problems of what stands under `settings.vetted`, in whatever schema the policy's author keeps: analysis relies on it. */
export function checkVetted(data: unknown): Problem[] {
  const vetted = vettedOf(data);
  if (vetted === undefined || Vetted.Check(vetted)) return [];
  return Vetted.Errors(vetted)
    .slice(0, 20)
    .map(({ instancePath, message }) => ({
      file: FILE,
      code: 'data_schema',
      message: `settings.vetted${instancePath.replaceAll('/', '.')} ${message}`,
    }));
}

/** Vetted functions by target. The same array for the same target each time, so that what was analysed stays known. */
export function makeVetted(data: unknown): (target: string) => readonly VettedFunction[] {
  const vetted = vettedOf(data);
  const lines = Vetted.Check(vetted) ? vetted.functions : [];
  const known = new Map<string, readonly VettedFunction[]>();
  return (target) => {
    let list = known.get(target);
    if (!list) {
      list = vettedFor(target, lines);
      known.set(target, list);
    }
    return list;
  };
}

/** Prefixes of settings that reads of a target may set. */
export function makeOwnSettings(data: unknown): (target: string) => readonly string[] {
  const vetted = vettedOf(data);
  const lines = Vetted.Check(vetted) ? (vetted.settings ?? []) : [];
  return (target) => ownSettingsFor(target, lines);
}

function vettedOf(data: unknown): unknown {
  const settings = isObject(data) ? data.settings : undefined;
  return isObject(settings) ? settings.vetted : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
