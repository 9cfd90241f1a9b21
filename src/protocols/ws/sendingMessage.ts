// Sending a message. What was compressed counts for the next message only when it has been sent.
import { dillError } from "../../errors/index.js";
import { Delegation, type Operation, readDeadline } from "../../kernel/index.js";
import type { BytestreamMethods } from "../../sockets/index.js";
import type { Deflated, Deflater } from "./deflate.js";
import { binary, isCompressed, isFinal, isText, text } from "./frame.js";

/** What it is sent on. */
interface Sender {
  readonly deflater: Deflater | null;
  frame(first: number, list: readonly Uint8Array[]): readonly Uint8Array[];
}

export class SendingMessage extends Delegation<void, void> {
  readonly syscall: string;
  private readonly sender: Sender;
  private readonly methods: BytestreamMethods;
  private readonly type: "text" | "binary";
  private readonly list: readonly Uint8Array[];
  private readonly deadline: number;
  private deflated: Deflated | undefined;

  constructor(
    sender: Sender,
    methods: BytestreamMethods,
    type: "text" | "binary",
    list: readonly Uint8Array[],
    deadline: number,
    syscall: string,
  ) {
    super();
    this.syscall = syscall;
    this.sender = sender;
    this.methods = methods;
    this.type = type;
    this.list = list;
    this.deadline = deadline;
  }

  protected delegate(): Operation<void> {
    const { sender, type, list, deadline, syscall } = this;
    readDeadline(deadline, syscall);
    if (type === "text" && !isText(list)) {
      const message = "a text is sent as UTF-8, and these bytes are none";
      throw dillError("EINVAL", syscall, { message });
    }
    const opcode = isFinal | (type === "text" ? text : binary);
    this.deflated = sender.deflater?.compress(list);
    const frame =
      this.deflated === undefined
        ? sender.frame(opcode, list)
        : sender.frame(opcode | isCompressed, [this.deflated.bytes]);
    return this.methods.send(frame, deadline, syscall);
  }

  protected result(): void {
    if (this.deflated !== undefined) this.sender.deflater?.sent(this.deflated);
  }

  protected copy(): SendingMessage {
    const { sender, methods, type, list, deadline, syscall } = this;
    return new SendingMessage(sender, methods, type, list, deadline, syscall);
  }
}
