import { InvalidArgumentError } from 'commander';

/** For an option that is a whole number from 1 to `most`. */
export const upTo =
  (most: number) =>
  (text: string): number => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= 1 && value <= most) return value;
    throw new InvalidArgumentError(
      `It must be a whole number ${most === Number.MAX_SAFE_INTEGER ? 'above 0' : `from 1 to ${most}`}.`,
    );
  };

export const positive = upTo(Number.MAX_SAFE_INTEGER);
