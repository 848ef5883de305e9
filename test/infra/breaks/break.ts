/** A copy of infra/ with one thing wrong in it. */
export interface Break {
  readonly name: string;
  /** Within infra/. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
  /** What has to be said of it. */
  readonly expected: RegExp;
}
