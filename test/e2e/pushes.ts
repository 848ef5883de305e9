// Pushes to a registry of four regions, and the webhooks that follow from them.
import { readFileSync } from 'node:fs';
import type { EventTime } from '../../src/core/instant.ts';
import type { Digest, Region, Repository, Tag } from '../../src/core/names.ts';
import type { Notification } from '../../src/local/registry/model.ts';
import { eventAt, fourRegions, numberedDigest } from '../builders.ts';
import type { Random } from '../simulation/random.ts';

export interface TestPush {
  readonly repository: Repository;
  readonly tag: Tag;
  readonly digest: Digest;
  /** One per region. */
  readonly webhooks: readonly Webhook[];
}

/** What a region posts when it has the image. */
export interface Webhook {
  readonly image: string;
  readonly region: Region;
  readonly notification: Notification;
}

const REPOSITORIES = 50;

const template = JSON.parse(
  readFileSync(new URL('../fixtures/payloads/push.json', import.meta.url), 'utf8'),
) as Notification;

/** Each to a tag of its own. The regions follow each other within a second, in an order that differs. */
export function makePushes(count: number): readonly TestPush[] {
  return Array.from({ length: count }, (_, number) =>
    makePush(number, `team/service${number % REPOSITORIES}`, `1.${number}`),
  );
}

/** @param number tells pushes apart: digest and event times follow from it */
export function makePush(number: number, repository: string, tag: string): TestPush {
  const of = { repository: repository as Repository, tag: tag as Tag, digest: numberedDigest(number + 1) };
  const webhooks = fourRegions.map((region, index): Webhook => {
    const order = (index + number) % fourRegions.length;
    const timestamp = eventAt(number + order / 8).replace(/\d{6}Z$/, `${String(number % 1_000_000).padStart(6, '0')}Z`);
    const notification = {
      ...template,
      id: `${number}-${region}`,
      timestamp: timestamp as EventTime,
      target: { ...template.target, ...of },
    };
    return { image: imageOf(of), region, notification };
  });
  return { ...of, webhooks };
}

/** `REPOSITORY:TAG@DIGEST` */
export const imageOf = ({ repository, tag, digest }: Omit<TestPush, 'webhooks'>): string =>
  `${repository}:${tag}@${digest}`;

/** In an order in which each webhook is up to so many pushes late. */
export function interleaved(pushes: readonly TestPush[], spread: number, random: Random): readonly Webhook[] {
  return pushes
    .flatMap(({ webhooks }, index) => webhooks.map((webhook) => ({ webhook, at: index + random.next() * spread })))
    .sort((a, b) => a.at - b.at)
    .map(({ webhook }) => webhook);
}
