import type { ServiceBusReceivedMessage, ServiceBusReceiver } from '@azure/service-bus';
import { expect } from 'vitest';
import type { ReplicationEvent } from '../../src/adapters/service-bus/replication-event.ts';
import { fourRegions } from '../builders.ts';
import { imageOf, type TestPush } from './pushes.ts';

/** What comes out of a subscription, in the order in which it comes. */
export class Inbox {
  readonly #messages: ServiceBusReceivedMessage[] = [];

  constructor(receiver: ServiceBusReceiver) {
    receiver.subscribe({
      processMessage: async (message) => {
        this.#messages.push(message);
      },
      // Nobody but the end of the test takes this broker away.
      processError: async () => {},
    });
  }

  get count(): number {
    return this.#messages.length;
  }

  get events(): readonly ReplicationEvent[] {
    return this.#messages.map(({ body }) => body as ReplicationEvent);
  }

  get completed(): readonly { readonly messageId: unknown; readonly event: ReplicationEvent }[] {
    return this.#messages
      .map(({ messageId, body }) => ({ messageId, event: body as ReplicationEvent }))
      .filter(({ event }) => event.type === 'replication.completed');
  }

  /** `REPOSITORY:TAG@DIGEST` of every push that was announced as completed. */
  get completedImages(): readonly string[] {
    return this.completed.map(({ event }) => `${event.subject}@${event.data.digest}`);
  }
}

/** One `replication.completed` for each of these pushes, with all its regions, and not one for anything else. */
export function expectCompletedOnceEach({ completed, completedImages }: Inbox, pushes: readonly TestPush[]): void {
  expect(completedImages.toSorted()).toEqual(pushes.map(imageOf).toSorted());
  expect(new Set(completed.map(({ messageId }) => messageId)).size).toBe(pushes.length);
  for (const { messageId, event } of completed) {
    expect(event.id).toBe(messageId);
    expect(event.data.regions.map(({ region }) => region).toSorted()).toEqual(fourRegions.toSorted());
  }
}
