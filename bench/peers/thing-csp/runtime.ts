// @thi.ng/csp: channels for async functions, after Clojure's core.async. Channels have room for one
// message, as they come. There is no deadline but select() with a timeout channel, whose timer stays, and
// no cancellation: these programs are left out.
import { type Channel, channel, select } from "@thi.ng/csp";
import type { Contestants } from "../../contestant.js";

export const contestants: Contestants = {
  chan: (n) => exchange(n, (ch) => ch.read()),

  choose: (n) => exchange(n, async (ch) => (await select(ch))[0]),

  choose2: (n) => chooseAmong(2, n),
  choose10: (n) => chooseAmong(10, n),
  choose100: (n) => chooseAmong(100, n),

  done: async (n) => {
    let ended = 0;
    const worker = async (ch: Channel<number>): Promise<void> => {
      if ((await ch.read()) === undefined) ended += 1;
    };
    for (let i = 0; i < n; i++) {
      const ch = channel<number>();
      const receiver = worker(ch);
      ch.close();
      await receiver;
    }
    return ended;
  },

  whispers: async (n) => {
    const first = channel<number>();
    let left = first;
    const all: Promise<void>[] = [];
    for (let i = 0; i < n; i++) {
      const right = channel<number>();
      all.push(whisper(left, right));
      left = right;
    }
    await first.write(1);
    const heard = await left.read();
    await Promise.all(all);
    return heard ?? 0;
  },

  sieve: async (n) => {
    const first = channel<number>();
    void generate(first);
    let left = first;
    let prime = 0;
    for (let i = 0; i < n; i++) {
      prime = (await left.read()) ?? 0;
      const right = channel<number>();
      void filter(left, right, prime);
      left = right;
    }
    // A write to a closed channel returns false: the numbers end, and the filters are garbage.
    first.close();
    return prime;
  },

  blockedOnChannel: async (n, meter) => {
    let count = 0;
    const worker = async (ch: Channel<number>): Promise<void> => {
      count += 1;
      await ch.read();
    };
    const channels = new Array<Channel<number>>(n);
    meter.start();
    for (let i = 0; i < n; i++) {
      const ch = channel<number>();
      channels[i] = ch;
      void worker(ch);
    }
    await null;
    meter.stop();
    for (const ch of channels) ch.close();
    return count;
  },
};

type Read = (ch: Channel<number>) => Promise<number | undefined>;

async function exchange(n: number, read: Read): Promise<number> {
  const requests = channel<number>();
  const answers = channel<number>();
  const worker = (async () => {
    let request = await requests.read();
    while (request !== undefined) {
      await answers.write(request);
      request = await requests.read();
    }
  })();
  let right = 0;
  for (let i = 0; i < n; i += 2) {
    await requests.write(i);
    if ((await read(answers)) === i) right += 2;
  }
  requests.close();
  await worker;
  return right;
}

async function chooseAmong(count: number, n: number): Promise<number> {
  const requests = channel<number>();
  const answers = Array.from({ length: count }, () => channel<number>());
  const worker = (async () => {
    for (let i = 0; ; i++) {
      const request = await requests.read();
      if (request === undefined) return;
      await answers[i % count]!.write(request);
    }
  })();
  const [one, ...others] = answers;
  let right = 0;
  for (let i = 0; i < n / 2; i++) {
    await requests.write(i);
    const [value, ch] = await select(one!, ...others);
    if (ch === answers[i % count] && value === i) right += 2;
  }
  requests.close();
  await worker;
  return right;
}

async function whisper(left: Channel<number>, right: Channel<number>): Promise<void> {
  await right.write(((await left.read()) ?? 0) + 1);
}

async function generate(out: Channel<number>): Promise<void> {
  for (let x = 2; await out.write(x); x++);
}

async function filter(left: Channel<number>, right: Channel<number>, prime: number): Promise<void> {
  while (true) {
    const x = await left.read();
    if (x === undefined) return;
    if (x % prime !== 0) await right.write(x);
  }
}
