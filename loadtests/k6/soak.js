// Hours at half of the steady rate, with 304 responses among them as caches cause them. Watch the gateway's memory beside
// it (process_resident_memory_bytes on the operations listener): it must be flat.
import { check } from 'k6';
import exec from 'k6/execution';
import { request, fetchOne, mustBeServing } from './gateway.js';
import { duration, options as shared, scaled } from './shared.js';

export const options = shared(
  {
    executor: 'constant-arrival-rate',
    rate: scaled(500),
    timeUnit: '1s',
    duration: duration ?? '4h',
    preAllocatedVUs: scaled(50),
    maxVUs: scaled(200),
  },
  { p99: 100 },
);

export { mustBeServing as setup };

/** @type {string | undefined} The validator that this user has, as a cache has. */
let etag;

export default function () {
  const iteration = exec.scenario.iterationInTest;
  if (etag === undefined || iteration % 4 !== 0) {
    fetchOne(iteration);
    etag ??= request('jwks').headers['Etag'];
    return;
  }

  const response = request('jwks', { 'If-None-Match': etag });
  const isCurrent = response.status === 304;
  check(response, {
    'responds to a validator with 304 or the new document': (it) => it.status === 304 || it.status === 200,
    'a 304 has no body': (it) => !isCurrent || !it.body,
  });
  etag = response.headers['Etag'];
}
