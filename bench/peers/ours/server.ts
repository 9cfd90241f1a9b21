// A server of ours in a process of its own: node server.js <path> <service>
import { ipcListen, main } from "libdill-ts";
import type { Service } from "../serverProcess.js";
import { serve } from "./services.js";

const [path = "", service] = process.argv.slice(2);

process.stdin.once("end", () => process.exit()).resume();
await main(function* () {
  const ls = yield* ipcListen(path, 128);
  console.log("ready");
  yield* serve(ls, service as Service);
});
