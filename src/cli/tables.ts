// Columns of text, as wide as they need to be, and what stands in them.
import { durationText } from "../snapshot/index.js";

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

const day = 24 * 60 * 60 * 1000;

/** Of a process or a handle, in milliseconds, for a person: these live longer than coroutines wait. */
export function ageText(age: number): string {
  return age < 2 * day ? durationText(age) : `${Math.round(age / day)} d`;
}
