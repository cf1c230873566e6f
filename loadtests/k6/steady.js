// A constant rate over kept connections, well below what one core serves: nothing fails and nothing is late.
import exec from 'k6/execution';
import { fetchOne, mustBeServing } from './gateway.js';
import { duration, options as shared, scaled } from './shared.js';

export const options = shared(
  {
    executor: 'constant-arrival-rate',
    rate: scaled(1000),
    timeUnit: '1s',
    duration: duration ?? '2m',
    preAllocatedVUs: scaled(50),
    maxVUs: scaled(200),
  },
  { p99: 50 },
);

export { mustBeServing as setup };

export default function () {
  fetchOne(exec.scenario.iterationInTest);
}
