// async/await with nothing but Node. Channels are the thirty lines beside this file; there is no choose,
// because Promise.race can't take back the receives that lost. What is cancelable takes an AbortSignal.
import { setMaxListeners } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { Contestants } from "../../contestant.js";
import { timerLead, timerWindow, Turns } from "../turns.js";
import { Channel } from "./channel.js";

export const contestants: Contestants = {
  ctxswitch: async (n) => {
    const turns = new Turns();
    await Promise.all([takeTurns(turns, n / 2), takeTurns(turns, n / 2)]);
    return turns.count;
  },

  go: async (n) => {
    let ended = 0;
    // oxlint-disable-next-line require-await
    const worker = async (): Promise<void> => {
      ended += 1;
    };
    for (let i = 0; i < n; i++) await worker();
    return ended;
  },

  chan: async (n) => {
    const requests = new Channel<number>();
    const answers = new Channel<number>();
    const worker = echo(requests, answers);
    let right = 0;
    for (let i = 0; i < n; i += 2) {
      await requests.send(i);
      if ((await answers.receive()) === i) right += 2;
    }
    requests.close();
    await worker;
    return right;
  },

  deadline: async (n) => {
    const requests = new Channel<number>();
    const answers = new Channel<number>();
    const worker = (async () => {
      let request = await within(60_000, requests.receive());
      while (request !== undefined) {
        await answers.send(request);
        request = await within(60_000, requests.receive());
      }
    })();
    let right = 0;
    for (let i = 0; i < n; i += 2) {
      await requests.send(i);
      if ((await within(60_000, answers.receive())) === i) right += 2;
    }
    requests.close();
    await worker;
    return right;
  },

  done: async (n) => {
    let ended = 0;
    const worker = async (channel: Channel<number>): Promise<void> => {
      if ((await channel.receive()) === undefined) ended += 1;
    };
    for (let i = 0; i < n; i++) {
      const channel = new Channel<number>();
      const receiver = worker(channel);
      channel.close();
      await receiver;
    }
    return ended;
  },

  whispers: async (n) => {
    const first = new Channel<number>();
    let left = first;
    const all: Promise<void>[] = [];
    for (let i = 0; i < n; i++) {
      const right = new Channel<number>();
      all.push(whisper(left, right));
      left = right;
    }
    await first.send(1);
    const heard = await left.receive();
    await Promise.all(all);
    return heard ?? 0;
  },

  timer: async (n, meter) => {
    let woken = 0;
    const sleeper = async (delay: number): Promise<void> => {
      await sleep(delay);
      if (woken === 0) meter.start();
      woken += 1;
    };
    const due = performance.now() + timerLead(n);
    const all = Array.from({ length: n }, (_, i) =>
      sleeper(due + (i / n) * timerWindow - performance.now()),
    );
    if (performance.now() > due) throw new Error("the first was due before the last was started");
    await Promise.all(all);
    meter.stop();
    return woken;
  },

  cancel: async (n, meter) => {
    let ended = 0;
    const controller = new AbortController();
    setMaxListeners(0, controller.signal);
    const worker = async (signal: AbortSignal): Promise<void> => {
      try {
        await aborted(signal);
      } finally {
        ended += 1;
      }
    };
    const all = Array.from({ length: n }, () => worker(controller.signal));
    await null;
    meter.start();
    controller.abort();
    await Promise.allSettled(all);
    meter.stop();
    return ended;
  },

  sieve: async (n) => {
    const controller = new AbortController();
    const first = new Channel<number>();
    void generate(first, controller.signal);
    let left = first;
    let prime = 0;
    for (let i = 0; i < n; i++) {
      prime = (await left.receive()) ?? 0;
      const right = new Channel<number>();
      void filter(left, right, prime);
      left = right;
    }
    // The filters are left to the garbage collector: nobody can reach them any more.
    controller.abort();
    return prime;
  },

  blocked: async (n, meter) => {
    let count = 0;
    const wake: (() => void)[] = new Array<() => void>(n);
    const worker = async (i: number): Promise<void> => {
      count += 1;
      await new Promise<void>((resolve) => {
        wake[i] = resolve;
      });
    };
    meter.start();
    for (let i = 0; i < n; i++) void worker(i);
    await null;
    meter.stop();
    for (const resolve of wake) resolve();
    return count;
  },

  blockedOnChannel: async (n, meter) => {
    let count = 0;
    const worker = async (channel: Channel<number>): Promise<void> => {
      count += 1;
      await channel.receive();
    };
    const channels = new Array<Channel<number>>(n);
    meter.start();
    for (let i = 0; i < n; i++) {
      const channel = new Channel<number>();
      channels[i] = channel;
      void worker(channel);
    }
    await null;
    meter.stop();
    for (const channel of channels) channel.close();
    return count;
  },
};

async function takeTurns(turns: Turns, n: number): Promise<void> {
  const me = {};
  for (let i = 0; i < n; i++) {
    turns.take(me);
    await null;
  }
}

async function echo(requests: Channel<number>, answers: Channel<number>): Promise<void> {
  let request = await requests.receive();
  while (request !== undefined) {
    await answers.send(request);
    request = await requests.receive();
  }
}

async function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("too late")), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

async function whisper(left: Channel<number>, right: Channel<number>): Promise<void> {
  await right.send(((await left.receive()) ?? 0) + 1);
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
  });
}

async function generate(out: Channel<number>, signal: AbortSignal): Promise<void> {
  for (let x = 2; !signal.aborted; x++) await out.send(x);
}

async function filter(left: Channel<number>, right: Channel<number>, prime: number): Promise<void> {
  while (true) {
    const x = await left.receive();
    if (x === undefined) return;
    if (x % prime !== 0) await right.send(x);
  }
}
