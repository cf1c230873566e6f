// Key rotation under load: each body is exactly one of the published versions, byte for byte, and no relying party sees
// an older version after a newer one. VERSIONS: the SHA-256 digests of the JWK Sets in the order of the rotation,
// separated by commas (loadtests/run.sh rotates and sets it). Ask one replica: two may differ for one refresh.
import { check } from 'k6';
import exec from 'k6/execution';
import { Counter } from 'k6/metrics';
import { request, digest, fetchOne, isWhole, mustBeServing } from './gateway.js';
import { duration, options as shared, scaled } from './shared.js';

const versions = (__ENV['VERSIONS'] ?? '').split(',').filter((it) => it !== '');
if (versions.length === 0) {
  throw new Error('VERSIONS: none, expected the digests of the JWK Sets that are published, oldest first');
}

const seen = new Counter('rotation_version_seen');

export const options = shared(
  {
    executor: 'constant-arrival-rate',
    rate: scaled(1000),
    timeUnit: '1s',
    duration: duration ?? '1m',
    preAllocatedVUs: scaled(50),
    maxVUs: scaled(200),
  },
  // Each version was really served: a rotation that did not happen shows nothing.
  { thresholds: Object.fromEntries(versions.map((_, i) => [`rotation_version_seen{version:${i}}`, ['count>0']])) },
);

export { mustBeServing as setup };

/** The newest version that this user has seen. */
let newest = 0;

export default function () {
  const iteration = exec.scenario.iterationInTest;
  if (iteration % 10 === 0) {
    fetchOne(0);
    return;
  }

  const response = request('jwks');
  isWhole('jwks', response);
  const version = versions.indexOf(digest(response));
  check(version, {
    'the body is exactly one of the published versions': (it) => it >= 0,
    'no older version after a newer one': (it) => it >= newest,
  });
  if (version >= 0) {
    newest = Math.max(newest, version);
    seen.add(1, { version: `${version}` });
  }
}
