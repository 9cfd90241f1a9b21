// A short fuzz of the parsers. `npm run soak -- --parsers` goes on for longer, and replays a seed.
import { expect } from "chai";
import { fuzzParser, parserNames } from "../support/fuzz/parserFuzz.js";

/** What must have come, among others. */
function endsOf(name: string): string[] {
  if (name === "ipaddr") return [];
  return name.startsWith("socks5") ? ["ECONNRESET", "EPIPE", "EPROTO"] : ["EMSGSIZE", "EPIPE"];
}

describe("any bytes for a parser, however they are cut", function () {
  this.timeout(60_000);

  for (const name of parserNames) {
    it(`come to the same end, which is documented: ${name}`, async () => {
      const seed = Math.floor(Math.random() * 2 ** 31);
      const { ends } = await fuzzParser(name, 50_000, seed);
      expect([...ends.keys()]).to.include.members(endsOf(name));
    });
  }
});
