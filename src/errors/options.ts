// What a function may be told besides its arguments: an object of the program's own, which may be a proxy or have getters
// that throw.
import { dillError } from "./dillError.js";
import { inspectSafely, textOf } from "./inspectSafely.js";

/** The options of one call. Each is looked at once; what it can't be is `EINVAL` by its name. */
export class Options<O extends object> {
  private readonly given: O | undefined;
  private readonly syscall: string;
  private readonly address: string | undefined;

  constructor(given: O | undefined, syscall: string, address?: string) {
    this.given = given;
    this.syscall = syscall;
    this.address = address;
    if (given !== undefined && !inspectSafely(() => isObject(given), false)) {
      throw this.invalid("the options are an object", given);
    }
  }

  /** The option, or what is usual if it is not given. `what` it has to be stands in the error's message. */
  read<T, U>(
    name: keyof O & string,
    usual: U,
    what: string,
    fits: (value: unknown) => value is T,
  ): T | U {
    const value = this.look(name);
    if (value === undefined) return usual;
    if (inspectSafely(() => fits(value), false)) return value as T;
    throw this.invalid(`${name} is ${what}`, value);
  }

  flag(name: keyof O & string, usual: boolean): boolean {
    return this.read(name, usual, "true or false", (value) => typeof value === "boolean");
  }

  /** A whole number of something. */
  count(name: keyof O & string, usual: number, least: number, most: number, what: string): number {
    const range = `${what} from ${least} to ${most}`;
    return this.read(name, usual, range, (value): value is number => {
      return Number.isInteger(value) && Number(value) >= least && Number(value) <= most;
    });
  }

  private look(name: keyof O & string): unknown {
    try {
      return this.given?.[name];
    } catch (cause) {
      const { address } = this;
      throw dillError("EINVAL", this.syscall, { address, cause, message: `${name} can't be read` });
    }
  }

  private invalid(rule: string, value: unknown): Error {
    const { address } = this;
    return dillError("EINVAL", this.syscall, { address, message: `${rule}, not ${textOf(value)}` });
  }
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
