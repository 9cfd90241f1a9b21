// The lines of a stack that are the program's own, taken apart.
import { inspectSafely } from "./inspectSafely.js";
import { isHouseFrame } from "./stacks.js";

/** A place in the program's code. */
export interface Frame {
  /** Of the function; empty if it has none. */
  readonly name: string;
  /** A path, or a URL where the code comes from elsewhere. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** The program's frames among the lines of a stack, without the house's, Node's and the engine's. */
export function framesAmong(lines: readonly string[]): Frame[] {
  return lines.filter(isProgramFrame).flatMap(readFrame);
}

export function isProgramFrame(line: string): boolean {
  return !isHouseFrame(line) && !/\(<anonymous>\)$|[ (]node:/.test(line);
}

/** Empty if the line is of another form: programs may write stacks in their own way. */
function readFrame(text: string): Frame[] {
  const [, before = "", place = ""] = /^ +at (?:async )?(?:(.*) \()?(.*?)\)?$/.exec(text) ?? [];
  const [, file, line, column] = /^(.*):(\d+):(\d+)$/.exec(place) ?? [];
  if (file === undefined) return [];
  const name = before.endsWith("<anonymous>") ? "" : before;
  return [{ name, file: pathOf(file), line: Number(line), column: Number(column) }];
}

function pathOf(file: string): string {
  if (!file.startsWith("file://")) return file;
  return inspectSafely(() => decodeURIComponent(file.slice("file://".length)), file);
}

/** As a person would write it: below the folder that the process runs in, by the way from there. */
export function placeText({ file, line }: Frame): string {
  const folder = inspectSafely(() => globalThis.process?.cwd() ?? "", "");
  const isBelow = folder !== "" && file.startsWith(`${folder}/`);
  return `${isBelow ? file.slice(folder.length + 1) : file}:${line}`;
}
