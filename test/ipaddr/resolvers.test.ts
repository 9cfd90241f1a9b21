// Resolvers of the program's own, which may do anything: at most one lookup fails.
import {
  go,
  hclose,
  IPADDR_IPV4,
  IPADDR_IPV6,
  ipaddrRemote,
  ipaddrRemotes,
  ipaddrStr,
  join,
  msleep,
  type NameResolver,
  now,
} from "libdill-ts";
import { expect } from "chai";
import { codeOf } from "../support/failure.js";
import { it } from "../support/it.js";
import { hostile } from "../support/optionsCases.js";

type Ask = (name: string, answer: (...said: unknown[]) => void) => unknown;

/** What a resolver's `resolve4` may do instead of answering. */
const broken: Readonly<Record<string, Ask>> = {
  "answers with an error that can't be looked at": (_name, answer) => answer(hostile()),
  "answers with an error whose code throws": (_name, answer) => answer(new HostileError()),
  "answers with a list that can't be looked at": (_name, answer) => answer(null, hostile()),
  "answers with a list whose elements throw": (_name, answer) =>
    answer(null, Object.defineProperty([], 0, { get: fails })),
  "answers with no list": (_name, answer) => answer(null, "10.0.0.1"),
  "answers with nothing": (_name, answer) => answer(),
  "throws what can't be looked at": () => {
    throw hostile();
  },
  "throws nothing": () => {
    throw undefined;
  },
  "rejects with nothing": () => Promise.reject(undefined),
  "rejects with what can't be looked at": () => Promise.reject(hostile()),
  "answers by a promise": async () => ["10.0.0.1"],
  // oxlint-disable-next-line unicorn/no-thenable
  "returns what can't be awaited": () => Object.defineProperty({}, "then", { get: fails }),
};

const cancels: Readonly<Record<string, () => void>> = {
  throws: fails,
  "throws what can't be looked at": () => {
    throw hostile();
  },
};

class HostileError extends Error {
  get code(): string {
    return fails();
  }
}

function fails(): never {
  throw new Error("getter");
}

describe("a resolver of the program's own", () => {
  for (const [what, resolve] of Object.entries(broken)) {
    it(`that ${what} is EIO, and its next question is the only one`, function* () {
      const { resolver, canceled } = silent({ resolve4: resolve });
      for (const lookup of [ipaddrRemotes, ipaddrRemote]) {
        const asking = lookup("name", 1, IPADDR_IPV4, now() + 5000, { resolver });
        expect(yield* codeOf(asking)).to.equal("EIO");
      }
      expect(canceled()).to.equal(0);
      const asking = ipaddrRemotes("name", 1, IPADDR_IPV6, now() + 5, { resolver });
      expect(yield* codeOf(asking)).to.equal("ETIMEDOUT");
      expect(canceled()).to.equal(1);
    });
  }

  for (const [what, cancel] of Object.entries(cancels)) {
    it(`that ${what} as it is canceled is given up all the same`, function* () {
      const options = silent({ resolve4: (_name, answer) => answer(null, ["10.0.0.1"]), cancel });
      const asking = ipaddrRemotes("name", 1, IPADDR_IPV6, now() + 5, options);
      expect(yield* codeOf(asking)).to.equal("ETIMEDOUT");
      expect(ipaddrStr(yield* ipaddrRemote("name", 1, 0, -1, options))).to.equal("10.0.0.1");
      const codes: string[] = [];
      hclose(
        go(
          (function* () {
            codes.push(yield* codeOf(ipaddrRemotes("name", 1, 0, -1, options)));
          })(),
        ),
      );
      expect(codes).to.deep.equal(["ECANCELED"]);
    });
  }

  it("that loses its methods while it is asked is given up all the same", function* () {
    const { resolver } = silent({});
    const asking = ipaddrRemotes("name", 1, IPADDR_IPV4, now() + 5, { resolver });
    const h = go(
      (function* () {
        return yield* codeOf(asking);
      })(),
    );
    Object.assign(resolver, { cancel: undefined });
    expect(yield* join(h, -1)).to.equal("ETIMEDOUT");
    hclose(h);
  });

  it("that rejects after it has answered has answered", function* () {
    const { resolver } = silent({
      async resolve4(_name, answer) {
        answer(null, ["10.0.0.1"]);
        throw new Error("too late");
      },
    });
    const found = yield* ipaddrRemotes("name", 1, IPADDR_IPV4, -1, { resolver });
    expect(found.map(ipaddrStr)).to.deep.equal(["10.0.0.1"]);
    yield* msleep(now() + 1);
  });
});

interface Methods {
  readonly resolve4?: Ask;
  readonly cancel?: () => void;
}

/** A resolver that answers nothing, but for what it is given; and how often it was canceled. */
function silent(methods: Methods) {
  let canceled = 0;
  const resolver: unknown = {
    resolve4() {},
    resolve6() {},
    cancel() {
      canceled += 1;
    },
    ...methods,
  };
  return { resolver: resolver as NameResolver, canceled: () => canceled };
}
