// What holds for any head, on whatever bytestream it comes.
import { expect } from "chai";
import fc from "fast-check";
import {
  brecv,
  bsend,
  type Bytestream,
  type Coroutine,
  hclose,
  hmake,
  hquery,
  ipcDone,
  ipcPair,
  type IpcSocket,
  run,
} from "libdill-ts";
import { type BytestreamMethods, bytestreamType } from "libdill-ts/impl";
import {
  httpAttach,
  httpDetach,
  httpDone,
  httpSendfield,
  httpSendrequest,
  httpSendstatus,
} from "libdill-ts/http";
import { isTaken, judge, type Judgement, receiveHead } from "../../support/httpCorpus.js";
import {
  anyHeads,
  cuts,
  goodHeads,
  type RandomHead,
  split,
  targets,
  texts,
  tokens,
} from "../../support/httpHeads.js";
import { it } from "../../support/it.js";

/** A bytestream that has only what it must have, on top of another. */
function exactly(s: IpcSocket): Bytestream {
  const beneath = hquery<BytestreamMethods>(s, bytestreamType);
  const methods: BytestreamMethods = {
    send: (list, deadline, syscall) => beneath.send(list, deadline, syscall),
    receive: (list, deadline, syscall) => beneath.receive(list, deadline, syscall),
  };
  return hmake({
    query: (type) => (type === bytestreamType ? methods : undefined),
    close: () => hclose(s),
  }) as Bytestream;
}

function* judgeExactly({ type, text }: RandomHead): Coroutine<Judgement> {
  const [a, z] = yield* ipcPair();
  const s = httpAttach(exactly(z));
  yield* bsend(a, bytesOf(text), -1);
  yield* ipcDone(a, -1);
  const judgement = yield* receiveHead(type, s);
  hclose(s);
  hclose(a);
  return judgement;
}

function* judgeInPieces({ type, text }: RandomHead, places: readonly number[]) {
  const [a, z] = yield* ipcPair();
  const s = httpAttach(z);
  for (const piece of split(text, places)) yield* bsend(a, bytesOf(piece), -1);
  yield* ipcDone(a, -1);
  const judgement: Judgement = yield* receiveHead(type, s);
  hclose(s);
  hclose(a);
  return judgement;
}

function bytesOf(text: string): Buffer {
  return Buffer.from(text, "latin1");
}

/** Runs the property's coroutine. */
function inRun(body: () => Coroutine): Promise<void> {
  return run(body());
}

describe("any head", () => {
  it("is judged alike in one piece, in many, and on a bytestream that gives exact numbers only", async () => {
    const property = fc.asyncProperty(anyHeads, cuts, (head, places) =>
      inRun(function* () {
        const whole = yield* judge(head.type, bytesOf(head.text));
        expect(yield* judgeInPieces(head, places)).to.deep.equal(whole);
        expect(yield* judgeExactly(head)).to.deep.equal(whole);
      }),
    );
    await fc.assert(property, { numRuns: 150 });
  });

  it("leaves the bytestream at the first byte behind it", async () => {
    const bodies = fc.string({ unit: fc.constantFrom("\r", "\n", "a", ":", " "), maxLength: 9 });
    const property = fc.asyncProperty(goodHeads, bodies, cuts, ({ type, text }, body, places) =>
      inRun(function* () {
        for (const wrap of [exactly, (s: IpcSocket): Bytestream => s]) {
          const [a, z] = yield* ipcPair();
          const s = httpAttach(wrap(z));
          for (const piece of split(text + body, places)) yield* bsend(a, bytesOf(piece), -1);
          expect(isTaken(yield* receiveHead(type, s))).to.equal(true);
          const stream = yield* httpDetach(s, 0);
          expect(String(yield* brecv(stream, body.length, -1))).to.equal(body);
          hclose(stream);
          hclose(a);
        }
      }),
    );
    await fc.assert(property, { numRuns: 150 });
  });

  it("that is sent is received, with the blanks around values gone", async () => {
    const fields = fc.array(fc.tuple(tokens, texts), { maxLength: 5 });
    const statuses = fc.integer({ min: 100, max: 599 });
    const property = fc.asyncProperty(
      fc.oneof(fc.tuple(tokens, targets), fc.tuple(statuses, texts)),
      fields,
      (first, list) =>
        inRun(function* () {
          const [a, z] = yield* ipcPair();
          const sender = httpAttach(a);
          const receiver = httpAttach(z);
          const [what, more] = first;
          if (typeof what === "number") yield* httpSendstatus(sender, what, more, -1);
          else yield* httpSendrequest(sender, what, more, -1);
          for (const [name, value] of list) yield* httpSendfield(sender, name, value, -1);
          yield* httpDone(sender, -1);
          const type = typeof what === "number" ? "response" : "request";
          const judgement = yield* receiveHead(type, receiver);
          expect(Object.values(judgement.first ?? {})).to.deep.equal([what, more, "1.1"]);
          const expected = list.map(([name, value]) => ({
            name,
            value: value.replaceAll(/^[ \t]+|[ \t]+$/g, ""),
          }));
          expect(judgement.fields).to.deep.equal(expected);
          hclose(sender);
          hclose(receiver);
        }),
    );
    await fc.assert(property, { numRuns: 300 });
  });
});
