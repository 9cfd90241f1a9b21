// libdill-ts's test kit, as a user's tests call it: each schedule is one of explore()'s, by chance and first come, first served.
import {
  brecv,
  bsend,
  type Bundle,
  bundle,
  bundleGo,
  bundleWait,
  type Coroutine,
  hclose,
  ipcAccept,
  ipcConnect,
  type IpcListener,
  ipcListen,
  type IpcSocket,
  isErrno,
  msleep,
  now,
} from "libdill-ts";
import { type Body, explore, simulate } from "libdill-ts/testing";
import type { Contestant, Contestants } from "../../contestant.js";
import { answerTakes, attemptTimeout, pauses, retryTakes } from "../retry.js";
import { oneChannel, philosophers, pool, requests } from "./schedules.js";

const clients = 20;
const second = 1_000;

export const contestants: Contestants = {
  virtualSleep: (n) =>
    simulate(function* (sim) {
      for (let i = 0; i < n; i++) yield* msleep(now() + second);
      return sim.elapsed / second;
    }),

  async virtualRetry(n) {
    let right = 0;
    for (let i = 0; i < n; i++) {
      right += yes(await simulate(retry));
    }
    return right;
  },

  async virtualHour(n) {
    let right = 0;
    for (let i = 0; i < n; i++) {
      right += yes(await simulate(idleHour));
    }
    return right;
  },

  virtualDay: (n) =>
    simulate(function* () {
      let answered = 0;
      const ls = yield* ipcListen("/run/day.ipc", clients);
      const all = bundle();
      const server = bundle();
      bundleGo(server, serveAll(ls, server));
      for (let i = 0; i < clients; i++) {
        bundleGo(
          all,
          (function* () {
            const s = yield* ipcConnect("/run/day.ipc", -1);
            for (let k = 0; k < n / clients; k++) {
              yield* msleep(now() + 10 * second);
              yield* bsend(s, request, -1);
              yield* brecv(s, answer, -1);
              answered += 1;
            }
            hclose(s);
          })(),
        );
      }
      yield* bundleWait(all, -1);
      for (const h of [all, server, ls]) hclose(h);
      return answered;
    }),

  scheduleOfNothing: schedulesOf(function* () {}),
  scheduleOfChannel: schedulesOf(oneChannel),
  scheduleOfPhilosophers: schedulesOf(philosophers),
  scheduleOfPool: schedulesOf(pool),
  scheduleOfSockets: schedulesOf(requests),
};

const request = Buffer.from("request.");
const answer = Buffer.alloc(request.length);

function schedulesOf(body: Body<void>): Contestant {
  return async (n) => {
    const { schedules } = await explore(body, { schedules: n, seconds: 1e6 });
    return schedules;
  };
}

const retry: Body<boolean> = function* (sim) {
  for (let attempt = 0; ; attempt++) {
    try {
      yield* ask(attempt, now() + attemptTimeout);
      return sim.elapsed === retryTakes;
    } catch (error) {
      if (!isErrno(error, "ETIMEDOUT")) throw error;
      yield* msleep(now() + (pauses[attempt] ?? 0));
    }
  }
};

/** Only the third attempt is answered in time. */
function* ask(attempt: number, deadline: number): Coroutine {
  const due = now() + (attempt < pauses.length ? 10 * second : answerTakes);
  const b = bundle();
  bundleGo(b, answerAt(due));
  try {
    yield* bundleWait(b, deadline);
  } finally {
    hclose(b);
  }
}

function* answerAt(due: number): Coroutine {
  yield* msleep(due);
}

const idleHour: Body<boolean> = function* (sim) {
  const ls = yield* ipcListen("/run/idle.ipc", 1);
  const server = bundle();
  bundleGo(server, serveAll(ls, server));
  const s = yield* ipcConnect("/run/idle.ipc", -1);
  yield* msleep(now() + 3_600 * second);
  for (const h of [s, server, ls]) hclose(h);
  return sim.elapsed === 3_600 * second;
};

function* serveAll(ls: IpcListener, all: Bundle): Coroutine {
  for (;;) bundleGo(all, serve(yield* ipcAccept(ls, -1)));
}

function* serve(s: IpcSocket): Coroutine {
  const received = Buffer.alloc(request.length);
  try {
    for (;;) {
      yield* brecv(s, received, -1);
      yield* bsend(s, received, -1);
    }
  } catch (error) {
    if (!isErrno(error, "EPIPE")) throw error;
  } finally {
    hclose(s);
  }
}

function yes(isRight: boolean): number {
  return isRight ? 1 : 0;
}
