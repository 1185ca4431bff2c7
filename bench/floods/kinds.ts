// What one principal floods a gateway with.
export type FloodKind = 'reads' | 'writes' | 'pipelines' | 'connects' | 'wrong tokens' | 'long texts';
export const KINDS: FloodKind[] = ['reads', 'writes', 'pipelines', 'connects', 'wrong tokens', 'long texts'];

export interface FloodData {
  kind: FloodKind;
  host: string;
  port: number;
  database: string;
  user: string;
  password: string;
}
