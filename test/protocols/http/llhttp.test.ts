// The cases of llhttp, which Node parses with. What it refuses is refused; what it takes is understood in the same way.
// llhttp knows which methods there are and reads lengths, which is not a head parser's business; and it forgives a little.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { httpFraming } from "libdill-ts/http";
import { codeOfCall } from "../../support/failure.js";
import { type HeadType, isTaken, judge, type Judgement } from "../../support/httpCorpus.js";
import { itBoth as it } from "../../support/it.js";

interface Case {
  readonly file: string;
  readonly title: string;
  readonly type: HeadType;
  readonly input: string;
  /** Null: llhttp refuses it. */
  readonly head: {
    readonly first: readonly (string | number)[];
    readonly fields: readonly (readonly [string, string])[];
  } | null;
}

const file = fileURLToPath(new URL("../../../../test/protocols/http/llhttp.json", import.meta.url));
const { cases } = JSON.parse(readFileSync(file, "utf8")) as { cases: readonly Case[] };

/** Other protocols, an older version, none at all, and an empty line before the first. */
const forgiven: ReadonlySet<string> = new Set([
  "SOURCE request with ICE",
  "OPTIONS request with RTSP",
  "ANNOUNCE request with RTSP",
  "Prefix newline",
  "No HTTP version",
  "Request starting with CRLF",
  "RTSP response",
  "ICE response",
  "HTTP version 0.9",
  "Response starting with CRLF",
]);

/** Methods that HTTP has not, in a head that is one. */
const methods: ReadonlySet<string> = new Set([
  "HTTP protocol and ANNOUNCE method",
  "Invalid method",
  "PRI request HTTP2",
]);

describe("a head of llhttp's tests", () => {
  for (const { file: page, title, type, input, head } of cases) {
    const name = `${page}, ${title}`;
    if (head === null && !methods.has(title)) {
      it(`${name}: is refused, by its form or by its framing`, function* () {
        const judgement = yield* judge(type, Buffer.from(input, "latin1"));
        const isRefused = !isTaken(judgement) || refusesFraming(judgement);
        expect(isRefused, JSON.stringify(judgement)).to.equal(true);
      });
    } else if (head !== null && forgiven.has(title)) {
      it(`${name}: is refused, and llhttp forgives it`, function* () {
        expect((yield* judge(type, Buffer.from(input, "latin1"))).code).to.equal("EPROTO");
      });
    } else {
      it(`${name}: is taken`, function* () {
        const judgement = yield* judge(type, Buffer.from(input, "latin1"));
        expect(isTaken(judgement), judgement.code).to.equal(true);
        if (head === null) return;
        expect(Object.values(judgement.first ?? {})).to.deep.equal(head.first);
        const fields = judgement.fields.map(({ name: key, value }) => [key, value]);
        expect(fields).to.deep.equal(head.fields);
      });
    }
  }

  it("was read from a file with all of them", () => {
    expect(cases.length).to.equal(200);
  });
});

function refusesFraming({ first, fields }: Judgement): boolean {
  return codeOfCall(() => httpFraming(fields, first?.version ?? "1.1")) === "EPROTO";
}
