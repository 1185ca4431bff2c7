// How often one address may come to a route that says so (`config.rateLimit`).
import type { FastifyRateLimitStore, FastifyRateLimitStoreCtor, RateLimitPluginOptions } from '@fastify/rate-limit';
import type { Rates } from '../processes/rates.ts';
import { HttpProblem } from './problems.ts';

/** For @fastify/rate-limit. `rates`: where it is counted; null: in this process. */
export const tooOften = (rates: Rates | null): RateLimitPluginOptions => ({
  global: false,
  errorResponseBuilder: () => new HttpProblem('too_often'),
  ...(rates && { store: rateStore(rates) }),
});

/** What the plugin hands over beside what its types say. */
type Route = { routeInfo?: { method?: string | string[]; url?: string } };

/** What cannot be counted is not served. */
function rateStore(rates: Rates): FastifyRateLimitStoreCtor {
  return class Store implements FastifyRateLimitStore {
    readonly #of: string;

    constructor(of: unknown = '') {
      this.#of = typeof of === 'string' ? of : '';
    }

    incr(
      key: string,
      done: (error: Error | null, found?: { current: number; ttl: number }) => void,
      windowMs = 0,
    ): void {
      rates.count(`requests ${this.#of} ${key}`, windowMs).then(
        ({ count, leftMs }) => done(null, { current: count, ttl: leftMs }),
        (error: Error) => done(error),
      );
    }

    child(of: object): Store {
      const { routeInfo } = of as Route;
      return new Store(`${routeInfo?.method ?? ''} ${routeInfo?.url ?? ''}`);
    }
  } as unknown as FastifyRateLimitStoreCtor;
}
