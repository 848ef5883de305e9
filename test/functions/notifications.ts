// What the functions that take notifications are given: the use cases on the fakes.
import { NoteWebhook } from '../../src/usecases/note-webhook.ts';
import { contoso, instance, Outside } from '../usecases/app.ts';

export function openDependencies(outside = new Outside()) {
  const { timing } = outside;
  const { recordArrival, recordDeletion, metrics } = instance(outside);
  const noteWebhook = new NoteWebhook(outside.registries, timing);
  return {
    ...{ outside, metrics },
    dependencies: { recordArrival, recordDeletion, noteWebhook, timing, metrics, registryNames: [contoso] },
  };
}
