// A lost update. Two coroutines add to one balance, and write to an audit log in between.
import {
  bundle,
  bundleGo,
  bundleWait,
  type Channel,
  chmake,
  chrecv,
  chsend,
  type Coroutine,
  hclose,
} from "libdill-ts";
import type { Bug } from "./bug.js";

interface Account {
  balance: number;
  /** The log always receives here, so a send never waits. */
  readonly audit: Channel<string, never>;
}

type Deposit = (account: Account, amount: number) => Coroutine;

/** What was read before the send is old after it. */
function* depositBroken(account: Account, amount: number): Coroutine {
  const { balance } = account;
  yield* chsend(account.audit, `deposit of ${amount}`, -1);
  account.balance = balance + amount;
}

/** Reads and writes in one step. */
function* depositMended(account: Account, amount: number): Coroutine {
  yield* chsend(account.audit, `deposit of ${amount}`, -1);
  account.balance += amount;
}

function* program(deposit: Deposit): Coroutine {
  const [audit, entries] = chmake<string, never>();
  const beside = bundle();
  const deposits = bundle();
  try {
    bundleGo(beside, write(entries));
    const account: Account = { balance: 0, audit };
    for (const amount of [10, 20]) bundleGo(deposits, deposit(account, amount));
    yield* bundleWait(deposits, -1);
    if (account.balance !== 30) throw new Error(`the balance is ${account.balance}, not 30`);
  } finally {
    for (const h of [deposits, beside, audit, entries]) hclose(h);
  }
}

function* write(entries: Channel<never, string>): Coroutine {
  for (;;) yield* chrecv(entries, -1);
}

export const lostUpdate: Bug = {
  name: "A lost update",
  tested: () => program(depositBroken),
  broken: () => program(depositBroken),
  mended: () => program(depositMended),
  options: {},
};
