// Names over node:dns and node:os.
//
// The system's own lookup can't be given up, and occupies one of the process's few threads until it is answered. So all
// who ask for one name and family meanwhile share it, those included who ask after the first have given up.
import type { LookupEvents, NameResolver, Names, Question } from "../names.js";
import type { Failure } from "../sockets.js";
import { dns, os } from "./builtin.js";
import { inspectSafely } from "../../errors/index.js";
import { codeOf, failureOf } from "./errnoOf.js";
import { nextTick } from "./timers.js";

/** Who waits for an answer of the system, by family and name. */
const asked = new Map<string, Set<LookupEvents>>();
/** How many questions of ours a resolver has to answer. Its cancel() cancels all of them. */
const open = new WeakMap<NameResolver, number>();

export function makeNames(): Names {
  return {
    lookup(question, events) {
      const { resolver } = question;
      return resolver === undefined ? askSystem(question, events) : ask(resolver, question, events);
    },
    interfaces: () =>
      Object.entries(os().networkInterfaces()).flatMap(([name, addresses = []]) =>
        addresses.map((entry) => ({
          name,
          family: entry.family === "IPv6" ? ("ipv6" as const) : ("ipv4" as const),
          address: entry.address,
          scope: entry.family === "IPv6" ? entry.scopeid : 0,
        })),
      ),
  };
}

function askSystem({ name, family }: Question, events: LookupEvents): () => void {
  const key = `${family} ${name}`;
  const waiting = asked.get(key) ?? new Set();
  waiting.add(events);
  if (!asked.has(key)) {
    asked.set(key, waiting);
    const options = { family: family === "ipv6" ? 6 : 4, all: true } as const;
    try {
      dns().lookup(name, options, (error, found) => {
        asked.delete(key);
        const addresses = found?.map(({ address }) => address);
        for (const each of waiting) {
          if (error === null) tell(each, addresses);
          else fail(each, error);
        }
      });
    } catch (error) {
      nextTick(() => {
        asked.delete(key);
        for (const each of waiting) fail(each, error);
      });
    }
  }
  return () => void waiting.delete(events);
}

/** The resolver may be the program's own: whatever it does, or answers, is at most this one question's failure. */
function ask(resolver: NameResolver, question: Question, events: LookupEvents): () => void {
  let isOpen = true;
  open.set(resolver, (open.get(resolver) ?? 0) + 1);
  const end = (report: () => void): void => {
    nextTick(() => {
      if (leave()) report();
    });
  };
  const answer = (error: unknown, addresses?: unknown): void => {
    end(() => {
      if (error === null || error === undefined) tell(events, addresses);
      else fail(events, error);
    });
  };
  const broken = (error: unknown): void => end(() => fail(events, error));
  try {
    const method = question.family === "ipv6" ? "resolve6" : "resolve4";
    void watchPromise(resolver[method](question.name, answer), broken);
  } catch (error) {
    broken(error);
  }
  return () => {
    if (leave() && open.get(resolver) === 0) inspectSafely(() => resolver.cancel(), undefined);
  };

  function leave(): boolean {
    if (!isOpen) return false;
    isOpen = false;
    open.set(resolver, (open.get(resolver) ?? 1) - 1);
    return true;
  }
}

/** Of an async method, or of a resolver of node:dns/promises, which answers in another way. */
async function watchPromise(returned: unknown, fails: (error: unknown) => void): Promise<void> {
  try {
    if (!Array.isArray(await returned)) return;
    fails(new TypeError("a resolver answers by its callback, not by a promise"));
  } catch (error) {
    fails(error);
  }
}

function tell(events: LookupEvents, addresses: unknown): void {
  const texts = inspectSafely(() => textsIn(addresses), undefined);
  if (texts !== undefined) events.found(texts);
  else
    events.failed({ code: "EIO", message: "the resolver has answered with no list of addresses" });
}

function fail(events: LookupEvents, error: unknown): void {
  const code = codeOf(error);
  if (code === "ENOTFOUND" || code === "ENODATA") events.found([]);
  else events.failed(lookupFailure(error));
}

function textsIn(addresses: unknown): string[] | undefined {
  if (!Array.isArray(addresses)) return undefined;
  return Array.from<unknown>(addresses).filter((address) => typeof address === "string");
}

/** The codes of getaddrinfo and of c-ares. */
function lookupFailure(cause: unknown): Failure {
  const code = codeOf(cause);
  if (code === "EAI_AGAIN" || code === "ETIMEOUT") {
    return { code: "ETIMEDOUT", cause, message: "no server for names has answered" };
  }
  if (code === "EAI_MEMORY" || code === "ENOMEM") return { code: "ENOMEM", cause };
  if (code === "EBADNAME") return { code: "EINVAL", cause, message: "no server takes such a name" };
  return failureOf(cause);
}
