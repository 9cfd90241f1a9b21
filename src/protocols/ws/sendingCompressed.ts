// Sending a message that may be compressed. What was compressed counts for the next message only when it has been sent.
import { Delegation, type Operation, readDeadline } from "../../kernel/index.js";
import type { BytestreamMethods } from "../../sockets/index.js";
import type { Deflated, Deflater } from "./deflate.js";
import { isCompressed } from "./frame.js";

/** What it is sent on. */
interface Sender {
  frame(first: number, list: readonly Uint8Array[]): readonly Uint8Array[];
}

export class SendingCompressed extends Delegation<void, void> {
  readonly syscall: string;
  private readonly sender: Sender;
  private readonly methods: BytestreamMethods;
  private readonly deflater: Deflater;
  private readonly first: number;
  private readonly list: readonly Uint8Array[];
  private readonly deadline: number;
  private deflated: Deflated | undefined;

  constructor(
    sender: Sender,
    methods: BytestreamMethods,
    deflater: Deflater,
    first: number,
    list: readonly Uint8Array[],
    deadline: number,
    syscall: string,
  ) {
    super();
    this.syscall = syscall;
    this.sender = sender;
    this.methods = methods;
    this.deflater = deflater;
    this.first = first;
    this.list = list;
    this.deadline = deadline;
  }

  protected delegate(): Operation<void> {
    const { sender, first, list, deadline, syscall } = this;
    readDeadline(deadline, syscall);
    this.deflated = this.deflater.compress(list);
    const frame =
      this.deflated === undefined
        ? sender.frame(first, list)
        : sender.frame(first | isCompressed, [this.deflated.bytes]);
    return this.methods.send(frame, deadline, syscall);
  }

  protected result(): void {
    if (this.deflated !== undefined) this.deflater.sent(this.deflated);
  }

  protected copy(): SendingCompressed {
    const { sender, methods, deflater, first, list, deadline, syscall } = this;
    return new SendingCompressed(sender, methods, deflater, first, list, deadline, syscall);
  }
}
