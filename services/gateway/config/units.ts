// Durations and sizes as people write them in the configuration.

const MILLISECONDS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const BYTES: Record<string, number> = {
  B: 1,
  kB: 1_000,
  KB: 1_000,
  MB: 1_000 ** 2,
  GB: 1_000 ** 3,
  TB: 1_000 ** 4,
  KiB: 1_024,
  MiB: 1_024 ** 2,
  GiB: 1_024 ** 3,
  TiB: 1_024 ** 4,
};

/** A whole number and a unit, nothing between them: a bare number would leave it to the reader whether `30` is seconds or minutes. */
export const DURATION_PATTERN = `^[0-9]{1,9}(${Object.keys(MILLISECONDS).join('|')})$`;
export const SIZE_PATTERN = `^[0-9]{1,12}(${Object.keys(BYTES).join('|')})$`;

function quantity(text: string, units: Record<string, number>): number {
  const unit = text.replace(/^[0-9]+/, '');
  const factor = units[unit];
  if (factor === undefined) throw new Error(`${text} has no unit of ${Object.keys(units).join(', ')}.`);
  return Number.parseInt(text, 10) * factor;
}

/** `10s`, `15m`, `4h` → milliseconds. For text that matches DURATION_PATTERN. */
export function milliseconds(text: string): number {
  return quantity(text, MILLISECONDS);
}

/** `64KiB`, `50GB` → bytes. For text that matches SIZE_PATTERN. */
export function bytes(text: string): number {
  return quantity(text, BYTES);
}
