import { readFileSync } from "node:fs";

/** Clock ticks a second in /proc; fixed at 100 for user space on every Linux that Node runs on. */
const ticksPerS = 100;

/** User and system time that a process has used, in seconds; 0 when it has ended. */
export function cpuSecondsOf(pid) {
  const stat = readOr(`/proc/${pid}/stat`, "");
  // The second field is the program's name in brackets, which may hold spaces and brackets itself.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return stat === "" ? 0 : (Number(fields[11]) + Number(fields[12])) / ticksPerS;
}

/** What all processes of the machine have used, in CPU seconds; on a virtual machine also what others took from it. */
export function machineCpuSeconds() {
  const [, user, nice, system, , , irq, softirq, stolen] = readOr("/proc/stat", "").split(/\s+/, 9).map(Number);
  return (user + nice + system + irq + softirq + stolen) / ticksPerS;
}

/** The most memory a process has had resident since it started, in MB (1,000,000 bytes); 0 when it has ended. */
export function peakMbOf(pid) {
  const match = /^VmHWM:\s+(\d+) kB$/m.exec(readOr(`/proc/${pid}/status`, ""));
  return match === null ? 0 : (Number(match[1]) * 1024) / 1e6;
}

function readOr(path, otherwise) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return otherwise;
  }
}
