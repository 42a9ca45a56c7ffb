import { goals } from "./goals.mjs";
import { median } from "./statistics.mjs";

/**
 * @typedef {object} Row one line of the table
 * @property {string} title
 * @property {string} workload
 * @property {number} [value] the median over the rounds; missing when no round succeeded
 * @property {number} [baseline]
 * @property {number} [ratio]
 * @property {string} unit
 * @property {string} goal
 * @property {boolean} [isMet] missing where there is nothing to compare
 */

/** The rows with a goal whose system was measured. @returns {readonly Row[]} */
export function rowsOf(measurements) {
  const medianOf = (goal, system) => {
    const measured = measurements.filter((one) => one.workload === goal.workload && one.system === system);
    const values = measured.filter((one) => one.error === undefined).map((one) => goal.valueOf(one));
    return values.length === 0 ? undefined : median(values);
  };
  return goals
    .filter((goal) => measurements.some((one) => one.workload === goal.workload && one.system === goal.system))
    .map((goal) => {
      const value = medianOf(goal, goal.system);
      const baseline = goal.baseline === undefined ? undefined : medianOf(goal, goal.baseline);
      const ratio = ratioOf(goal, value, baseline);
      const compared = goal.baseline === undefined ? value : ratio;
      return {
        title: goal.title,
        workload: goal.workload,
        value,
        baseline,
        ratio,
        unit: goal.unit,
        goal: describeGoal(goal),
        isMet: compared === undefined ? undefined : goal.is === ">=" ? compared >= goal.limit : compared <= goal.limit,
      };
    });
}

function ratioOf(goal, value, baseline) {
  if (value === undefined || baseline === undefined) return undefined;
  return goal.ratio === "faster" ? baseline / value : value / baseline;
}

function describeGoal({ is, limit, ratio, unit }) {
  const sign = is === ">=" ? "≥" : "≤";
  if (ratio === undefined) return `${sign} ${limit.toLocaleString("en")} ${unit}`;
  return `${sign} ${limit} ×${ratio === "faster" ? " faster" : ""}`;
}

/** The table of goals as plain text. */
export function formatRows(rows) {
  return formatTable([
    ["", "workload", "value", "BullMQ", "ratio", "goal", ""],
    ...rows.map((row) => [
      row.workload,
      row.title,
      withUnit(row.value, row.unit),
      withUnit(row.baseline, row.unit),
      row.ratio === undefined ? "" : `${row.ratio.toFixed(2)} ×`,
      row.goal,
      row.isMet === undefined ? "" : row.isMet ? "met" : "MISSED",
    ]),
  ]);
}

/** Where the CPU seconds went, by workload, system and role; medians. */
export function formatCpu(measurements) {
  const roles = ["client", "coordinator", "worker", "broker"];
  const keys = [...new Set(measurements.map((one) => `${one.workload} ${one.system}`))];
  const lines = keys.flatMap((key) => {
    const measured = measurements.filter((one) => `${one.workload} ${one.system}` === key && one.error === undefined);
    if (measured.length === 0) return [];
    const cell = (field, role, digits) =>
      measured[0][field][role] === undefined ? "" : median(measured.map((one) => one[field][role])).toFixed(digits);
    return [[...key.split(" "), ...roles.map((r) => cell("cpuS", r, 2)), ...roles.map((r) => cell("peakMb", r, 0))]];
  });
  return formatTable([["", "system", ...roles.map((r) => `${r} s`), ...roles.map((r) => `${r} MB`)], ...lines]);
}

function withUnit(value, unit) {
  if (value === undefined) return "";
  const digits = value >= 1000 ? 0 : value >= 10 ? 1 : 2;
  return `${value.toLocaleString("en", { maximumFractionDigits: digits, minimumFractionDigits: digits })} ${unit}`;
}

function formatTable(lines) {
  const widths = lines[0].map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column]))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
