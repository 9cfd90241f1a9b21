// What the protocols of the Web ask of the outside besides sockets: digests, random bytes, compression.
export interface Codecs {
  /** The SHA-1 digest of a text, in base64. */
  sha1(text: string): string;
  /** Fills the bytes with unpredictable ones. */
  randomFill(bytes: Uint8Array): void;
  /** Whether the bytes are text in UTF-8. */
  isUtf8(bytes: Uint8Array): boolean;
  /**
   * Compresses by DEFLATE, up to the end of a byte: what follows may be put right behind it. Refers back to the dictionary,
   * but over less than 2 to the power of `windowBits` bytes: 8 to 15.
   */
  deflate(bytes: Uint8Array, windowBits: number, dictionary: Uint8Array): Buffer;
  /**
   * The opposite; undefined: it would be more bytes than so many. Throws what Node throws if the bytes are none such. `isWhole`: they
   * lead up to a last block, behind which all is ignored; otherwise they may stop anywhere.
   */
  inflate(
    bytes: Uint8Array,
    dictionary: Uint8Array,
    most: number,
    isWhole: boolean,
  ): Inflated | undefined;
}

export interface Inflated {
  readonly data: Buffer;
  /** How many bytes were read, up to the end of the last block; undefined where the system does not tell. */
  readonly used: number | undefined;
}
