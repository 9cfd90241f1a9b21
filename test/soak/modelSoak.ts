// Compares the library with the model on random programs.
import { compareMany } from "../model/compare.js";

export interface ModelSoak {
  readonly programs: number;
  readonly seed: number;
  /** Where a failure stands under its seed, as it was printed. */
  readonly path: string | undefined;
}

/** Compared at a time, each with the next seed: so that a long soak says how it is going. */
const batch = 5000;

export async function soakModel({ programs, seed, path }: ModelSoak): Promise<void> {
  console.log(`the seed is ${seed}`);
  if (path !== undefined) {
    await compareMany({ programs: 1, seed, path });
    return;
  }
  const started = performance.now();
  for (let done = 0; done < programs; ) {
    const count = Math.min(batch, programs - done);
    await compareMany({ programs: count, seed: seed + done / batch });
    done += count;
    const seconds = (performance.now() - started) / 1000;
    console.log(`${done} programs, ${Math.round(done / seconds)} a second`);
  }
}
