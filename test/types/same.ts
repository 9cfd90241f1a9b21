/** Whether two types are the same, not merely assignable. */
export type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** `same<Expected>()(value)` compiles only if the value's type is exactly that one. */
export function same<Expected>() {
  return <Actual>(
    _value: Actual,
    ..._wrong: Equal<Actual, Expected> extends true ? [] : ["the types differ"]
  ): void => {};
}
