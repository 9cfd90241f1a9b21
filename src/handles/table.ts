// The handle table: number to resource.
//
// Numbers grow and are never used twice, so a stale one can't reach a stranger. A number lives in slot
// `number & mask`; the next number is the next one whose slot is free. The table doubles when half of
// it is in use: two numbers that differ in their low bits also differ in more of them, so growing
// never collides.
import { dillError, houseFile, inspectSafely } from "../errors/index.js";
import { isOpenElsewhere, joinCopies, nextNumber, ofAnotherCopy } from "./copies.js";
import type { Handle, Resource } from "./handle.js";
import { current, isShuttingDown, type Owner, type Running, shutDownError } from "./current.js";

/** Marks a free slot. It is a caller's number too, and must not be taken for an open one. */
const noNumber = -1;
/** Stands in the owner's place while the resource's close() runs. */
const closing: Owner = {
  open: 0,
  live: 0,
  isEnding: true,
  isAbortable: false,
  awaitSignal: () => () => {},
  failed() {},
  awaitWork() {},
};

let mask = 255;
let numbers: number[] = new Array<number>(mask + 1).fill(noNumber);
let resources: (Resource | null)[] = new Array<null>(mask + 1).fill(null);
let owners: (Owner | null)[] = new Array<null>(mask + 1).fill(null);
let open = 0;

const thisCopy = {
  isOpen: (number: number): boolean => isOpen(number as Handle),
  file: houseFile,
};
joinCopies(thisCopy);

/** Gives the resource a number, on behalf of whoever is running. Owns nothing if it throws. */
export function makeHandle<H extends Handle>(resource: Resource, syscall: string): H {
  if (isShuttingDown()) throw shutDownError(syscall);
  const owner = current.task === null ? null : current.task.owner;
  return placeHandle(resource, owner) as H;
}

/** The same for a result that comes while its coroutine sleeps, or is canceled: it belongs to the coroutine's run. */
export function makeHandleFor(task: Running | null, resource: Resource): Handle {
  return placeHandle(resource, task === null ? null : task.owner) as Handle;
}

function placeHandle(resource: Resource, owner: Owner | null): number {
  if (open * 2 > mask) grow();
  let number = nextNumber();
  while (numbers[number & mask] !== noNumber) number = nextNumber();
  const slot = number & mask;
  numbers[slot] = number;
  resources[slot] = resource;
  owners[slot] = owner;
  open += 1;
  if (owner !== null) owner.open += 1;
  return number;
}

/** The resource behind the number, or `EBADF`. */
export function resourceOf(h: Handle, syscall: string): Resource {
  return resources[slotOf(h, syscall)] as Resource;
}

/** The interface of one type of the resource behind the number, or `EBADF`, or `ENOTSUP`. */
export function queryHandle(h: Handle, type: unknown, wanted: string, syscall: string): unknown {
  const resource = resourceOf(h, syscall);
  const found = resource.query(type);
  if (found === undefined || found === null) throw wrongKind(h, resource, wanted, syscall);
  return found;
}

export function wrongKind(h: Handle, resource: Resource, wanted: string, syscall: string): Error {
  const kind = resource.kind ?? "another kind of handle";
  return dillError("ENOTSUP", syscall, `handle ${h} is ${kind}, not ${wanted}`);
}

/** Whose the number is; null: nobody's. */
export function ownerOf(h: Handle): Owner | null {
  return isOpen(h) ? (owners[Number(h) & mask] as Owner | null) : null;
}

/** Whether the number stands for something open. */
export function isOpen(h: Handle): boolean {
  const number = Number(h);
  return number !== noNumber && numbers[number & mask] === number;
}

/** Moves the resource to a new number. The caller has checked that it may make handles. */
export function renumber(h: Handle, syscall: string): number {
  const slot = slotOf(h, syscall);
  const resource = resources[slot] as Resource;
  const owner = owners[slot] as Owner | null;
  if (owner === closing) throw closingError(h, syscall);
  release(slot);
  const number = placeHandle(resource, owner);
  resource.moved?.(number as Handle);
  return number;
}

/** Takes the number out of the table without closing the resource: its new owner does that. */
export function dropHandle(h: Handle): void {
  if (isOpen(h)) release(Number(h) & mask);
}

