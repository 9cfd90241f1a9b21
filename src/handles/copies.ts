// The copies of this package that are loaded in one process, by a bundler or a linked folder, say. They share one
// sequence of numbers, so that a handle of one is never an open handle of another.

/** What a copy tells the others of itself. */
interface Copy {
  isOpen(number: number): boolean;
  /** The file that its code is in. */
  file(): string;
}

interface Copies {
  /** The next number that no handle of any copy has had. */
  next: number;
  readonly list: Copy[];
}

const key: unique symbol = Symbol.for("libdill-ts.handles");

const shared: Copies = sharedByAll();

function sharedByAll(): Copies {
  const place = globalThis as { [key]?: Copies };
  place[key] ??= { next: 1, list: [] };
  return place[key];
}

/** Whether this is the second copy: then somebody should be told. */
export const isSecondCopy: boolean = shared.list.length === 1;

/** What to do about it. */
export const importOne = "let all parts of the program import the same one";

/** The message about a handle or an operation that another copy has made. */
export function ofAnotherCopy(what: string): string {
  return `${what} belongs to another copy of libdill-ts that is loaded in this process: ${importOne}`;
}

export function joinCopies(copy: Copy): void {
  shared.list.push(copy);
}

/** A number that no handle of any copy has had. */
export function nextNumber(): number {
  return shared.next++;
}

/** The number that a handle has got last. */
export function lastNumber(): number {
  return shared.next - 1;
}

/** Whether the number is an open handle of another copy. */
export function isOpenElsewhere(number: number, own: Copy): boolean {
  return shared.list.some((copy) => copy !== own && copy.isOpen(number));
}

/** The files of all copies, if there is more than one. */
export function filesOfCopies(): readonly string[] {
  return shared.list.length > 1 ? shared.list.map((copy) => copy.file()) : [];
}
