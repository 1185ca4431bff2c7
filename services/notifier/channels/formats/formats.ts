import type { WebhookSettings } from '../channel.ts';
import { makeDiscord } from './discord.ts';
import type { Format, FormatName } from './format.ts';
import { makeMattermost } from './mattermost.ts';
import { makeOpsgenie } from './opsgenie.ts';
import { makePagerduty } from './pagerduty.ts';
import { makeSlack } from './slack.ts';
import { makeStandard } from './standard.ts';
import { makeTeams } from './teams.ts';

const MAKERS: Record<FormatName, (settings: WebhookSettings) => Format> = {
  standard: makeStandard,
  slack: makeSlack,
  mattermost: makeMattermost,
  teams: makeTeams,
  discord: makeDiscord,
  pagerduty: makePagerduty,
  opsgenie: makeOpsgenie,
};

/** Throws on a secret that can never work, naming the channel. */
export const makeFormat = (settings: WebhookSettings): Format => MAKERS[settings.format](settings);