/** Whether the resource's close() is running, further up the stack. */
export function isClosing(h: Handle): boolean {
  return isOpen(h) && owners[Number(h) & mask] === closing;
}

/** Closes the resource and frees the number, also when close() throws. */
export function closeHandle(h: Handle, syscall: string): void {
  const slot = slotOf(h, syscall);
  const resource = resources[slot] as Resource;
  if (resource.checkClose !== undefined) resource.checkClose();
  const owner = owners[slot] as Owner | null;
  if (owner === closing) throw closingError(h, syscall);
  // Counted down before it closes, so that a run which ends in here does not close it again.
  if (owner !== null) owner.open -= 1;
  owners[slot] = closing;
  current.closing += 1;
  try {
    resource.close();
  } finally {
    current.closing -= 1;
    dropHandle(h);
  }
}

export function closingError(h: Handle, syscall: string): Error {
  return dillError("EBADF", syscall, `handle ${h} is being closed`);
}

/** The numbers that the owner has open, newest first. */
export function handlesOf(owner: Owner): Handle[] {
  if (owner.open === 0) return [];
  return numbers
    .filter((number, slot) => number !== noNumber && owners[slot] === owner)
    .toSorted((a, b) => b - a) as Handle[];
}

/** All that are open in the process, the oldest first. */
export function listHandles(): Handle[] {
  return numbers.filter((number) => number !== noNumber).toSorted((a, b) => a - b) as Handle[];
}

/** The number that stands for the resource; undefined if none does. Looks at the whole table. */
export function numberFor(resource: object): number | undefined {
  const number = numbers[resources.indexOf(resource as Resource)];
  return number === noNumber ? undefined : number;
}

/** How many handles are open in the whole process. */
export function openHandles(): number {
  return open;
}

function slotOf(h: unknown, syscall: string): number {
  if (typeof h === "number") {
    const slot = h & mask;
    if (numbers[slot] === h && h !== noNumber) return slot;
  } else if (Object.prototype.toString.call(h) === "[object Number]") {
    // What owned() returns is a boxed number.
    return slotOf(Number(h), syscall);
  }
  throw badHandle(h, syscall);
}

function badHandle(h: unknown, syscall: string): Error {
  const message = typeof h === "number" ? notOpen(h) : adviceFor(h);
  return dillError("EBADF", syscall, message);
}

function notOpen(number: number): string {
  if (!isOpenElsewhere(number, thisCopy)) return `handle ${number} is not open`;
  return ofAnotherCopy(`handle ${number}`);
}

function adviceFor(value: unknown): string {
  const otherwise = "a handle is a number, and this is none; was a yield* forgotten?";
  return inspectSafely(() => {
    const tag = Object.prototype.toString.call(value);
    if (tag === "[object Generator]") {
      return "this is a running generator and no handle: start it first, with go() or bundleGo()";
    }
    if (tag === "[object Coroutine]") {
      return "this is a coroutine in a bundle and no handle: only join takes it; close or wait for the bundle";
    }
    return `a handle is a number, this is ${describe(value)}; was a yield* forgotten?`;
  }, otherwise);
}

function describe(value: unknown): string {
  if (value === null || typeof value !== "object") return String(value);
  if (Symbol.iterator in value && "syscall" in value)
    return `the operation ${String(value.syscall)}`;
  return value.constructor?.name ?? "an object";
}

function release(slot: number): void {
  const owner = owners[slot] as Owner | null;
  numbers[slot] = noNumber;
  resources[slot] = null;
  owners[slot] = null;
  open -= 1;
  if (owner !== null && owner !== closing) owner.open -= 1;
}

function grow(): void {
  const old = { numbers, resources, owners };
  mask = mask * 2 + 1;
  numbers = new Array<number>(mask + 1).fill(noNumber);
  resources = new Array<null>(mask + 1).fill(null);
  owners = new Array<null>(mask + 1).fill(null);
  old.numbers.forEach((number, slot) => {
    if (number === noNumber) return;
    numbers[number & mask] = number;
    resources[number & mask] = old.resources[slot] ?? null;
    owners[number & mask] = old.owners[slot] ?? null;
  });
}
