// What a handle is to a program, and what a resource is to the table.

declare const kind: unique symbol;
declare const typeOf: unique symbol;

/**
 * A number that stands for an open resource, branded by its kind so that the compiler keeps them apart.
 *
 * Numbers are never used twice: once closed, a handle gives `EBADF` for ever.
 */
export type Handle<K extends string = string> = number & { readonly [kind]: K };

/**
 * What {@link hquery} asks for: any value that is compared by identity, usually a symbol. Declared with
 * a type, `const quote: HandleType<Quote> = Symbol("quote")`, it gives `hquery` its result type.
 */
export type HandleType<T> = (symbol | object) & { readonly [typeOf]?: T };

/** What the maker of a handle type implements. Both are called by the library alone. */
export interface HandleMethods {
  /**
   * The interface of the given type, or `undefined` (or `null`) where the resource has none. Must
   * give the same answer as long as the handle is open.
   */
  query(type: unknown): unknown;
  /** Frees the resource. Called once. Blocking operations throw `ECANCELED` in here. */
  close(): void;
}

/** A resource of the library's own may say more about itself. */
export interface Resource extends HandleMethods {
  /** For messages: "a channel". */
  readonly kind?: string;
  /** For reports: what it leads to, or where it listens. */
  address?(): string | undefined;
  /** Throws if the resource can't be closed now; then nothing has changed. */
  checkClose?(): void;
  /** Of a listener: how many connections wait to be accepted. */
  queued?(): number;
  /** It has another number now. */
  moved?(h: Handle): void;
}
