// WebAssembly's binary format as far as its passes need it: numbers and sections.

/** Magic number and version. */
const HEADER = 8;

export const SECTION = {
  custom: 0,
  types: 1,
  imports: 2,
  functions: 3,
  globals: 6,
  exports: 7,
  code: 10,
  data: 11,
} as const;

export interface Section {
  id: number;
  content: Uint8Array;
}

/** Throws a WebAssembly.CompileError for bytes that are cut short. */
export function sectionsOf(wasm: Uint8Array): Section[] {
  const sections: Section[] = [];
  for (const reader = new Reader(wasm, HEADER); !reader.done; ) {
    const id = reader.byte();
    sections.push({ id, content: reader.bytes(reader.unsigned()) });
  }
  return sections;
}

export function moduleOf(wasm: Uint8Array, sections: readonly Section[]): Uint8Array {
  const parts: Uint8Array[] = [wasm.subarray(0, HEADER)];
  for (const { id, content } of sections) parts.push(Uint8Array.of(id, ...unsigned(content.length)), content);
  return Buffer.concat(parts);
}

/** Reads forward. Throws where the bytes end too early. */
export class Reader {
  readonly all: Uint8Array;
  at: number;

  constructor(all: Uint8Array, at = 0) {
    this.all = all;
    this.at = at;
  }

  get done(): boolean {
    return this.at >= this.all.length;
  }

  byte(): number {
    const byte = this.all[this.at++];
    if (byte === undefined) throw new WebAssembly.CompileError('The module is cut short.');
    return byte;
  }

  bytes(length: number): Uint8Array {
    if (this.at + length > this.all.length) throw new WebAssembly.CompileError('The module is cut short.');
    this.at += length;
    return this.all.subarray(this.at - length, this.at);
  }

  /** LEB128 of at most 32 bits. */
  unsigned(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.byte();
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
  }

  /** Signed LEB128 of at most 32 bits. */
  signed(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return shift < 25 && byte & 0x40 ? value | (-1 << (shift + 7)) : value;
    }
  }

  /** Over a LEB128 of any size. */
  skipNumber(): void {
    while (this.byte() >= 0x80);
  }

  /** As often as the number says that stands here. */
  vector<T>(read: (index: number) => T): T[] {
    return Array.from({ length: this.unsigned() }, (_, index) => read(index));
  }
}

export function unsigned(value: number): number[] {
  const bytes: number[] = [];
  for (let left = value; ; left = Math.floor(left / 128)) {
    if (left < 128) return [...bytes, left];
    bytes.push((left % 128) + 128);
  }
}

/** Signed LEB128, for constants. */
export function signed(value: number): number[] {
  const bytes: number[] = [];
  for (let left = value; ; left >>= 7) {
    const low = left & 0x7f;
    if ((left >> 6 === 0 && !(low & 0x40)) || (left >> 6 === -1 && low & 0x40)) return [...bytes, low];
    bytes.push(low | 0x80);
  }
}

/** A vector: how many, and they. */
export const vector = (items: readonly Uint8Array[]): Uint8Array =>
  Buffer.concat([Uint8Array.from(unsigned(items.length)), ...items]);
