// An app that takes messages of a topic; what came stands in `events`.
import { app } from '@azure/functions';
import { events, gates } from './stage.ts';

app.serviceBusTopic('take', {
  connection: 'BUS',
  topicName: '%TOPIC%',
  subscriptionName: 'forward',
  handler: async (message: unknown, context) => {
    const { deliveryCount, messageId, applicationProperties } = context.triggerMetadata ?? {};
    events.push(JSON.stringify([message, deliveryCount, messageId, applicationProperties]));
    if ((message as { isSlow?: boolean }).isSlow) {
      await gates.slow.pass();
    }
    const times = (message as { failTimes?: number }).failTimes ?? 0;
    if (Number(deliveryCount) <= times) {
      throw new Error('failed as planned');
    }
  },
});
