// Columns of text, as wide as they need to be.

/** The first row is the head. Numbers, which are all that begins with a digit, stand at the right. */
export function tableOf(rows: readonly (readonly string[])[]): string[] {
  const [head = []] = rows;
  const widths = head.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const isNumber = head.map((_, column) =>
    rows.slice(1).every((row) => /^\d/.test(row[column] ?? "")),
  );
  return rows.map((row) => {
    const cells = row.map((cell, i) =>
      isNumber[i] === true ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0),
    );
    return cells.join("  ").trimEnd();
  });
}

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** A duration in milliseconds, for a person. */
export function durationText(time: number): string {
  if (time < second) return `${time} ms`;
  if (time < 2 * minute) return `${Math.round(time / second)} s`;
  if (time < 2 * hour) return `${Math.round(time / minute)} min`;
  return time < 2 * day ? `${Math.round(time / hour)} h` : `${Math.round(time / day)} d`;
}
