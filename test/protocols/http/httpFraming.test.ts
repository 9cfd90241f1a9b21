import { expect } from "chai";
import { type HttpField, httpFraming } from "libdill-ts/http";
import { thrownBy } from "../../support/failure.js";

type Pairs = readonly (readonly [string, string])[];

function fieldsOf(pairs: Pairs): HttpField[] {
  return pairs.map(([name, value]) => ({ name, value }));
}

describe("httpFraming", () => {
  it("is the one length", () => {
    for (const [value, length] of [
      ["0", 0],
      ["42", 42],
      ["007", 7],
      [" 5\t", 5],
      ["9007199254740991", Number.MAX_SAFE_INTEGER],
    ] as const) {
      const fields = fieldsOf([
        ["Host", "x"],
        ["cONTENT-lENGTH", value],
      ]);
      expect(httpFraming(fields, "1.1")).to.deep.equal({ type: "length", length });
    }
  });

  it("is chunked", () => {
    for (const value of ["chunked", "Chunked", "CHUNKED "]) {
      const fields = fieldsOf([["transfer-encoding", value]]);
      expect(httpFraming(fields, "1.1")).to.deep.equal({ type: "chunked" });
    }
  });

  it("is none without these fields", () => {
    expect(httpFraming([], "1.1")).to.deep.equal({ type: "none" });
    expect(httpFraming(fieldsOf([["Content-Type", "5"]]), "1.1")).to.deep.equal({ type: "none" });
  });

  it("takes the fields one after the other, from whatever gives them", () => {
    const fields = new Set(fieldsOf([["Content-Length", "1"]])).values();
    expect(httpFraming(fields, "1.1")).to.deep.equal({ type: "length", length: 1 });
  });

  const contradictions: Readonly<Record<string, Pairs>> = {
    "a length beside chunked": [
      ["Content-Length", "5"],
      ["Transfer-Encoding", "chunked"],
    ],
    "chunked beside a length": [
      ["Transfer-Encoding", "chunked"],
      ["Content-Length", "5"],
    ],
    "two lengths": [
      ["Content-Length", "5"],
      ["content-length", "6"],
    ],
    "two equal lengths": [
      ["Content-Length", "5"],
      ["Content-Length", "5"],
    ],
    "chunked twice": [
      ["Transfer-Encoding", "chunked"],
      ["Transfer-Encoding", "chunked"],
    ],
  };
  for (const [name, pairs] of Object.entries(contradictions)) {
    it(`is EPROTO for ${name}`, () => {
      const error = thrownBy(() => httpFraming(fieldsOf(pairs), "1.1"));
      expect(error).to.include({ code: "EPROTO", syscall: "http_framing" });
    });
  }

  const lengths = [
    "",
    "-1",
    "+5",
    "5,5",
    "5 5",
    "0x5",
    "5.0",
    "1e3",
    "five",
    "\u0665",
    "9007199254740992",
  ];
  for (const value of lengths) {
    it(`is EPROTO for the length ${JSON.stringify(value)}`, () => {
      const error = thrownBy(() => httpFraming(fieldsOf([["Content-Length", value]]), "1.1"));
      expect(error).to.include({ code: "EPROTO" });
    });
  }

  for (const value of ["", "gzip", "identity", "gzip, chunked", "chunked, chunked", "xchunked"]) {
    it(`is EPROTO for the coding ${JSON.stringify(value)}`, () => {
      const error = thrownBy(() => httpFraming(fieldsOf([["Transfer-Encoding", value]]), "1.1"));
      expect(error).to.include({ code: "EPROTO" });
    });
  }

  it("is EPROTO for a transfer coding in a message of version 1.0, which has none", () => {
    const fields = fieldsOf([["Transfer-Encoding", "chunked"]]);
    expect(thrownBy(() => httpFraming(fields, "1.0"))).to.include({ code: "EPROTO" });
    const length = fieldsOf([["Content-Length", "5"]]);
    expect(httpFraming(length, "1.0")).to.deep.equal({ type: "length", length: 5 });
    expect(httpFraming([], "1.0")).to.deep.equal({ type: "none" });
  });

  for (const version of [undefined, null, 1.1, "1", "2.0"]) {
    it(`is EINVAL for the version ${version}`, () => {
      const error = thrownBy(() => httpFraming([], version as never));
      expect(error).to.include({ code: "EINVAL", syscall: "http_framing" });
    });
  }
});
