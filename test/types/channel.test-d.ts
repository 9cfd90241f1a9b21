// Compiled only: what must not compile is marked so.
import { chdone, chmake, chrecv, chsend, type Channel, type Coroutine, ipcPair } from "libdill-ts";
import { same } from "./same.js";

export function* typesOfChannels(): Coroutine {
  const [jobs, results] = chmake<string, number>();
  same<Channel<string, number>>()(jobs);
  same<Channel<number, string>>()(results);

  yield* chsend(jobs, "job", -1);
  yield* chsend(results, 1, -1);
  same<number>()(yield* chrecv(jobs, -1));
  same<string>()(yield* chrecv(results, -1));
  same<void>()(yield* chsend(jobs, "job", -1));
  chdone(jobs);

  const [a, b] = chmake<boolean>();
  same<Channel<boolean, boolean>>()(a);
  same<boolean>()(yield* chrecv(b, -1));

  // @ts-expect-error the first end sends strings
  yield* chsend(jobs, 1, -1);
  // @ts-expect-error the second end sends numbers
  yield* chsend(results, "one", -1);
  // @ts-expect-error a deadline is missing
  yield* chsend(jobs, "job");
  // @ts-expect-error a deadline is missing
  yield* chrecv(jobs);
  // @ts-expect-error a plain number is no channel
  yield* chrecv(5, -1);
  // @ts-expect-error the ends are not interchangeable
  same<Channel<string, number>>()(results);

  const [s] = yield* ipcPair();
  // @ts-expect-error a socket is no channel
  yield* chrecv(s, -1);
  // @ts-expect-error a socket is no channel
  chdone(s);
}
