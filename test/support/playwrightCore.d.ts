// What the tests use of playwright-core, whose own types need those of a browser's globals: no file of ours shall see them.
export interface Page {
  goto(url: string): Promise<unknown>;
  addScriptTag(script: { readonly content: string }): Promise<unknown>;
  /** The value of an expression in the page, or what the promise is settled with that it is. */
  evaluate<T>(expression: string): Promise<T>;
  setDefaultTimeout(milliseconds: number): void;
}

interface Browser {
  newPage(): Promise<Page>;
  close(): Promise<void>;
}

interface LaunchOptions {
  readonly executablePath: string;
  readonly args: readonly string[];
  readonly handleSIGHUP: boolean;
  readonly handleSIGINT: boolean;
  readonly handleSIGTERM: boolean;
}

export declare const chromium: { launch(options: LaunchOptions): Promise<Browser> };
