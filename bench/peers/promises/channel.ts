/** An unbuffered channel of promises, as one writes it where no package is at hand. */
export class Channel<T> {
  readonly #receivers: ((value: T | undefined) => void)[] = [];
  readonly #senders: { readonly value: T; readonly taken: () => void }[] = [];
  #isClosed = false;

  send(value: T): Promise<void> {
    const receiver = this.#receivers.shift();
    if (receiver === undefined) {
      return new Promise((taken) => this.#senders.push({ value, taken }));
    }
    receiver(value);
    return Promise.resolve();
  }

  /** Undefined: the channel is closed. */
  receive(): Promise<T | undefined> {
    const sender = this.#senders.shift();
    if (sender !== undefined) {
      sender.taken();
      return Promise.resolve(sender.value);
    }
    if (this.#isClosed) return Promise.resolve(undefined);
    return new Promise((receiver) => this.#receivers.push(receiver));
  }

  close(): void {
    this.#isClosed = true;
    for (const receiver of this.#receivers.splice(0)) receiver(undefined);
  }
}
