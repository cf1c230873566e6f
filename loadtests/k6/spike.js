// Twenty times the usual rate within ten seconds, and back: late is allowed for a moment, wrong is not.
import exec from 'k6/execution';
import { fetchOne, mustBeServing } from './gateway.js';
import { options as shared, scaled } from './shared.js';

export const options = shared(
  {
    executor: 'ramping-arrival-rate',
    startRate: scaled(200),
    timeUnit: '1s',
    preAllocatedVUs: scaled(400),
    maxVUs: scaled(2000),
    stages: [
      { target: scaled(200), duration: '20s' },
      { target: scaled(4000), duration: '10s' },
      { target: scaled(4000), duration: '30s' },
      { target: scaled(200), duration: '10s' },
      { target: scaled(200), duration: '30s' },
    ],
  },
  // Iterations that k6 itself could not start in time say nothing of the gateway.
  { p99: 1000, thresholds: { dropped_iterations: ['count<5000'] } },
);

export { mustBeServing as setup };

export default function () {
  fetchOne(exec.scenario.iterationInTest);
}
