/** Bytes. Standard Webhooks asks for 24 to 64. */
const LEAST = 24;

/**
 * The key of a Standard Webhooks secret: base64, with `whsec_` before it or not, as every library of the convention takes it. A
 * text that is none would be signed with here and decoded there, and no signature would ever fit. Throws in words.
 */
export function webhookKey(secret: string): Buffer {
  const text = secret.startsWith('whsec_') ? secret.slice('whsec_'.length) : secret;
  const key = Buffer.from(text, 'base64');
  const again = key.toString('base64').replace(/={0,2}$/, '');
  if (text === '' || again !== text.replace(/={0,2}$/, '')) throw new Error(`expected whsec_ and base64, ${HOW}`);
  if (key.length < LEAST)
    throw new Error(`expected at least ${LEAST} bytes of key in base64, got ${key.length}, ${HOW}`);
  return key;
}

const HOW = 'such as whsec_ before what "openssl rand -base64 32" prints';
