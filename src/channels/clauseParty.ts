// A clause of a choose that sends or receives: one party in one mailbox, like chsend and chrecv.
import { signalError } from "../errors/index.js";
import { Alternative, type Chosen, type WaitAny } from "../kernel/index.js";
import { halfOf, type Mailbox, type Party } from "./channel.js";
import type { MessageClause } from "./clauses.js";

export class ClauseParty extends Alternative implements Party {
  value: unknown;
  readonly isSender: boolean;
  readonly isExternal = false;
  private readonly mailbox: Mailbox;
  /** It has met another party while it waited; or never will. */
  private state: "waiting" | "matched" | "broken" = "waiting";

  private constructor(
    choice: WaitAny,
    index: number,
    isSender: boolean,
    value: unknown,
    mailbox: Mailbox,
  ) {
    super(choice, index);
    this.isSender = isSender;
    this.value = value;
    this.mailbox = mailbox;
  }

  static of(choice: WaitAny, index: number, clause: MessageClause): ClauseParty {
    const isSender = clause.op === "send";
    const half = halfOf(clause.ch, "choose");
    const mailbox = isSender ? half.peer.mailbox : half.mailbox;
    return new ClauseParty(choice, index, isSender, isSender ? clause.value : undefined, mailbox);
  }

  isReady(): boolean {
    return this.mailbox.isEnd(this.isSender) || this.mailbox.has(!this.isSender);
  }

  register(): void {
    this.mailbox.add(this);
  }

  withdraw(): void {
    this.mailbox.remove(this);
  }

  override fire(): void {
    this.state = "matched";
    super.fire();
  }

  override fail(): void {
    this.state = "broken";
    super.fire();
  }

  /** Meets the other party now, if it has not met one while it waited. */
  outcome(): Chosen {
    const { index, isSender } = this;
    if (this.state === "waiting") this.meet();
    if (this.state === "broken") return { index, error: signalError("EPIPE", "choose") };
    return { index, value: isSender ? undefined : this.value };
  }

  private meet(): void {
    const { isSender } = this;
    const other = this.mailbox.isEnd(isSender) ? null : this.mailbox.take(!isSender);
    if (other === null) {
      this.state = "broken";
      return;
    }
    this.state = "matched";
    if (isSender) other.value = this.value;
    else this.value = other.value;
    other.fire();
  }

  override giveBack(): void {
    if (this.state === "matched" && !this.isSender) this.mailbox.giveBack(this.value);
  }
}
