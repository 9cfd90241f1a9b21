// node:tls at both ends, each wrapped as a bytestream of ours: what a user would do without our TLS.
import { run } from "libdill-ts";
import { fromDuplex } from "libdill-ts/streams";
import type { Contestants } from "../../contestant.js";
import { withTls } from "../node/tlsPair.js";
import { type Ends, roundTrips, sends } from "../ours/tlsWith.js";

export const contestants: Contestants = {
  tls: (n, meter) => withEnds((ends) => run(roundTrips(ends, n, meter))),
  tlsThroughput: (n, meter) => withEnds((ends) => run(sends(ends, n, meter))),
};

function withEnds(use: (ends: Ends) => Promise<number>): Promise<number> {
  return withTls(async (connect) => {
    const [client, server] = await connect();
    return use([fromDuplex(client), fromDuplex(server)]);
  });
}
