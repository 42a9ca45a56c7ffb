/** Where progress is told. */
export interface ProgressSink {
  /** `done` of `total` pictures, and what is being done. */
  update(done: number, total: number, doing: string): void;
  /** A line that stays. */
  note(text: string): void;
  /** Takes the bar away. */
  end(): void;
}

type Output = Pick<NodeJS.WriteStream, "write" | "isTTY" | "columns">;
const BAR_WIDTH = 28;

/** A bar that is drawn over and over on a terminal; elsewhere, such as in a log, a line whenever a picture is done. */
export function progressOn(output: Output): ProgressSink {
  return output.isTTY ? bar(output) : lines(output);
}

function bar(output: Output): ProgressSink {
  let shown = "";
  const draw = (text: string) => {
    // Longer than the terminal is wide it would wrap, and the next drawing would not cover it.
    shown = text.slice(0, (output.columns || 80) - 1);
    output.write(`\r\u001B[K${shown}`);
  };
  return {
    update: (done, total, doing) => {
      const filled = total === 0 ? 0 : Math.round((done / total) * BAR_WIDTH);
      const text = `${"█".repeat(filled)}${"░".repeat(BAR_WIDTH - filled)} ${done}/${total} ${doing}`;
      if (text !== shown) draw(text);
    },
    note: (text) => {
      output.write(`\r\u001B[K${text}\n`);
      if (shown !== "") draw(shown);
    },
    end: () => {
      shown = "";
      output.write("\r\u001B[K");
    },
  };
}

function lines(output: Output): ProgressSink {
  let last = -1;
  return {
    update: (done, total, doing) => {
      if (done === last) return;
      last = done;
      output.write(`${done}/${total} ${doing}\n`);
    },
    note: (text) => {
      output.write(`${text}\n`);
    },
    end: () => {},
  };
}
