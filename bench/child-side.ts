// The inner end of a process of the bench: says when it is ready, answers questions, and ends when the process that
// forked it is gone, however that ended.
export type ToParent =
  | { readonly type: 'ready'; readonly value: unknown }
  | { readonly type: 'failed'; readonly reason: string }
  | { readonly type: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly type: 'fault'; readonly id: number; readonly reason: string };

export interface FromParent {
  readonly id: number;
  readonly question: string;
}

export interface Served {
  /** What the parent needs to know. */
  readonly ready: unknown;
  readonly answers: Readonly<Record<string, () => unknown>>;
  readonly close: () => Promise<unknown>;
}

/** What cannot be closed in order by then is ended all the same. */
const CLOSE_PATIENCE_MS = 5_000;

const tell = (message: ToParent, then?: () => void) => process.send?.(message, undefined, undefined, then);

/** @param start gets what the parent passed on */
export async function serveParent<Plan>(start: (plan: Plan) => Promise<Served>): Promise<void> {
  // A terminal sends Ctrl-C to all its processes: this one ends when the bench has closed what uses it.
  process.on('SIGINT', () => {});
  const starting = start(JSON.parse(process.argv[2] ?? '{}') as Plan);
  process.once('disconnect', () => {
    setTimeout(() => process.exit(), CLOSE_PATIENCE_MS).unref();
    void starting.then(({ close }) => close()).finally(() => process.exit());
  });
  try {
    const { ready, answers } = await starting;
    process.on('message', (message) => void answer(message as FromParent, answers));
    tell({ type: 'ready', value: ready });
  } catch (error) {
    tell({ type: 'failed', reason: String(error) }, () => process.exit(1));
  }
}

async function answer({ id, question }: FromParent, answers: Served['answers']): Promise<void> {
  try {
    tell({ type: 'answer', id, value: await answers[question]?.() });
  } catch (error) {
    tell({ type: 'fault', id, reason: String(error) });
  }
}
