// Who is told when a signal is aborted: by one listener, however many they are. Node warns of more than ten, and the
// signal that ends a server may have one for each dialogue.

const told = new WeakMap<EventTarget, Set<() => void>>();

export function onAbort(signal: AbortSignal, tell: () => void): void {
  const set = told.get(signal);
  if (set !== undefined) {
    set.add(tell);
    return;
  }
  told.set(signal, new Set([tell]));
  signal.addEventListener("abort", tellAll);
}

export function offAbort(signal: AbortSignal, tell: () => void): void {
  const set = told.get(signal);
  if (set?.delete(tell) === true && set.size === 0) forget(signal);
}

function tellAll(this: AbortSignal): void {
  const set = told.get(this);
  forget(this);
  for (const tell of set ?? []) tell();
}

function forget(signal: AbortSignal): void {
  told.delete(signal);
  signal.removeEventListener("abort", tellAll);
}
