// The answers to the questions for a name: one question for each family.
import { type DillError, dillError } from "../errors/index.js";
import { type Failure, type NameResolver, names } from "../host/index.js";
import type { Event, Waiter } from "../kernel/index.js";
import { type Ipaddr, ipaddrOf } from "./ipaddr.js";

export interface Search {
  readonly name: string;
  readonly port: number;
  /** The preferred one first. */
  readonly families: readonly ("ipv4" | "ipv6")[];
  readonly resolver: NameResolver | undefined;
  /** Whether one address is enough. */
  readonly isForOne: boolean;
  readonly syscall: string;
}

/** All families have answered; or the preferred one has, and one address is enough. */
export class Answers implements Event<Ipaddr[]> {
  readonly source = "outside";
  private readonly search: Search;
  /** By family, in their order. */
  private readonly found: (Ipaddr[] | undefined)[];
  private failure: Failure | undefined;
  private giveUps: (() => void)[] = [];
  private waiter: Waiter | null = null;

  constructor(search: Search) {
    this.search = search;
    const literal = ipaddrOf(search.name, search.port);
    this.found = search.families.map((family) => {
      if (literal === undefined) return undefined;
      return literal.family === family ? [literal] : [];
    });
  }

  isReady(): boolean {
    const [preferred = []] = this.found;
    if (this.search.isForOne && preferred.length > 0) return true;
    return this.found.every((addresses) => addresses !== undefined);
  }

  add(waiter: Waiter): void {
    this.waiter = waiter;
    const { name, families, resolver, port } = this.search;
    this.giveUps = families.map((family, i) =>
      names().lookup(
        { name, family, resolver },
        {
          found: (texts) => {
            const addresses = texts.map((text) => ipaddrOf(text, port));
            this.answer(i, addresses.filter((address) => address?.family === family) as Ipaddr[]);
          },
          failed: (failure) => {
            this.failure ??= failure;
            this.answer(i, []);
          },
        },
      ),
    );
  }

  private answer(i: number, addresses: Ipaddr[]): void {
    this.found[i] = addresses;
    if (!this.isReady()) return;
    this.remove();
    this.waiter?.fire();
  }

  remove(): void {
    for (const giveUp of this.giveUps) giveUp();
  }

  /** A failure counts only if nothing was found. */
  take(): Ipaddr[] {
    const addresses = this.found.flatMap((each) => each ?? []);
    if (addresses.length === 0 && this.failure !== undefined) throw this.errorFor(this.failure);
    return addresses;
  }

  private errorFor({ code, cause, message }: Failure): DillError {
    return dillError(code, this.search.syscall, { address: this.search.name, cause, message });
  }
}
