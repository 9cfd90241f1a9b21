// Very many things that do nothing, in the same process as a program of ours.
import {
  bundle,
  bundleGo,
  chmake,
  type Coroutine,
  hmake,
  msleep,
  now,
  run,
  until,
} from "libdill-ts";

const anHour = 3_600_000;

/** Each makes one more thing; it stays until the run ends. */
const makers = {
  coroutines: () => {
    const b = bundle();
    return () => bundleGo(b, sleep(-1));
  },
  deadlines: () => {
    const b = bundle();
    const start = now() + anHour;
    let i = 0;
    return () => bundleGo(b, sleep(start + ((i++ * 7919) % anHour)));
  },
  handles: () => {
    const methods = { query: () => undefined, close: () => {} };
    return () => hmake(methods);
  },
  channels: () => () => chmake<number>(),
} as const satisfies Record<string, () => () => unknown>;

export type Company = keyof typeof makers;

export const companies = Object.keys(makers) as readonly Company[];

/** Makes them, and keeps them for as long as the process lives. */
export async function keepCompany(kind: Company, count: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const life = run(
      (function* () {
        const make = makers[kind]();
        for (let i = 0; i < count; i++) make();
        resolve();
        yield* until(new Promise<never>(() => {}), -1);
      })(),
    );
    life.catch(reject);
  });
  // Until what lives is old, and stays where it is.
  for (let i = 0; i < 3; i++) globalThis.gc?.();
}

function* sleep(deadline: number): Coroutine {
  yield* msleep(deadline);
}
