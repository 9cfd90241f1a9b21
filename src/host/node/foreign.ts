// What ways to call C have in common.

export type CType = "int32" | "uint64" | "int64" | "void";
/** 64 bits may come as either. */
export type CValue = number | bigint;
export type CFunction = (...values: CValue[]) => CValue;

/** A way to call C. */
export interface Foreign {
  find(name: string, result: CType, parameters: CType[]): CFunction;
  /** The pointer of a function that C may call for the rest of the process's life. */
  callback(parameters: CType[], job: (...values: CValue[]) => void): bigint;
  /** Memory of C's. */
  view(pointer: bigint, length: number): Buffer;
  /** Why the last call has failed. */
  errno(): number;
}
