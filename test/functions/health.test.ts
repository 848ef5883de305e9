import { describe, expect, it } from 'vitest';
import type { Region } from '../../src/core/names.ts';
import { health } from '../../src/functions/health.ts';
import { NoteWebhook } from '../../src/usecases/note-webhook.ts';
import { Unavailable } from '../../src/usecases/ports.ts';
import { eastus, MINUTE_MS, START, westus } from '../builders.ts';
import { contoso, instance, Outside } from '../usecases/app.ts';
import { call } from './call.ts';

function open() {
  const outside = new Outside();
  const app = instance(outside);
  const handler = health(app.checkHealth, app.repair);
  return { outside, noteWebhook: app.noteWebhook, get: () => call(handler, { method: 'GET' }), app };
}

describe('GET /api/health', () => {
  it('is healthy before the first sweep and the first webhook', async () => {
    const { get } = open();
    expect(await get()).toMatchObject({
      status: 200,
      jsonBody: { status: 'healthy', lastSweep: null, registries: [{ registry: 'contoso', lastWebhooks: {} }] },
    });
  });

  it('says how old the last sweep and the last webhook of each region are', async () => {
    const { get, outside, app, noteWebhook } = open();
    await app.sweep.run();
    const elsewhere = new NoteWebhook(outside.registries, outside.timing);
    elsewhere.note(contoso, westus, START);
    noteWebhook.note(contoso, westus, START - 1);
    outside.now += MINUTE_MS;
    noteWebhook.note(contoso, eastus, outside.now);
    outside.now += 30_000;
    const { jsonBody } = await get();
    expect(jsonBody.lastSweep).toEqual({ at: '2026-08-21T12:00:00.000Z', ageSeconds: 90 });
    expect(jsonBody.registries[0].lastWebhooks).toEqual({
      eastus: { at: '2026-08-21T12:01:00.000Z', ageSeconds: 30 },
      westus: { at: '2026-08-21T12:00:00.000Z', ageSeconds: 90 },
    });
  });

  it.for([
    { name: 'on time', ageMs: 5 * MINUTE_MS, expected: 'healthy' },
    { name: 'late', ageMs: 5 * MINUTE_MS + 1, expected: 'degraded' },
  ])('calls a sweep of $ageMs ms ago $name', async ({ ageMs, expected }) => {
    const { get, outside, app } = open();
    await app.sweep.run();
    outside.now += ageMs;
    expect(await get()).toMatchObject({ status: 200, jsonBody: { status: expected } });
  });

  it.for([
    { name: 'storage', fault: 'heartbeats.lastSweep', expected: { storage: 'unreachable', bus: 'reachable' } },
    { name: 'bus', fault: 'sender.check', expected: { storage: 'reachable', bus: 'unreachable' } },
  ])('answers 503 when the $name is down', async ({ fault, expected }) => {
    const { get, outside } = open();
    outside.faults.push({ call: fault, error: new Unavailable('down') });
    expect(await get()).toMatchObject({ status: 503, jsonBody: { status: 'unhealthy', ...expected } });
  });
});

describe('NoteWebhook', () => {
  it('writes at most once a minute and registry, with every region seen', () => {
    const outside = new Outside();
    const noteWebhook = new NoteWebhook(outside.registries, outside.timing);
    const regions = ['westus', 'eastus', 'westeurope'] as Region[];
    for (const region of regions) {
      noteWebhook.note(contoso, region, START);
    }
    expect(outside.calls()).toEqual(['heartbeats.beatWebhooks']);
    noteWebhook.note(contoso, westus, START + MINUTE_MS - 1);
    expect(outside.calls()).toEqual([]);
    noteWebhook.note(contoso, westus, START + MINUTE_MS);
    expect(outside.calls()).toEqual(['heartbeats.beatWebhooks']);
  });
});
