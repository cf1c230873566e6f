// What all scenarios share: options and the thresholds that fail a run.

/** @typedef {import('k6/options').Options} Options */
/** @typedef {import('k6/options').Scenario} Scenario */

/** Scales every scenario's rate and number of users; 1 suits a gateway on one core. */
const scale = Number(__ENV['SCALE'] ?? '1');

/** @param {number} n */
export function scaled(n) {
  return Math.max(1, Math.round(n * scale));
}

/** The length of the long scenarios, as a k6 duration. */
export const duration = __ENV['DURATION'];

/**
 * @param {Scenario} scenario
 * @param {{ p99?: number, thresholds?: Record<string, string[]>, connectionForEach?: boolean }} more p99 in milliseconds
 * @returns {Options}
 */
export function options(scenario, { p99 = 250, thresholds = {}, connectionForEach = false } = {}) {
  return {
    scenarios: { [scenario.executor]: scenario },
    thresholds: {
      checks: ['rate==1'],
      http_req_failed: ['rate==0'],
      http_req_duration: [`p(99)<${p99}`],
      dropped_iterations: ['count==0'],
      ...thresholds,
    },
    // Only for a gateway whose certificate is not meant to be trusted, as in the demo.
    insecureSkipTLSVerify: __ENV['INSECURE'] === '1',
    noConnectionReuse: connectionForEach,
    userAgent: 'issuer-gateway-loadtest',
    summaryTrendStats: ['min', 'med', 'avg', 'p(95)', 'p(99)', 'max'],
  };
}
