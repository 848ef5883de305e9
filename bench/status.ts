// Where is my tag? Reads a second of tags that are replicated.
import { type Call, load } from './load.ts';
import { type Bench, deliver, type Part, startBed, unexpectedAnswers } from './part.ts';
import { FAR_APART, newPushes, type Push, REGISTRY } from './pushes.ts';
import type { Row } from './report.ts';

export const status: Part = { name: 'status', title: 'Status reads', run };

async function run(bench: Bench): Promise<readonly Row[]> {
  const { sizes, say } = bench;
  const bed = await startBed(bench);
  const pushes = newPushes(sizes.comparedPushes);
  await deliver(bed, pushes, FAR_APART);
  const reads = Array.from({ length: sizes.statusReads }, (_, index) =>
    statusRead(pushes[index % pushes.length] as Push, bed.app.key),
  );
  await load(bed.app.url, reads.slice(0, reads.length / 4));
  const loaded = await load(bed.app.url, reads);
  const { perSecond, p50Ms, p95Ms, p99Ms } = loaded;
  say(`status: ${perSecond.toFixed(0)} reads/s`);
  const detail = `p50 ${p50Ms.toFixed(0)}, p95 ${p95Ms.toFixed(0)}, p99 ${p99Ms.toFixed(0)} ms`;
  return [
    { name: 'GET /api/replications/…, one tag each', value: perSecond, unit: 'reads/s', detail },
    ...unexpectedAnswers([loaded]),
  ];
}

const statusRead = ({ repository, tag }: Push, key: string): Call => ({
  method: 'GET',
  path: `/api/replications/${REGISTRY}/${repository}:${tag}`,
  headers: { 'x-functions-key': key },
  expected: 200,
});
