// A clause of a choose that sends or receives: one party in one mailbox, like chsend and chrecv.
import { signalError } from "../errors/index.js";
import { Alternative, type Chosen, type WaitAny } from "../kernel/index.js";
import type { Mailbox, Party } from "./mailbox.js";

/** What comes of a clause at once: it meets a party that waits, or learns that none will come. Null: it has to wait. */
export function meet(
  mailbox: Mailbox,
  isSender: boolean,
  message: unknown,
  index: number,
): Chosen | null {
  if (mailbox.isEnd(isSender)) return broken(index);
  const other = mailbox.take(!isSender);
  if (other === null) return null;
  const received = isSender ? undefined : other.value;
  if (isSender) other.value = message;
  other.fire();
  return { index, value: received };
}

function broken(index: number): Chosen {
  return { index, error: signalError("EPIPE", "choose") };
}

export class ClauseParty extends Alternative implements Party {
  value: unknown;
  readonly isSender: boolean;
  private readonly mailbox: Mailbox;
  /** No other party will come. */
  private isBroken = false;

  constructor(
    choice: WaitAny,
    index: number,
    isSender: boolean,
    message: unknown,
    mailbox: Mailbox,
  ) {
    super(choice, index);
    this.isSender = isSender;
    this.value = message;
    this.mailbox = mailbox;
  }

  get event(): null {
    return null;
  }

  isReady(): boolean {
    return this.mailbox.isEnd(this.isSender) || this.mailbox.has(!this.isSender);
  }

  register(): void {
    this.mailbox.add(this);
  }

  protected withdraw(): void {
    this.mailbox.remove(this);
  }

  override fail(): void {
    this.isBroken = true;
    this.choice.fired(this);
  }

  /** It has met another party while it waited. */
  private get hasMet(): boolean {
    return this.standing === "told" && !this.isBroken;
  }

  outcome(): Chosen {
    const { index, isSender, value } = this;
    if (this.hasMet) return { index, value: isSender ? undefined : value };
    const outcome = this.isBroken ? null : meet(this.mailbox, isSender, value, index);
    return outcome ?? broken(index);
  }

  override giveBack(): void {
    if (this.hasMet && !this.isSender) this.mailbox.giveBack(this.value);
  }
}
