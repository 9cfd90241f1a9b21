// For the files beside this one: the compiler checks them, nobody runs them.

/** `true` if the two types are the same one, `false` if they merely fit each other. */
export type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles if the value's type is exactly `T`: `expectType<number>()(value)`. */
export declare function expectType<T>(): <U>(
  value: U,
  ...isWrong: Equal<T, U> extends true ? [] : ["this is no", T]
) => void;
