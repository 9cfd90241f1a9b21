// A pool of workers: jobs go out over one channel, results come back over another, and whichever
// worker is free takes the next job. Marking a channel as done is how each side learns of the end.
// In a clone, run it with: node build/examples/worker-pool/main.js
import {
  bundle,
  bundleGo,
  bundleWait,
  type Channel,
  chdone,
  chmake,
  chrecv,
  chsend,
  type Coroutine,
  go,
  hclose,
  isErrno,
  join,
  msleep,
  now,
  run,
} from "libdill-ts";

interface Job {
  readonly path: string;
  readonly size: number;
}

interface Result {
  readonly path: string;
  readonly checksum: number;
}

const poolSize = 3;

/** Works until there are no more jobs. */
function* worker(jobs: Channel<never, Job>, results: Channel<Result, never>): Coroutine<number> {
  let count = 0;
  try {
    while (true) {
      const { path, size } = yield* chrecv(jobs, -1);
      yield* msleep(now() + size); // stands for reading the file
      yield* chsend(results, { path, checksum: (size * 31) % 97 }, -1);
      count += 1;
    }
  } catch (e) {
    if (!isErrno(e, "EPIPE")) throw e; // EPIPE: the jobs are done
  }
  return count;
}

function* collect(results: Channel<never, Result>): Coroutine<Result[]> {
  const all: Result[] = [];
  try {
    while (true) all.push(yield* chrecv(results, -1));
  } catch (e) {
    if (!isErrno(e, "EPIPE")) throw e;
  }
  return all;
}

await run(
  (function* () {
    const [jobs, jobsToDo] = chmake<Job, never>();
    const [results, resultsToCollect] = chmake<Result, never>();
    const pool = bundle();
    const workers = Array.from({ length: poolSize }, () =>
      bundleGo(pool, worker(jobsToDo, results)),
    );
    const collector = go(collect(resultsToCollect));
    try {
      for (let i = 1; i <= 9; i++) {
        yield* chsend(jobs, { path: `file${i}`, size: i * 5 }, -1);
      }
      chdone(jobs);
      yield* bundleWait(pool, -1);
      chdone(results);

      const all = yield* join(collector, -1);
      for (const { path, checksum } of all.toSorted((a, b) => (a.path < b.path ? -1 : 1))) {
        console.log(`${path}: ${checksum}`);
      }
      let jobsDone = 0;
      for (const w of workers) jobsDone += yield* join(w, -1);
      console.log(`${workers.length} workers did ${jobsDone} jobs`);
    } finally {
      for (const h of [pool, collector, jobs, jobsToDo, results, resultsToCollect]) hclose(h);
    }
  })(),
);
