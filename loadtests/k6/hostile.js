// Hostile requests among good ones: the good ones stay whole and in time, the others get exactly the status that the
// README names, with an empty body. (What needs a broken protocol is tested by the project's own tests, not here.)
import { check } from 'k6';
import http from 'k6/http';
import { baseUrl, fetchPair, mustBeServing, targets, withHost } from './gateway.js';
import { duration, options as shared, scaled } from './shared.js';

/** @typedef {{ what: string, method: string, target: string, status: number[], body?: string, headers?: Record<string, string> }} Attack */

const long = 'a'.repeat(64 * 1024);

/** @type {readonly Attack[]} */
const attacks = [
  { what: 'another API of the server', method: 'GET', target: '/api/v1/secrets', status: [404] },
  { what: 'the version', method: 'GET', target: '/version', status: [404] },
  { what: 'the operations listener', method: 'GET', target: '/metrics', status: [404] },
  { what: 'an escaped slash', method: 'GET', target: '/openid%2fv1%2fjwks', status: [404] },
  { what: 'another case', method: 'GET', target: targets.jwks.toUpperCase(), status: [404] },
  { what: 'a slash too many', method: 'GET', target: `${targets.jwks}/`, status: [404] },
  { what: 'another host', method: 'GET', target: targets.jwks, status: [404], headers: { Host: 'elsewhere.example' } },
  { what: 'POST', method: 'POST', target: targets.jwks, status: [405] },
  { what: 'DELETE', method: 'DELETE', target: targets.discovery, status: [405] },
  { what: 'OPTIONS', method: 'OPTIONS', target: targets.jwks, status: [405] },
  { what: 'a body', method: 'POST', target: targets.jwks, status: [405, 413], body: long },
  { what: 'a long request line', method: 'GET', target: `${targets.jwks}?${long}`, status: [414, 431, 0] },
  { what: 'large headers', method: 'GET', target: targets.jwks, status: [431, 0], headers: { 'X-Filler': long } },
  { what: 'many validators', method: 'GET', target: targets.jwks, status: [200], headers: { 'If-None-Match': '"x",'.repeat(500) } },
  { what: 'forwarding headers', method: 'GET', target: targets.jwks, status: [200], headers: { 'X-Forwarded-Host': 'elsewhere.example', Forwarded: 'host=elsewhere.example' } },
];

export const options = shared(
  {
    executor: 'constant-arrival-rate',
    rate: scaled(300),
    timeUnit: '1s',
    duration: duration ?? '1m',
    preAllocatedVUs: scaled(100),
    maxVUs: scaled(400),
  },
  {
    // Denied requests count as failed to k6; the good ones are named.
    thresholds: {
      http_req_failed: ['rate<=1'],
      'http_req_failed{name:discovery}': ['rate==0'],
      'http_req_failed{name:jwks}': ['rate==0'],
      'http_req_duration{name:jwks}': ['p(99)<250'],
    },
  },
);

export { mustBeServing as setup };

export default function () {
  const attack = attacks[Math.floor(Math.random() * attacks.length)];
  if (attack === undefined || Math.random() < 0.2) {
    fetchPair();
    return;
  }

  const response = http.request(attack.method, baseUrl + attack.target, attack.body ?? null, {
    headers: { ...withHost(), ...attack.headers },
    responseType: 'text',
    tags: { name: 'hostile' },
  });
  check(response, {
    [`${attack.what}: ${attack.status.join(' or ')}`]: (it) => attack.status.includes(it.status),
    'a denial explains nothing': (it) => it.status === 200 || !it.body,
  });
}
