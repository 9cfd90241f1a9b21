// Private folders of this moment: a process that ends in it, by process.exit(), leaves none behind.
//
// There is one listener for all of them, and none while there is nothing to clean.
const pending = new Set<() => void>();

/** Calls `clean` when the process ends. The function returned forgets it. */
export function cleanAtExit(clean: () => void): () => void {
  if (pending.size === 0) process.on("exit", cleanAll);
  pending.add(clean);
  return () => {
    if (pending.delete(clean) && pending.size === 0) process.off("exit", cleanAll);
  };
}

function cleanAll(): void {
  for (const clean of pending) clean();
}
