import { createHash, type X509Certificate } from 'node:crypto';

/**
 * `tls-server-end-point` of the certificate we showed (RFC 5929): its hash by its signature's own algorithm, SHA-256 in place
 * of MD5 and SHA-1. Null where that is not defined (Ed25519) or not known; channel binding is then not offered.
 */
export function serverEndPoint(certificate: X509Certificate | undefined): Buffer | null {
  const algorithm = certificate?.signatureAlgorithm;
  if (!certificate || !algorithm) return null;
  const named = /(sha-?(?:1|224|256|384|512)|md5)(?!\d)/i.exec(algorithm)?.[1]?.toLowerCase().replace('-', '');
  if (!named) return null;
  const hash = named === 'md5' || named === 'sha1' ? 'sha256' : named;
  return createHash(hash).update(certificate.raw).digest();
}
