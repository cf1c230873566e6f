// A thundering herd at a cold start: start it while the gateway is down, then start the gateway. Every user opens a
// connection as soon as it is accepted, all at once and each with a full handshake. Refused connections are the herd
// waiting; from the first accepted one on, each response is a whole document or a 503 with the time when to come back.
import { check, sleep } from 'k6';
import { Counter, Trend } from 'k6/metrics';
import { request, isWhole } from './gateway.js';
import { options as shared, scaled } from './shared.js';

const users = scaled(500);
const fetchesEach = 5;

const served = new Counter('herd_served');
const waited = new Counter('herd_waited');
const untilFirst = new Trend('herd_until_first_document', true);

export const options = shared(
  { executor: 'per-vu-iterations', vus: users, iterations: 1, maxDuration: '2m' },
  {
    connectionForEach: true,
    p99: 5000,
    thresholds: {
      // Waiting for the listener is what this scenario is made of.
      http_req_failed: ['rate<=1'],
      herd_served: [`count==${users * fetchesEach}`],
    },
  },
);

export default function () {
  const start = Date.now();
  let left = fetchesEach;
  while (left > 0) {
    const response = request('jwks');
    if (response.status === 200) {
      if (left === fetchesEach) {
        untilFirst.add(Date.now() - start);
      }

      isWhole('jwks', response);
      served.add(1);
      left--;
    } else {
      // Status 0: not accepted yet.
      check(response, { 'is not ready yet, and says so': (it) => it.status === 0 || (it.status === 503 && it.headers['Retry-After'] !== undefined) });
      waited.add(1);
      sleep(0.05);
    }
  }
}
