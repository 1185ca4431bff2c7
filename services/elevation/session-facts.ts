import type { ElevationRequest } from './elevations.ts';

/** What policy, and whoever is asked, are told of the session that asks. */
export const sessionFacts = ({ session }: ElevationRequest) => ({
  id: session.id,
  via: session.via,
  application_name: session.applicationName,
  client_address: session.clientAddress,
});
