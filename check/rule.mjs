// What is a fault, whichever TypeScript tells the types.

/** Types whose values do nothing until somebody runs them. */
const lazyTypes = new Set(["Operation", "Coroutine"]);
const iterables = /^(Async)?(Iterable|Iterator|IterableIterator|IteratorObject)$|^ArrayLike$/;
const arrays = /^(Readonly)?Array$/;
const silencer = /\/\/ not yielded on purpose\b/;

/**
 * The lazy type in the message, if there is one at this place, and it is misused there. `types` tells of a type its
 * names, its cases if it is a union, its first type argument, and what a function of that type returns; and the type
 * that the surroundings of a node want.
 */
export function faultAt(place, type, types) {
  return finders[place.given](type, place.misuse, types, place.typed);
}

/** By the form in which the operation is there. */
const finders = {
  value: (type, misuse, types) => lazyType(type, misuse, types),
  condition: (type, misuse, types) => lazyType(type, misuse, types, { isCertain: true }),
  array: (type, misuse, types) => firstLazy(heldBy(type, types), misuse, types),
  iterable(type, misuse, types, node) {
    const found = lazyType(type, misuse, types);
    return found !== undefined && takesIterable(types.wantedAt(node), types) ? found : undefined;
  },
  result(type, misuse, types, node) {
    const found = firstLazy(types.returned(type), misuse, types);
    return found !== undefined && dropsResult(types.wantedAt(node), types) ? found : undefined;
  },
};

/** What an array of this type holds. */
function heldBy(type, types) {
  return casesOf(type, types)
    .filter((one) => types.names(one).some((name) => arrays.test(name ?? "")))
    .map((one) => types.argument(one))
    .filter(Boolean);
}

function firstLazy(all, misuse, types) {
  return all.map((type) => lazyType(type, misuse, types)).find((found) => found !== undefined);
}

/**
 * Also of one case of a union, as in `ready && msleep(…)`; but not where it has to be certain, because `if (maybe)` asks
 * whether there is an operation.
 */
function lazyType(type, misuse, types, { isCertain = false } = {}) {
  const cases = types.cases(type);
  if (cases !== undefined) {
    const found = cases.map((one) => lazyType(one, misuse, types));
    if (isCertain && found.includes(undefined)) return undefined;
    return found.find((one) => one !== undefined);
  }
  const names = types.names(type);
  const name = names.find((candidate) => lazyTypes.has(candidate));
  if (name !== undefined) return name === "Operation" ? "an Operation" : `a ${name}`;
  if (!names.includes("Generator")) return undefined;
  return misuse.isDrop || yieldsEffects(type, types) ? "a Generator" : undefined;
}

function yieldsEffects(type, types) {
  const yielded = types.argument(type);
  if (yielded === undefined) return false;
  return casesOf(yielded, types).some((one) => types.names(one).includes("Effect"));
}

/** Whether a parameter of this type takes an iterable, and no operation. */
function takesIterable(type, types) {
  if (type === undefined) return false;
  const names = casesOf(type, types).flatMap((one) => types.names(one));
  return (
    names.some((name) => iterables.test(name ?? "")) && !names.some((name) => lazyTypes.has(name))
  );
}

/** Whether those who call a function of this type expect nothing of it. */
function dropsResult(type, types) {
  if (type === undefined) return false;
  const results = casesOf(type, types).flatMap((one) => types.returned(one));
  return results.length > 0 && results.every((one) => one.intrinsicName === "void");
}

function casesOf(type, types) {
  return types.cases(type) ?? [type];
}

/** Whether a comment says that it was meant: on the line, or alone on the one above. */
export function isSilenced({ text, offset }) {
  const lines = text.split("\n");
  const line = text.slice(0, offset).split("\n").length - 1;
  const above = (lines[line - 1] ?? "").trim();
  return silencer.test(lines[line]) || (above.startsWith("//") && silencer.test(above));
}
