/** Types for the tests; the functions are in `report.mjs`. */
export interface MeasurementOf {
  readonly workload: string;
  readonly system: string;
  readonly error?: string;
  readonly metrics?: Readonly<Record<string, number>>;
  readonly cpuS?: Readonly<Record<string, number>>;
  readonly peakMb?: Readonly<Record<string, number>>;
}

export interface Row {
  readonly title: string;
  readonly workload: string;
  readonly value?: number;
  readonly baseline?: number;
  readonly ratio?: number;
  readonly unit: string;
  readonly goal: string;
  readonly isMet?: boolean;
}

export function rowsOf(measurements: readonly MeasurementOf[]): readonly Row[];
export function formatRows(rows: readonly Row[]): string;
export function formatCpu(measurements: readonly MeasurementOf[]): string;
