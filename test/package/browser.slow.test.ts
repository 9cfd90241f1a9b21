// What bundlers make of the package for browsers: it has nothing of Node, and runs.
import { fileURLToPath } from "node:url";
import { createContext, runInContext } from "node:vm";
import { expect } from "chai";
import { build } from "esbuild";
import { findChromium, inChromium } from "../support/chromium.js";

const root = fileURLToPath(new URL("../../..", import.meta.url));

const program = `
import { chdone, chmake, choose, chrecv, chsend, go, hclose, ipaddrLocal, ipcConnect, happyeyeballsConnect, iterate, join, tcpConnect, tcpListen, udpOpen, msleep, now, run, until,
  withDeadline } from "libdill-ts";

const said = [];
function* codeOf(operation) { try { yield* operation; } catch (e) { return e.code; } }

async function main() {
  await run((function* () {
    const [a, b] = chmake();
    const sender = go((function* () { yield* chsend(a, "message", -1); chdone(a); })());
    said.push((yield* choose([{ op: "recv", ch: b }], -1)).value, yield* codeOf(chrecv(b, -1)));
    const due = now() + 20;
    said.push(yield* codeOf(withDeadline(due, function* () { yield* msleep(-1); })), now() >= due);
    const sleeper = go((function* () { said.push(yield* codeOf(msleep(-1))); })());
    hclose(sleeper);
    said.push(yield* until(Promise.resolve("settled"), -1), yield* codeOf(ipcConnect("/tmp/x", -1)));
    const addr = ipaddrLocal("127.0.0.1", 1);
    said.push(yield* codeOf(tcpConnect(addr, -1)), yield* codeOf(tcpListen(addr, 1)));
    said.push(yield* codeOf(udpOpen(addr, null)), yield* codeOf(happyeyeballsConnect("localhost", 1, -1)));
    let isOver = false;
    const busy = go((function* () { while (!isOver) yield; })());
    setTimeout(() => { isOver = true; });
    yield* join(busy, -1);
    for (const h of [sender, busy, a, b]) hclose(h);
  })());
  for await (const n of iterate(function* (emit) { for (const n of [1, 2]) yield* emit(n); })) said.push(n);
  return said.join(" ");
}
globalThis.outcome = main().catch(String);
`;
const expected =
  "message EPIPE ETIMEDOUT true ECANCELED settled ENOTSUP ENOTSUP ENOTSUP ENOTSUP ENOTSUP 1 2";

describe("the package in a browser", function () {
  this.timeout(30_000);
  let script = "";

  before(async () => {
    const { outputFiles } = await build({
      stdin: { contents: program, resolveDir: root, loader: "js" },
      bundle: true,
      format: "iife",
      platform: "browser",
      write: false,
    });
    script = outputFiles[0]?.text ?? "";
  });

  it("needs none of Node's globals", async () => {
    const web = { AbortController, MessageChannel: Channel, clearTimeout, performance, setTimeout };
    const context = createContext(web);
    runInContext(script, context);
    expect(await context["outcome"]).to.equal(expected);
  });

  it("runs in Chromium", async () => {
    const found = findChromium();
    if (found === undefined) {
      console.log("      there is no Chromium here: not tried");
      return;
    }
    const said = await inChromium(found, async (page) => {
      await page.addScriptTag({ content: script });
      return page.evaluate<unknown>("outcome");
    });
    expect(said).to.equal(expected);
  });
});

/** One message a task, as in browsers; Node's port takes a thousand before it looks at its timers. */
class Channel {
  readonly port1 = Object.assign(new EventTarget(), { start() {} });
  readonly port2 = {
    postMessage: () => void setImmediate(() => this.port1.dispatchEvent(new Event("message"))),
  };
}
