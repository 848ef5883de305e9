export interface Sizes {
  /** Before anything is measured: an instance and a store that are warm. */
  readonly warmUpPushes: number;
  readonly floorInserts: number;
  /** Measured pushes of a round; four webhooks each. */
  readonly pushes: number;
  /** How often each figure of the throughput is measured. */
  readonly rounds: number;
  /** Whose webhooks are delivered one by one and their storage operations counted. */
  readonly countedPushes: number;
  /** Whose messages are received and compared. */
  readonly receivedPushes: number;
  /** Tags stored whose last word was said. */
  readonly finishedTags: number;
  /** Measured pushes of a round in the other parts. */
  readonly comparedPushes: number;
  /** Rounds with them, and as many without. */
  readonly comparedRounds: number;
  readonly coldStarts: number;
  readonly inFlightTags: number;
  readonly dueTags: number;
  readonly statusReads: number;
}

export const FULL: Sizes = {
  warmUpPushes: 600,
  floorInserts: 12_000,
  pushes: 2_000,
  rounds: 3,
  countedPushes: 100,
  receivedPushes: 1_500,
  finishedTags: 100_000,
  comparedPushes: 1_000,
  comparedRounds: 6,
  coldStarts: 11,
  inFlightTags: 10_000,
  dueTags: 100,
  statusReads: 10_000,
};

/** Proves that it runs, no more. */
export const SHORT: Sizes = {
  warmUpPushes: 16,
  floorInserts: 300,
  pushes: 48,
  rounds: 1,
  countedPushes: 5,
  receivedPushes: 40,
  finishedTags: 300,
  comparedPushes: 32,
  comparedRounds: 2,
  coldStarts: 2,
  inFlightTags: 200,
  dueTags: 10,
  statusReads: 200,
};
