import { WebSocket } from 'ws';
import { CONNECT_PATH, MAX_PAYLOAD, WebSocketStream } from '../../services/contract/websocket-stream.ts';
import { type Gateway, gatewayUrl } from './gateway-api.ts';

export const CONNECT_MS = 30_000;

/** A WebSocket to the gateway, still connecting. */
export function openSocket(gateway: Gateway): WebSocket {
  const url = gatewayUrl(gateway, CONNECT_PATH.slice(1));
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return new WebSocket(url, {
    headers: { authorization: `Bearer ${gateway.token}` },
    perMessageDeflate: false,
    maxPayload: MAX_PAYLOAD,
    handshakeTimeout: CONNECT_MS,
    followRedirects: false,
  });
}

/** The same as a stream that `pg` takes in place of a socket: `new pg.Client({ stream: () => connectWebSocket(…) })`. */
export function connectWebSocket({ url, token }: { url: string; token: string }): WebSocketStream {
  return new WebSocketStream(openSocket({ url: new URL(url), token }));
}
