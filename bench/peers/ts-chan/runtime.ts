// ts-chan: Go's channels and select for async functions. Channels without a buffer, as Go's. It lets
// Node have its turn after messages, unless told not to; it is left as it comes.
import { setMaxListeners } from "node:events";
import { Chan, recv, Select, send } from "ts-chan";
import type { Contestants } from "../../contestant.js";

export const contestants: Contestants = {
  chan: async (n) => {
    const requests = new Chan<number>();
    const answers = new Chan<number>();
    const worker = echo(requests, answers);
    let right = 0;
    for (let i = 0; i < n; i += 2) {
      await requests.send(i);
      if ((await answers.recv()).value === i) right += 2;
    }
    requests.close();
    await worker;
    return right;
  },

  choose: async (n) => {
    const requests = new Chan<number>();
    const answers = new Chan<number>();
    const worker = echo(requests, answers);
    let i = 0;
    const request = new Select([send(requests, () => i)]);
    const answer = new Select([recv(answers)]);
    let right = 0;
    for (; i < n; i += 2) {
      await request.wait();
      await answer.wait();
      if (answer.recv(answer.cases[0]).value === i) right += 2;
    }
    requests.close();
    await worker;
    return right;
  },

  choose2: (n) => chooseAmong(2, n),
  choose10: (n) => chooseAmong(10, n),
  choose100: (n) => chooseAmong(100, n),

  deadline: async (n) => {
    const requests = new Chan<number>();
    const answers = new Chan<number>();
    const worker = (async () => {
      while (true) {
        const { value, done } = await requests.recv(AbortSignal.timeout(60_000));
        if (done) return;
        await answers.send(value);
      }
    })();
    let right = 0;
    for (let i = 0; i < n; i += 2) {
      await requests.send(i);
      if ((await answers.recv(AbortSignal.timeout(60_000))).value === i) right += 2;
    }
    requests.close();
    await worker;
    return right;
  },

  done: async (n) => {
    let ended = 0;
    const worker = async (ch: Chan<number>): Promise<void> => {
      if ((await ch.recv()).done) ended += 1;
    };
    for (let i = 0; i < n; i++) {
      const ch = new Chan<number>();
      const receiver = worker(ch);
      ch.close();
      await receiver;
    }
    return ended;
  },

  whispers: async (n) => {
    const first = new Chan<number>();
    let left = first;
    const all: Promise<void>[] = [];
    for (let i = 0; i < n; i++) {
      const right = new Chan<number>();
      all.push(whisper(left, right));
      left = right;
    }
    await first.send(1);
    const heard = await left.recv();
    await Promise.all(all);
    return heard.value ?? 0;
  },

  sieve: async (n) => {
    const controller = new AbortController();
    setMaxListeners(0, controller.signal);
    const first = new Chan<number>();
    const all = [generate(first, controller.signal)];
    let left = first;
    let prime = 0;
    for (let i = 0; i < n; i++) {
      prime = (await left.recv()).value ?? 0;
      const right = new Chan<number>();
      all.push(filter(left, right, prime, controller.signal));
      left = right;
    }
    controller.abort();
    await Promise.allSettled(all);
    return prime;
  },

  cancel: async (n, meter) => {
    let ended = 0;
    const controller = new AbortController();
    setMaxListeners(0, controller.signal);
    const ch = new Chan<number>();
    const worker = async (): Promise<void> => {
      try {
        await ch.recv(controller.signal);
      } finally {
        ended += 1;
      }
    };
    const all = Array.from({ length: n }, worker);
    await null;
    meter.start();
    controller.abort();
    await Promise.allSettled(all);
    meter.stop();
    return ended;
  },

  blockedOnChannel: async (n, meter) => {
    let count = 0;
    const worker = async (ch: Chan<number>): Promise<void> => {
      count += 1;
      await ch.recv();
    };
    const channels = new Array<Chan<number>>(n);
    meter.start();
    for (let i = 0; i < n; i++) {
      const ch = new Chan<number>();
      channels[i] = ch;
      void worker(ch);
    }
    await null;
    meter.stop();
    for (const ch of channels) ch.close();
    return count;
  },
};

async function echo(requests: Chan<number>, answers: Chan<number>): Promise<void> {
  for await (const request of requests) await answers.send(request);
}

async function chooseAmong(count: number, n: number): Promise<number> {
  const requests = new Chan<number>();
  const answers = Array.from({ length: count }, () => new Chan<number>());
  const worker = (async () => {
    let i = 0;
    for await (const request of requests) {
      await answers[i % count]!.send(request);
      i += 1;
    }
  })();
  const select = new Select(answers.map((ch) => recv(ch)));
  let right = 0;
  for (let i = 0; i < n / 2; i++) {
    await requests.send(i);
    const index = await select.wait();
    const { value } = select.recv(select.cases[index]);
    if (index === i % count && value === i) right += 2;
  }
  requests.close();
  await worker;
  return right;
}

async function whisper(left: Chan<number>, right: Chan<number>): Promise<void> {
  await right.send(((await left.recv()).value ?? 0) + 1);
}

async function generate(out: Chan<number>, signal: AbortSignal): Promise<void> {
  for (let x = 2; ; x++) await out.send(x, signal);
}

async function filter(
  left: Chan<number>,
  right: Chan<number>,
  prime: number,
  signal: AbortSignal,
): Promise<void> {
  while (true) {
    const { value, done } = await left.recv(signal);
    if (done) return;
    if (value % prime !== 0) await right.send(value, signal);
  }
}
