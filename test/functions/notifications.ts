// What the functions that take notifications are given: the use cases on the fakes.
import { NoteWebhook } from '../../src/usecases/note-webhook.ts';
import { RecordDeletion } from '../../src/usecases/record-deletion.ts';
import { contoso, instance, Outside } from '../usecases/app.ts';

export function openDependencies(outside = new Outside()) {
  const { deletions, timing } = outside;
  const { recordArrival } = instance(outside);
  const noteWebhook = new NoteWebhook(outside.registries, timing);
  const recordDeletion = new RecordDeletion(deletions, timing);
  return { outside, dependencies: { recordArrival, recordDeletion, noteWebhook, timing, registryNames: [contoso] } };
}
