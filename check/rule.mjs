// What is a fault, whichever TypeScript tells the types.
import { iterated } from "./places.mjs";

/** Types whose values do nothing until somebody runs them. */
const lazyTypes = new Set(["Operation", "Coroutine"]);
const iterables = /^(Async)?(Iterable|Iterator|IterableIterator|IteratorObject)$|^ArrayLike$/;
const silencer = /\/\/ not yielded on purpose\b/;

/**
 * The lazy type in the message, if the value at this place is misused; also of one case of a union, as in
 * `ready && msleep(…)`. `types` tells of a type its names, its cases if it is a union, and the types that a generator
 * yields.
 */
export function lazyType(type, misuse, types) {
  const cases = types.cases(type);
  if (cases !== undefined) {
    return cases.map((one) => lazyType(one, misuse, types)).find((found) => found !== undefined);
  }
  const names = types.names(type);
  const name = names.find((candidate) => lazyTypes.has(candidate));
  if (name !== undefined) return name === "Operation" ? "an Operation" : `a ${name}`;
  if (!names.includes("Generator")) return undefined;
  // A generator that is dropped is always a mistake; one that is iterated only if it is a coroutine.
  return misuse !== iterated || yieldsEffects(type, types) ? "a Generator" : undefined;
}

function yieldsEffects(type, types) {
  const yielded = types.yielded(type);
  if (yielded === undefined) return false;
  return (types.cases(yielded) ?? [yielded]).some((one) => types.names(one).includes("Effect"));
}

/** Whether a parameter of this type takes an iterable, and no operation. */
export function takesIterable(type, types) {
  if (type === undefined) return false;
  const names = (types.cases(type) ?? [type]).flatMap((one) => types.names(one));
  return (
    names.some((name) => iterables.test(name ?? "")) && !names.some((name) => lazyTypes.has(name))
  );
}

/** Whether a comment says that it was meant: on the line, or alone on the one above. */
export function isSilenced({ text, offset }) {
  const lines = text.split("\n");
  const line = text.slice(0, offset).split("\n").length - 1;
  const above = (lines[line - 1] ?? "").trim();
  return silencer.test(lines[line]) || (above.startsWith("//") && silencer.test(above));
}
